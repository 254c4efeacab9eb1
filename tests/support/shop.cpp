// The configurations are objects: a test changes what it needs.
#include "support/shop.hpp"

namespace gantry::test {

json shop_config() {
    return {
        {"store", "sqlite:data/gantry.db"},
        {"http", {{"listen", "127.0.0.1:0"}}},
        {"plugin_path", {GANTRY_PLUGINS}},
        {"modules",
         {{"product",
           {{"plugin", "product"}, {"options", {{"database", "sqlite:data/product.db"}}}}},
          {"erp", {{"plugin", "erp-ledger"}, {"options", {{"database", "sqlite:data/erp.db"}}}}},
          {"catalog", {{"plugin", "update-product-erp"}}}}},
        {"routes",
         {{{"method", "POST"},
           {"path", "/store/products/{id}/erp"},
           {"workflow", "update-product-and-erp"},
           {"wait", "60s"}}}}};
}

json gated_shop_config(const std::filesystem::path& marker, const std::string& gate,
                       const std::string& point) {
    auto config = shop_config();
    config["plugin_path"].push_back(GANTRY_TEST_PLUGINS);
    auto& modules = config["modules"];
    for (const std::string name : {"product", "erp"}) {
        modules[name + "-store"] = modules[name];
        modules[name] = {{"plugin", "gate-" + name}, {"bind", {{"inner", name + "-store"}}}};
    }
    modules[gate]["options"] = {{"kill", point}, {"marker", marker}};
    return config;
}

json misbehaving_shop_config() {
    auto config = shop_config();
    config["plugin_path"].push_back(GANTRY_TEST_PLUGINS);
    config["modules"]["bad"] = {{"plugin", "misbehave"}};
    config["workflows"] = {"workflows/*.json"};
    return config;
}

void add_workflow(const HostProcess& host, const std::string& name, const json& steps) {
    write_text(host.dir() / ("workflows/" + name + ".json"),
               json{{"name", name}, {"steps", steps}}.dump(2));
}

json without(const json& value, const std::string& name) {
    if (!value.is_structured()) return value;
    json out = value.is_array() ? json::array() : json::object();
    for (const auto& [key, part] : value.items()) {
        if (value.is_array()) {
            out.push_back(without(part, name));
        } else if (key != name) {
            out[key] = without(part, name);
        }
    }
    return out;
}

json state_of(const HostProcess& host, const std::string& product) {
    const json id = {{"id", product}};
    json all = id;
    all["relations"] = {"variants", "options", "tags", "images", "type", "collection"};
    return {{"product", without(host.call("product", "snapshotProduct", id), "updated_at")},
            {"view", without(host.call("product", "retrieveProduct", all), "updated_at")},
            {"erp", host.call("erp", "snapshotProduct", id)}};
}

HttpResponse update(const HostProcess& host, const std::string& product, const json& changes,
                    HttpHeaders headers) {
    return host.send(
        {"POST", "/store/products/" + product + "/erp", changes.dump(), std::move(headers)});
}

HttpResponse run_workflow(const HostProcess& host, const std::string& workflow, const json& input) {
    return host.send({"POST",
                      "/admin/workflows-executions/" + workflow + "/run",
                      json{{"input", input}}.dump(),
                      {{"Prefer", "wait=60"}}});
}

std::string long_title() { return "A title of more than the forty characters that the ERP takes"; }

}  // namespace gantry::test
