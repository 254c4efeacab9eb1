#include "support/erp/odata_shop.hpp"

#include "support/env_file.hpp"

#include <gantry/url.hpp>

#include <unistd.h>

#include <stdexcept>

namespace gantry::test {
namespace {

const std::string kProducts = "/odata/v4/lab/Products";
constexpr const char* kBasic = "Basic Q09NTV9VU0VSOldlbGNvbWUtMQ==";  // COMM_USER:Welcome-1

// The database outlives one run of the tests.
std::string next_id() {
    static int n = 0;
    return "prod_" + std::to_string(getpid()) + "_" + std::to_string(++n);
}

void require(const HttpResponse& response, int status, const std::string& what) {
    if (response.status == status) return;
    throw std::runtime_error(what + ": " + std::to_string(response.status) + " " + response.body);
}

}  // namespace

OdataServer::OdataServer() {
    const auto env = read_env(GANTRY_ODATA "/env");
    if (env.empty()) throw std::runtime_error("no server: run the test erp.odata.up first");
    port_ = std::stoi(env.at("PORT"));
}

HttpResponse OdataServer::send(const std::string& method, const std::string& target,
                               const json& body) const {
    HttpRequest request{method, target, body.is_null() ? "" : body.dump(), {}};
    request.headers = {{"Authorization", kBasic}, {"If-Match", "*"}};
    if (!body.is_null()) request.headers.emplace_back("Content-Type", "application/json");
    if (method != "PATCH") request.headers.erase(request.headers.begin() + 1);
    return send_http(port_, request);
}

json OdataServer::record(const std::string& id) const {
    const auto found = send("GET", kProducts + "?$filter=ProductOldID%20eq%20%27" + id +
                                       "%27&$expand=Descriptions($orderby=Language)");
    require(found, 200, "reading " + id);
    auto all = found.parsed().at("value");
    for (const char* name :
         {"LastChangeDate", "LastChangeDateTime", "LastChangedByUser", "@odata.etag"}) {
        all = without(all, name);
    }
    if (all.size() > 1) throw std::runtime_error("several records of " + id + ": " + all.dump());
    return all.empty() ? json() : all.front();
}

void OdataServer::create(const std::string& id, const std::string& title) const {
    const json product = {{"Product", key_of(id)},
                          {"ProductOldID", id},
                          {"ProductType", "HAWA"},
                          {"BaseUnit", "PC"},
                          {"GrossWeight", 0.125},
                          {"WeightUnit", "KG"},
                          {"Descriptions",
                           {{{"Language", "DE"}, {"ProductDescription", "Becher"}},
                            {{"Language", "EN"}, {"ProductDescription", title}}}}};
    require(send("POST", kProducts, product), 201, "creating " + id);
}

void OdataServer::change(const std::string& id, const json& values) const {
    require(send("PATCH", kProducts + "(%27" + key_of(id) + "%27)", values), 200, "changing " + id);
}

OdataShop::OdataShop(const OdataService& service, const json& options)
    : host_(config(service, options)) {
    const json product = {{"step", "update-product"}, {"with", "${ .input }"}};
    json erp = {{"step", "update-erp"}, {"with", "${ .input }"}};
    add_workflow(host_, "change-then-fail",
                 {product, erp, {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}}});
    // Of which a request has one: each call in another leaves half a second for what comes after.
    erp["invoke"] = {{"timeout", "2s"}};
    add_workflow(host_, "quick", {product, erp});
    host_.serve_and_reach();
}

json OdataShop::config(const OdataService& service, const json& options) const {
    auto out = misbehaving_shop_config();
    json own = {
        {"url", proxy_.url(service.path)}, {"user", "COMM_USER"}, {"password", "Welcome-1"}};
    if (service.mapping != nullptr)
        own["mapping"] = GANTRY_ODATA_TESTS + std::string(service.mapping);
    own.merge_patch(options);
    for (auto& [name, value] : own.items()) {
        if (name == "oauth_url") value = proxy_.url(value.get<std::string>());
    }
    out["modules"]["erp"] = {{"plugin", "erp-odata"}, {"options", own}};
    return out;
}

std::string OdataShop::new_product() {
    const auto id = next_id();
    host_.call("product", "createProducts", {{"products", {{{"id", id}, {"title", id}}}}});
    return id;
}

std::string OdataShop::known_product() {
    const auto id = new_product();
    server_.create(id, "Mug");
    return id;
}

json OdataShop::state_of(const std::string& id) const {
    return {
        {"product", without(host_.call("product", "snapshotProduct", {{"id", id}}), "updated_at")},
        {"erp", server_.record(id)}};
}

HttpResponse OdataShop::run(const std::string& workflow, const std::string& id,
                            json changes) const {
    changes["id"] = id;
    return run_workflow(host_, workflow, changes);
}

}  // namespace gantry::test
