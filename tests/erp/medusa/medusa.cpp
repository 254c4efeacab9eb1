// Each test makes products of its own.
#include "erp/medusa/medusa.hpp"

#include "support/env_file.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace gantry::test {
namespace {

constexpr int kSkipped = 77;  // SKIP_RETURN_CODE

std::optional<Medusa> found;

json config_of(int port, const std::function<void(json& config)>& change) {
    auto config = misbehaving_shop_config();
    config["modules"]["product"] = {{"plugin", "product-medusa"},
                                    {"options",
                                     {{"url", "http://127.0.0.1:" + std::to_string(port)},
                                      {"api_key", Medusa::get().key()},
                                      {"notes", "sqlite:data/notes.db"}}}};
    if (change) change(config);
    return config;
}

// Rows by id: Medusa lists them in any order.
json in_order(json value) {
    for (auto& part : value) {
        if (part.is_structured()) part = in_order(std::move(part));
    }
    if (value.is_array()) {
        std::sort(value.begin(), value.end(), [](const json& a, const json& b) {
            return a.is_object() && b.is_object() && a.value("id", "") < b.value("id", "");
        });
    }
    return value;
}

}  // namespace

std::optional<Medusa> Medusa::find(std::string& why) {
    const std::filesystem::path dir = GANTRY_MEDUSA_DIR;
    why = read_text(dir / "skip");
    const auto env = read_env(dir / "env");
    if (env.empty()) {
        if (why.empty()) why = "no Medusa runs: `ctest -R erp.medusa` starts one";
        return std::nullopt;
    }
    Medusa out;
    out.port_ = std::stoi(env.at("PORT"));
    out.key_ = env.at("KEY");
    out.authorization_ = "Basic " + env.at("BASIC");
    return out;
}

Medusa& Medusa::get() { return *found; }

json Medusa::ask(const std::string& method, const std::string& path, const json& body) {
    const auto answer = send_http(
        port_, {method,
                "/admin" + path,
                body.is_null() ? "" : body.dump(),
                {{"Content-Type", "application/json"}, {"Authorization", authorization_}}});
    if (answer.status >= 200 && answer.status < 300) return answer.parsed();
    throw std::runtime_error(path + ": " + std::to_string(answer.status) + ' ' + answer.body);
}

std::string Medusa::make(const std::string& list, const std::string& name, const json& body) {
    return ask("POST", '/' + list, body).at(name).at("id");
}

std::string Medusa::make_product(const std::string& name) {
    static const auto type = make("product-types", "product_type", {{"value", new_name("Wear")}});
    static const auto tag = make("product-tags", "product_tag", {{"value", new_name("Soft")}});
    static const auto kind =
        make("product-categories", "product_category", {{"name", new_name("Shirts")}});
    const auto variant = [&](const std::string& size) {
        return json{{"title", size},
                    {"sku", name + '-' + size},
                    {"weight", 180},
                    {"options", {{"Size", size}}},
                    {"metadata", {{"shelf", "B7"}}},
                    {"prices",
                     {{{"currency_code", "eur"}, {"amount", 19.95}},
                      {{"currency_code", "usd"}, {"amount", 25}, {"min_quantity", 10}}}}};
    };
    return make(
        "products", "product",
        {{"title", "Shirt"},
         {"handle", name},
         {"description", "Weich — žlutý, 麻"},
         {"hs_code", "620520"},
         {"weight", 250.5},
         {"type_id", type},
         {"tags", json::array({{{"id", tag}}})},
         {"categories", json::array({{{"id", kind}}})},
         {"metadata", {{"season", "summer"}, {"care", {{"wash", 30}}}}},
         {"images",
          {{{"url", "https://shop.example/1.png"}}, {{"url", "https://shop.example/2.png"}}}},
         {"options", {{{"title", "Size"}, {"values", {"S", "M", "L"}}}}},
         {"variants", {variant("S"), variant("M")}}});
}

json Medusa::product(const std::string& id) {
    const auto rows = ask("GET", "/products?fields=*categories&id=" + id).at("products");
    if (rows.empty()) return nullptr;
    auto out = without(in_order(rows.at(0)), "updated_at");
    out["images"] = without(out.at("images"), "created_at");
    for (auto& variant : out.at("variants")) {
        variant["images"] = without(variant.at("images"), "created_at");
    }
    return out;
}

std::size_t Medusa::count(const std::string& handle) {
    return ask("GET", "/products?fields=id&handle=" + handle).at("count");
}

std::string new_name(const std::string& name) {
    static const auto begin = std::chrono::system_clock::now().time_since_epoch();
    static int n = 0;
    auto out = name + '-' + std::to_string(begin / std::chrono::milliseconds(1)) + '-' +
               std::to_string(++n);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

bool is_write(const ServedRequest& request) { return request.method != "GET"; }
bool is_read(const ServedRequest& request) { return request.method == "GET"; }

MedusaShop::MedusaShop(const std::function<void(json& config)>& change)
    : proxy(Medusa::get().port()), host(config_of(proxy.port(), change)) {
    const json update = {{"step", "update-product"}, {"with", "${ .input }"}};
    json in_haste = update;
    in_haste["invoke"] = {{"timeout", "4s"}};
    add_workflow(host, "change-in-haste", json::array({in_haste}));
    add_workflow(host, "change-then-fail",
                 {update,
                  {{"step", "update-erp"}, {"with", "${ .input }"}},
                  {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}}});
    host.serve_and_reach();
}

json MedusaShop::run(const std::string& workflow, json input, const std::string& id) {
    input["id"] = id;
    return run_workflow(host, workflow, input).parsed();
}

json MedusaShop::state(const std::string& id) {
    return {{"medusa", Medusa::get().product(id)},
            {"erp", host.call("erp", "snapshotProduct", {{"id", id}})}};
}

}  // namespace gantry::test

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    std::string why;
    gantry::test::found = gantry::test::Medusa::find(why);
    if (gantry::test::found) return RUN_ALL_TESTS();
    std::cout << "skipped: " << why << '\n';
    return gantry::test::kSkipped;
}
