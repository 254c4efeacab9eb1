// The rules of a product's options and variants, which hold together by the options' values. All
// look-ups go through maps: the work grows with variants times options, not with variants squared.
#include "variant_rules.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "new_id.hpp"
#include "refusal.hpp"

namespace catalogue {

namespace {

using Pair = std::pair<std::string, std::string>;

std::string text(const json& row, const char* column) { return row.at(column).get<std::string>(); }

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

/// A product's options: option ids by title, value ids by option id and text.
struct OptionIndex {
    explicit OptionIndex(const json& state) {
        for (const auto& row : state.at(kOption.name))
            options[text(row, "title")] = text(row, "id");
        for (const auto& row : state.at(kOptionValue.name)) {
            values[{text(row, "option_id"), text(row, "value")}] = text(row, "id");
            option_of[text(row, "id")] = text(row, "option_id");
        }
    }
    std::map<std::string, std::string> options;
    std::map<Pair, std::string> values;
    std::map<std::string, std::string> option_of;  // value id to option id
};

std::map<std::string, const json*> rows_by_id(const json& rows) {
    std::map<std::string, const json*> index;
    for (const auto& row : rows) index.emplace(text(row, "id"), &row);
    return index;
}

// Lays `fields` over `row`; its time of change moves with what it has.
void lay(const Write& write, const Table& table, json& row, const json& fields, bool is_new) {
    if (is_new) return assign(table, row, fields, true);
    const json before = row;
    assign(table, row, fields, false);
    if (row != before) row["updated_at"] = write.request.now;
}

void refuse_repeated_ids(const Table& table, const json& rows) {
    std::set<std::string> seen;
    for (const auto& row : rows) {
        const auto id = text(row, "id");
        if (!seen.insert(id).second) throw exists_already(table, "id", id);
    }
}

// The id of the row that `item` means: its own, else that of the row of its name.
template <typename Names>
std::string id_meant(const json& item, const Names& names, const typename Names::key_type& name) {
    if (item.contains("id")) return text(item, "id");
    const auto named = names.find(name);
    return named == names.end() ? "" : named->second;
}

// The values of one option, those that are `given`, at the end of `values`.
void add_values(const Write& write, const OptionIndex& known,
                const std::map<std::string, const json*>& old_values, const std::string& option_id,
                const json& given, json& values) {
    std::set<std::string> seen;
    for (const auto& one : given) {
        json item = one.is_string() ? json{{"value", one}} : one;
        const auto name = text(item, "value");
        if (!seen.insert(name).second) throw exists_already(kOptionValue, "value", name);
        const auto id = id_meant(item, known.values, {option_id, name});
        const auto old = old_values.find(id);
        const bool is_new = old == old_values.end();
        json row = is_new
                       ? new_row(kOptionValue, new_id(write, kOptionValue, item), write.request.now)
                       : *old->second;
        if (is_new) row["option_id"] = option_id;
        if (row.at("option_id") != option_id) throw exists_already(kOptionValue, "id", id);
        item.erase("id");
        lay(write, kOptionValue, row, item, is_new);
        values.push_back(std::move(row));
    }
}

void apply_options(const Write& write, json& state, const json& given) {
    const OptionIndex known(state);
    const auto old_options = rows_by_id(state.at(kOption.name));
    const auto old_values = rows_by_id(state.at(kOptionValue.name));
    json options = json::array();
    json values = json::array();
    std::set<std::string> titles;
    for (const auto& item : given) {
        for (const auto& [field, unused] : item.items()) {
            if (field != "id" && field != "title" && field != "values") {
                throw invalid_data("Unknown field '" + field +
                                   "' of Product option; it has id, title, values");
            }
        }
        const auto title = text(item, "title");
        if (!titles.insert(title).second) throw exists_already(kOption, "title", title);
        const auto old = old_options.find(id_meant(item, known.options, title));
        const bool is_new = old == old_options.end();
        json row = is_new ? new_row(kOption, new_id(write, kOption, item), write.request.now)
                          : *old->second;
        if (is_new) {
            row.update({{"product_id", product_of(state).at("id")}, {"is_exclusive", true}});
        }
        lay(write, kOption, row, {{"title", title}}, is_new);
        options.push_back(std::move(row));
        add_values(write, known, old_values, text(options.back(), "id"), item.at("values"), values);
    }
    refuse_repeated_ids(kOption, options);
    refuse_repeated_ids(kOptionValue, values);
    state[kOption.name] = std::move(options);
    state[kOptionValue.name] = std::move(values);
}

Error wrong_count(std::size_t expected, std::size_t found, const json& variant) {
    return invalid_data("Product has " + std::to_string(expected) +
                        " option values but there were " + std::to_string(found) +
                        " provided option values for the variant: " + text(variant, "title") + ".");
}

// The links of `variant` to the values that `given`, {"Size": "M"}, names.
void link(json& links, const OptionIndex& index, const json& variant, const json& given) {
    if (given.size() != index.options.size()) {
        throw wrong_count(index.options.size(), given.size(), variant);
    }
    for (const auto& [title, value] : given.items()) {
        const auto option = index.options.find(title);
        const auto name = value.get<std::string>();
        const auto found = option == index.options.end()
                               ? index.values.end()
                               : index.values.find({option->second, name});
        if (found == index.values.end()) {
            throw invalid_data("Option value " + name + " does not exist for option " + title);
        }
        links.push_back({{"variant_id", variant.at("id")}, {"option_value_id", found->second}});
    }
}

void refuse_missing_options(const json& state, const json& variants) {
    std::vector<std::string> missing;
    for (const auto& option : state.at(kOption.name)) {
        const auto title = text(option, "title");
        const bool all_have = std::all_of(variants.begin(), variants.end(), [&](const json& v) {
            return v.value("options", json::object()).contains(title);
        });
        if (!all_have) missing.push_back(title);
    }
    if (missing.empty()) return;
    throw invalid_data("Product \"" + text(product_of(state), "title") +
                       "\" has variants with missing options: [" + joined(missing) + "]");
}

void refuse_unknown_variants(const std::map<std::string, const json*>& known, const json& given,
                             std::size_t first_new) {
    std::vector<std::string> unknown;
    for (std::size_t place = 0; place < std::min(first_new, given.size()); ++place) {
        const auto& item = given[place];
        if (item.contains("id") && known.count(text(item, "id")) == 0) {
            unknown.push_back(text(item, "id"));
        }
    }
    if (unknown.empty()) return;
    throw invalid_data("Cannot update non-existing variants with ids: " + joined(unknown));
}

json new_variant(const Write& write, const json& state, const json& item) {
    json row = new_row(kVariant, new_id(write, kVariant, item), write.request.now);
    row.update({{"product_id", product_of(state).at("id")},
                {"allow_backorder", false},
                {"manage_inventory", true},
                {"variant_rank", 0}});
    return row;
}

/// Those from the place `first_new` on are made, whatever their ids. Returns the ids of the
/// variants whose options were given.
std::set<std::string> apply_variants(const Write& write, json& state, const json& given,
                                     std::size_t first_new) {
    const auto known = rows_by_id(state.at(kVariant.name));
    refuse_unknown_variants(known, given, first_new);
    std::map<std::string, std::vector<const json*>> old_links;
    for (const auto& row : state.at(kVariantOption.name)) {
        old_links[text(row, "variant_id")].push_back(&row);
    }
    const OptionIndex index(state);
    json variants = json::array();
    json links = json::array();
    std::set<std::string> seen;
    std::set<std::string> relinked;
    for (std::size_t place = 0; place < given.size(); ++place) {
        const auto& item = given[place];
        const bool is_new = place >= first_new || !item.contains("id");
        json row = is_new ? new_variant(write, state, item) : *known.at(text(item, "id"));
        json fields = item;
        fields.erase("id");
        fields.erase("options");
        lay(write, kVariant, row, fields, is_new);
        if (row.at("title").is_null()) throw invalid_data("Product variant title is required");
        const auto id = text(row, "id");
        if (!seen.insert(id).second) throw exists_already(kVariant, "id", id);
        if (is_new || item.contains("options")) {
            link(links, index, row, item.value("options", json::object()));
            relinked.insert(id);
        } else {
            for (const auto* old : old_links[id]) links.push_back(*old);
        }
        variants.push_back(std::move(row));
    }
    state[kVariant.name] = std::move(variants);
    state[kVariantOption.name] = std::move(links);
    return relinked;
}

// An option that is gone takes its values out of the variants; a value alone may not.
void settle_links(json& state, const OptionIndex& before) {
    const OptionIndex now(state);
    std::set<std::string> options;
    for (const auto& [title, id] : now.options) options.insert(id);
    json links = json::array();
    for (const auto& row : state.at(kVariantOption.name)) {
        const auto value = text(row, "option_value_id");
        if (now.option_of.count(value) > 0) {
            links.push_back(row);
        } else if (options.count(before.option_of.at(value)) > 0) {
            throw invalid_data(
                "Cannot delete product option values that are associated with products.");
        }
    }
    state[kVariantOption.name] = std::move(links);
}

// No other variant has the values of one whose options were given; link() saw to it that it has one
// of each option. The others are as they are: options may have come and gone since.
void check_combinations(const json& state, const std::set<std::string>& relinked) {
    if (state.at(kOption.name).empty()) return;
    std::map<std::string, std::set<std::string>> values;
    for (const auto& row : state.at(kVariantOption.name)) {
        values[text(row, "variant_id")].insert(text(row, "option_value_id"));
    }
    struct Alike {
        const json* given = nullptr;  // the first one
        const json* other = nullptr;
    };
    std::map<std::set<std::string>, Alike> all;
    for (const auto& variant : state.at(kVariant.name)) {
        auto& [given, other] = all[values[text(variant, "id")]];
        const bool is_given = relinked.contains(text(variant, "id"));
        if (is_given && given != nullptr) {
            throw invalid_data("Variant \"" + text(variant, "title") +
                               "\" has same combination of option values as \"" +
                               text(*given, "title") + "\".");
        }
        auto& first = is_given ? given : other;
        if (first == nullptr) first = &variant;
        if (given == nullptr || other == nullptr) continue;
        throw invalid_data("Variant (" + text(*given, "title") +
                           ") with provided options already exists.");
    }
}

}  // namespace

void apply_variants_and_options(const Write& write, json& state, const json& data, bool is_new) {
    if (!data.contains("options") && !data.contains("variants")) return;
    const OptionIndex before(state);
    if (data.contains("options")) apply_options(write, state, data.at("options"));
    std::set<std::string> relinked;
    if (data.contains("variants")) {
        if (is_new) refuse_missing_options(state, data.at("variants"));
        const auto& given = data.at("variants");
        relinked = apply_variants(write, state, given, is_new ? 0 : given.size());
    }
    settle_links(state, before);
    if (data.contains("variants")) check_combinations(state, relinked);
}

json as_they_are(const json& state) {
    json all = json::array();
    for (const auto& row : state.at(kVariant.name)) all.push_back({{"id", row.at("id")}});
    return all;
}

void add_variants(const Write& write, json& state, json variants) {
    json all = as_they_are(state);
    const auto first_new = all.size();
    for (auto& variant : variants) all.push_back(std::move(variant));
    check_combinations(state, apply_variants(write, state, all, first_new));
}

void set_values(const Write& write, json& state, const std::string& option_id, const json& given) {
    const OptionIndex known(state);
    const auto old_values = rows_by_id(state.at(kOptionValue.name));
    json values = json::array();
    for (const auto& row : state.at(kOptionValue.name)) {
        if (text(row, "option_id") != option_id) values.push_back(row);
    }
    add_values(write, known, old_values, option_id, given, values);
    refuse_repeated_ids(kOptionValue, values);
    state[kOptionValue.name] = std::move(values);
}

void settle_options(json& state, const json& before) { settle_links(state, OptionIndex(before)); }

}  // namespace catalogue
