// listProducts: filters, order and page as SQL, every value bound.
#include "list_products.hpp"

#include <algorithm>

#include "refusal.hpp"

namespace catalogue {

namespace {

constexpr const char* kColumnFilters[] = {"id",      "handle",      "status", "collection_id",
                                          "type_id", "external_id", "sku"};
constexpr const char* kSearched[] = {"title", "subtitle", "description", "handle"};

std::string condition(Selection& chosen, const std::string& column, const json& value) {
    if (value.is_null()) return column + " IS NULL";
    if (!value.is_array()) return column + " = " + chosen.put(value.get<std::string>());
    if (value.empty()) return "1 = 0";
    for (const auto& one : value) {
        if (!one.is_string()) {
            throw invalid_data("filter '" + column + "' is a list with " + one.dump() +
                               "; it takes strings");
        }
    }
    return column + " IN (" + chosen.put_all(value) + ")";
}

std::string search(Selection& chosen, const std::string& words) {
    std::string pattern = "%";
    for (const char c : words) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    pattern += '%';
    std::string any;
    for (const auto* column : kSearched) {
        any += std::string(any.empty() ? "(" : " OR ") + "lower(" + column + ") LIKE lower(" +
               chosen.put(pattern) + ") ESCAPE '\\'";
    }
    return any + ")";
}

std::string where(Selection& chosen, const json& filters) {
    std::string all;
    for (const auto& [name, value] : filters.items()) {
        all += all.empty() ? "WHERE " : " AND ";
        if (name == "q") {
            all += search(chosen, value.get<std::string>());
        } else if (name == "sku") {
            all += "id IN (SELECT product_id FROM product_variant WHERE " +
                   condition(chosen, name, value) + ")";
        } else if (std::count(std::begin(kColumnFilters), std::end(kColumnFilters), name) > 0) {
            all += condition(chosen, name, value);
        } else {
            std::string known = "q";
            for (const auto* filter : kColumnFilters) known += std::string(", ") + filter;
            throw invalid_data("unknown filter '" + name + "'; listProducts knows " + known,
                               {{"filter", name}});
        }
    }
    return all;
}

std::string order(const json& fields) {
    if (fields.size() > 1) throw invalid_data("order has several fields; it takes one");
    std::string text = " ORDER BY ";
    for (const auto& [name, direction] : fields.items()) {
        const Column* column = find_column(kProduct, name);
        if (column == nullptr || column->type == Type::kJson ||
            (direction != "ASC" && direction != "DESC")) {
            throw invalid_data("order is {\"" + name + "\": " + direction.dump() +
                               "}; it takes a field of Product with \"ASC\" or \"DESC\"");
        }
        text += name + " " + direction.get<std::string>() + ", ";
    }
    return text + "id";  // last, so that pages never overlap
}

std::string page(Selection& chosen, const json& input) {
    if (!input.contains("skip") && !input.contains("take")) return "";
    const auto number = [&](const char* name, long long otherwise) {
        const auto value = input.value(name, otherwise);
        if (value < 0) throw invalid_data(std::string(name) + " is negative; it takes 0 or more");
        return chosen.put(value);
    };
    constexpr long long kUnlimited = 9223372036854775807;
    const std::string limit = number("take", kUnlimited);
    return " LIMIT " + limit + " OFFSET " + number("skip", 0);
}

}  // namespace

Selection chosen_products(const json& input) {
    Selection chosen;
    chosen.tail = where(chosen, input.value("filters", json::object()));
    chosen.tail += order(input.value("order", json::object()));
    chosen.tail += page(chosen, input);
    return chosen;
}

Relations wanted_relations(const json& input, const Relations& otherwise) {
    if (!input.contains("relations")) return otherwise;
    auto wanted = input.at("relations").get<Relations>();
    for (const auto& name : wanted) {
        if (all_relations().count(name) > 0) continue;
        std::string known;
        for (const auto& relation : all_relations())
            known += (known.empty() ? "" : ", ") + relation;
        throw invalid_data("unknown relation '" + name + "'; Product has " + known,
                           {{"relation", name}});
    }
    return wanted;
}

}  // namespace catalogue
