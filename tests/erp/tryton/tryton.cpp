// Each test makes products of its own; the password is tried once per process.
#include "erp/tryton/tryton.hpp"

#include "sql/base64.hpp"
#include "support/env_file.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace gantry::test {
namespace {

constexpr int kSkipped = 77;  // SKIP_RETURN_CODE

std::optional<Tryton> found;

bool asks(const ServedRequest& request, std::initializer_list<const char*> methods) {
    return std::any_of(methods.begin(), methods.end(), [&](const char* method) {
        return request.body.find(std::string("\"method\":\"") + method + '"') != std::string::npos;
    });
}

json variant_values(const json& values) {
    json out = values;
    return json::array({json::array({"create", json::array({out})})});
}

}  // namespace

std::optional<Tryton> Tryton::find(std::string& why) {
    const std::filesystem::path dir = GANTRY_TRYTON_DIR;
    why = read_text(dir / "skip");
    const auto env = read_env(dir / "env");
    if (env.empty()) {
        if (why.empty()) why = "no Tryton runs: `ctest -R erp.tryton` starts one";
        return std::nullopt;
    }
    Tryton out;
    out.port_ = std::stoi(env.at("PORT"));
    out.password_ = env.at("PASSWORD");
    out.company_ = std::stoi(env.at("COMPANY"));
    const auto login = out.call("common.db.login", {"admin", {{"password", out.password_}}, "en"});
    out.session_ = "Session " + plugin_sql::base64("admin:" + login.at(0).dump() + ':' +
                                                   login.at(1).get<std::string>());
    return out;
}

Tryton& Tryton::get() { return *found; }

json Tryton::call(const std::string& method, json params, const json& context) {
    if (method.starts_with("model.")) {
        auto all = context;
        all["company"] = company_;
        params.push_back(all);
    }
    HttpRequest request{"POST",
                        "/shop/",
                        json{{"id", 1}, {"method", method}, {"params", params}}.dump(),
                        {{"Content-Type", "application/json"}}};
    if (!session_.empty()) request.headers.emplace_back("Authorization", session_);
    const auto answer = send_http(port_, request);
    const auto body = json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !body.contains("result")) {
        throw std::runtime_error(method + ": " + std::to_string(answer.status) + ' ' + answer.body);
    }
    return body.at("result");
}

int Tryton::make(const std::string& code, const json& values, const json& of_variant) {
    json all = {{"name", "Shirt"}, {"code", code}, {"type", "goods"}, {"default_uom", 1}};
    all.update(values);
    all["products"] = variant_values(of_variant);
    return call("model.product.template.create", json::array({json::array({all})})).at(0);
}

void Tryton::make_blocked(const std::string& code, const json& values, const json& of_variant) {
    auto all = values;
    auto small = of_variant;
    all["active"] = false;
    small["active"] = false;
    const json large = {{"template", make(code, all, small)},
                        {"suffix_code", "-L"},
                        {"active", false},
                        {"description", "Large"},
                        {"attributes", {{"shelf", "B7"}, {"material", "wool"}}}};
    call("model.product.product.create", json::array({json::array({large})}));
    make(code + "-L");
}

void Tryton::write(const std::string& code, const json& values) {
    const auto id = product(code).at("id");
    call("model.product.template.write", json::array({json::array({id}), values}));
}

json Tryton::product(const std::string& code) {
    const json domain = json::array({json::array({"code", "=", code})});
    json fields = {"code",   "name",          "type",       "default_uom",
                   "active", "attribute_set", "list_price", "categories"};
    for (const std::string size : {"weight", "length", "height", "width"}) {
        fields.push_back(size);
        fields.push_back(size + "_uom");
    }
    for (const std::string field : {"code", "suffix_code", "description", "active", "attributes",
                                    "cost_price", "identifiers"}) {
        fields.push_back("products." + field);
    }
    const auto rows =
        call("model.product.template.search_read",
             json::array({domain, 0, nullptr, nullptr, fields}), {{"active_test", false}});
    return rows.empty() ? json() : rows.at(0);
}

std::size_t Tryton::count(const std::string& code) {
    return call("model.product.template.search_count",
                json::array({json::array({json::array({"code", "=", code})})}),
                {{"active_test", false}})
        .get<std::size_t>();
}

json Tryton::options(int port) const {
    return {{"url", "http://127.0.0.1:" + std::to_string(port)},
            {"database", "shop"},
            {"user", "shop"},
            {"password", password_}};
}

json decimal(const std::string& text) { return {{"__class__", "Decimal"}, {"decimal", text}}; }

std::string new_id(const std::string& name) {
    static const auto begin = std::chrono::system_clock::now().time_since_epoch();
    return name + '_' + std::to_string(begin / std::chrono::milliseconds(1));
}

bool is_write(const ServedRequest& request) {
    return asks(request, {"model.product.template.write", "model.product.template.create",
                          "model.product.template.delete"});
}

bool is_read(const ServedRequest& request) {
    return asks(request, {"model.product.template.search_read"});
}

bool is_sign_in(const ServedRequest& request) { return asks(request, {"common.db.login"}); }

namespace {

json config_of(int port, const std::function<void(json& config)>& change) {
    auto config = misbehaving_shop_config();
    config["modules"]["erp"] = {{"plugin", "erp-tryton"}, {"options", Tryton::get().options(port)}};
    if (change) change(config);
    return config;
}

}  // namespace

TrytonShop::TrytonShop(const std::function<void(json& config)>& change)
    : proxy(Tryton::get().port()), host(config_of(proxy.port(), change)) {
    add_workflow(host, "change-then-fail",
                 {{{"step", "update-product"}, {"with", "${ .input }"}},
                  {{"step", "update-erp"}, {"with", "${ .input }"}},
                  {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}}});
    add_workflow(
        host, "change-in-haste",
        {{{"step", "update-product"}, {"with", "${ .input }"}},
         {{"step", "update-erp"}, {"with", "${ .input }"}, {"invoke", {{"timeout", "2500ms"}}}}});
    host.serve_and_reach();
}

void TrytonShop::make(const std::string& id, bool in_tryton) {
    host.call("product", "createProducts",
              {{"products", {{{"id", id}, {"title", "Shirt"}, {"handle", id}}}}});
    if (in_tryton) Tryton::get().make(id, {{"list_price", decimal("19.950")}});
}

json TrytonShop::state(const std::string& id) {
    const json ask = {{"id", id}};
    return {{"product", without(host.call("product", "snapshotProduct", ask), "updated_at")},
            {"tryton", Tryton::get().product(id)}};
}

}  // namespace gantry::test

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    std::string why;
    gantry::test::found = gantry::test::Tryton::find(why);
    if (gantry::test::found) return RUN_ALL_TESTS();
    std::cout << "skipped: " << why << '\n';
    return gantry::test::kSkipped;
}
