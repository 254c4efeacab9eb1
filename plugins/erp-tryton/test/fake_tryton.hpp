// A Tryton in memory for the scripted HTTP: one login, templates with variants, timestamps that
// move with each write. It answers as the real one was seen to.
#pragma once

#include <gantry/testing.hpp>
#include <set>

namespace erp_tryton {

using gantry::json;
using gantry::testing::HttpRequest;
using gantry::testing::HttpResponse;

inline json decimal(const std::string& text) {
    return {{"__class__", "Decimal"}, {"decimal", text}};
}

class FakeTryton {
public:
    static constexpr const char* kUrl = "https://erp.example/shop/";

    explicit FakeTryton(gantry::testing::Host& host) {
        host.http().on("POST", kUrl).does([this](const HttpRequest& r) { return answer(r); });
    }

    HttpResponse answer(const HttpRequest& request) {
        const auto body = request.json();
        const std::string method = body.at("method");
        const auto& params = body.at("params");
        asked.push_back(method);
        if (method == "common.db.login") {
            if (params.at(1).at("password") != password) return {401};
            session = "s" + std::to_string(++logins);
            return result({7, session});
        }
        if (session.empty() || request.header("Authorization").empty()) return {401};
        if (!next.empty()) {
            auto out = next.front();
            next.erase(next.begin());
            return out;
        }
        contexts.push_back(params.back());
        if (method.ends_with(".get_preferences")) return result(preferences);
        if (method == "model.product.template.fields_get") return result(template_fields);
        if (method == "model.product.product.fields_get") return result(variant_fields);
        if (method == "model.product.attribute.search_read") return result(attributes);
        if (method == "model.product.uom.search_read") return result(units(params.at(0)));
        if (method == "model.product.template.search_read") return result(found(params.at(0)));
        if (method == "model.product.template.create") return create(params);
        if (method == "model.product.template.write") return write(params);
        if (method == "model.product.template.delete") return remove(params);
        return {403};
    }

    static HttpResponse result(const json& value) {
        return {200, {}, json{{"id", 1}, {"result", value}}.dump()};
    }
    static HttpResponse error(const json& value) {
        return {200, {}, json{{"id", 1}, {"error", value}}.dump()};
    }

    /// A template with one variant, written by somebody else.
    json& add(int id, const std::string& code, const json& values = json::object()) {
        json row = {{"id", id},
                    {"code", code},
                    {"name", "Shirt"},
                    {"active", true},
                    {"create_uid", 1},
                    {"write_uid", nullptr},
                    {"weight", nullptr},
                    {"weight_uom", nullptr},
                    {"list_price", nullptr},
                    {"launched", nullptr},
                    {"shelf_days", nullptr},
                    {"_timestamp", stamp()}};
        row.update(values);
        row["products."] = {variant(id * 10, code)};
        return rows.emplace_back(std::move(row));
    }
    json variant(int id, const std::string& code) {
        return {{"id", id},
                {"code", code},
                {"active", true},
                {"create_uid", 1},
                {"write_uid", nullptr},
                {"description", nullptr},
                {"short_name", nullptr},
                {"attributes", nullptr},
                {"_timestamp", stamp()}};
    }

    std::size_t writes() const {
        return static_cast<std::size_t>(
            std::count_if(asked.begin(), asked.end(), [](const auto& m) {
                return m.ends_with(".write") || m.ends_with(".create") || m.ends_with(".delete");
            }));
    }

    std::string password = "right";
    std::string session;
    int logins = 0;
    int user = 7;                    // who writes
    std::vector<HttpResponse> next;  // instead of what it would answer
    std::vector<std::string> asked;
    std::vector<json> contexts;
    std::vector<json> rows;
    json preferences = {{"company", 1}, {"language", "en"}, {"groups", {1, 2}}};
    json template_fields = {
        {"code", {{"type", "char"}, {"readonly", false}}},
        {"name", {{"type", "char"}, {"readonly", false}}},
        {"type", {{"type", "selection"}, {"readonly", false}}},
        {"active", {{"type", "boolean"}, {"readonly", false}}},
        {"list_price", {{"type", "numeric"}, {"readonly", false}, {"digits", "[16, 4]"}}},
        {"shelf_days", {{"type", "integer"}, {"readonly", false}}},
        {"launched", {{"type", "date"}, {"readonly", false}}},
        {"weight", {{"type", "float"}, {"readonly", false}}},
        {"weight_uom", {{"type", "many2one"}, {"relation", "product.uom"}, {"readonly", false}}},
        {"default_uom", {{"type", "many2one"}, {"relation", "product.uom"}, {"readonly", false}}}};
    json variant_fields = {{"code", {{"type", "char"}, {"readonly", true}}},
                           {"short_name", {{"type", "char"}, {"readonly", false}, {"size", 3}}},
                           {"description", {{"type", "text"}, {"readonly", false}}},
                           {"attributes", {{"type", "dict"}, {"readonly", false}}}};
    json attributes = {{{"id", 1}, {"name", "material"}, {"type_", "char"}},
                       {{"id", 2}, {"name", "medusa_id"}, {"type_", "char"}}};

private:
    std::string stamp() { return "1795000000." + std::to_string(100000 + ++moments_); }

    static json units(const json& domain) {
        const json all = {{{"id", 1}, {"symbol", "u"}, {"factor", 1.0}},
                          {{"id", 2}, {"symbol", "kg"}, {"factor", 1.0}},
                          {{"id", 3}, {"symbol", "g"}, {"factor", 0.001}},
                          {{"id", 5}, {"symbol", "lb"}, {"factor", 0.45359237}}};
        json out = json::array();
        for (const auto& one : all) {
            if (domain.empty() || domain[0][2] == one.at("symbol")) out.push_back(one);
        }
        return out;
    }

    static bool holds(const json& row, const json& term) {
        const std::string field = term.at(0);
        if (field == "id" || field == "code") return row.at(field) == term.at(2);
        for (const auto& one : row.at("products.")) {
            if (field == "products.code" &&
                term.at(2).dump().find(one.at("code").dump()) != std::string::npos) {
                return true;
            }
            if (field == "products.attributes.medusa_id" && one.at("attributes").is_object() &&
                one.at("attributes").value("medusa_id", json()) == term.at(2)) {
                return true;
            }
        }
        return false;
    }

    json found(const json& domain) const {
        json out = json::array();
        for (auto row : rows) {
            if (std::none_of(domain.begin(), domain.end(),
                             [&](const json& t) { return t.is_array() && holds(row, t); })) {
                continue;
            }
            const auto unit = row.at("weight_uom");
            row["weight_uom."] = nullptr;
            for (const auto& one : units(json::array())) {
                if (one.at("id") == unit) row["weight_uom."] = one;
            }
            out.push_back(std::move(row));
        }
        return out;
    }

    bool stale(const json& row, const std::string& model, const json& context) const {
        const auto known = context.value("_timestamp", json::object());
        const auto key = model + ',' + row.at("id").dump();
        return known.contains(key) && known.at(key) != row.at("_timestamp");
    }

    HttpResponse write(const json& params) {
        for (auto& row : rows) {
            if (row.at("id") != params.at(0).at(0)) continue;
            if (stale(row, "product.template", params.back())) return concurrency();
            auto values = params.at(1);
            for (const auto& command : values.value("products", json::array())) {
                for (auto& one : row.at("products.")) {
                    if (one.at("id") != command.at(1).at(0)) continue;
                    if (stale(one, "product.product", params.back())) return concurrency();
                    apply(one, command.at(2));
                }
            }
            values.erase("products");
            apply(row, values);
            return result(nullptr);
        }
        return error({"UserError", {"no such record", "", nullptr}});
    }

    void apply(json& row, const json& values) {
        row.update(values);
        row["write_uid"] = user;
        row["_timestamp"] = stamp();
    }

    HttpResponse create(const json& params) {
        auto values = params.at(0).at(0);
        for (const auto& row : rows) {
            if (row.at("code") == values.at("code")) {
                return error(
                    {"UserError", {"Code of active product must be unique.", "", nullptr}});
            }
        }
        const auto of_variant = values.at("products").at(0).at(1).at(0);
        values.erase("products");
        const int id = static_cast<int>(rows.size()) + 100;
        auto& row = add(id, values.at("code"), values);
        row["create_uid"] = user;
        row["products."][0].update(of_variant);
        row["products."][0]["create_uid"] = user;
        return result({id});
    }

    HttpResponse remove(const json& params) {
        for (auto it = rows.begin(); it != rows.end(); ++it) {
            if (it->at("id") != params.at(0).at(0)) continue;
            if (stale(*it, "product.template", params.back())) return concurrency();
            rows.erase(it);
            break;
        }
        return result(nullptr);
    }

    static HttpResponse concurrency() {
        return error({"ConcurrencyException", "Records were modified in the meanwhile"});
    }

    int moments_ = 0;
};

}  // namespace erp_tryton
