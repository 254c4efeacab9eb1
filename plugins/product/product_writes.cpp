#include "product_writes.hpp"

#include "find.hpp"
#include "product_rules.hpp"
#include "product_write.hpp"
#include "refusal.hpp"

namespace catalogue {

namespace {

// What `input` asks for: every relation, or its "relations".
Wanted shown_of(const json& input) {
    json asked = json::object();
    if (input.contains("relations")) asked["relations"] = input.at("relations");
    return wanted_of(kProducts, asked, whole_product());
}

void check_version(const json& input, const json& product) {
    if (!input.contains("if_version") || input.at("if_version") == product.at("version")) return;
    const json& found = product.at("version");
    const json& expected = input.at("if_version");
    throw Error(GANTRY_E_CONFLICT,
                "the product is at version " + found.dump() + ", not at " + expected.dump() +
                    "; read it again",
                GANTRY_EF_NOT_APPLIED, {{"found", found}, {"expected", expected}});
}

// Everything of a product that is deleted, or there again, with it.
constexpr std::array kWithProduct = {
    std::pair{&kProduct, "product_id"}, std::pair{&kVariant, "variant_id"},
    std::pair{&kOption, "option_id"}, std::pair{&kOptionValue, "option_value_id"},
    std::pair{&kImage, "image_id"}};

// Sets `deleted_at` of the product's rows from `from` to `to`; their ids go into `touched`.
void mark(const Write& write, const std::string& id, const json& from, const json& to,
          json& touched) {
    refuse_if_undone(write, id);
    const json before = load_state(write.sql, id);
    if (before.is_null()) return;
    json after = before;
    for (const auto& [table, name] : kWithProduct) {
        for (auto& row : after.at(table->name)) {
            if (row.at("deleted_at") != from) continue;
            row["deleted_at"] = to;
            touched[name].push_back(row.at("id"));
        }
    }
    save(write, before, std::move(after));
}

}  // namespace

json create_products(const Write& write, const Entity&, const json& list, const json& input) {
    KnownRows known;
    const Write once{write, write.ids, &known};
    std::vector<json> states;
    json ids = json::array();
    for (const auto& data : list) {
        if (data.contains("id")) refuse_if_undone(write, data.at("id").get<std::string>());
        states.push_back(created_state(once, data));
        ids.push_back(product_of(states.back()).at("id"));
    }
    save_new(write, std::move(states));
    return find_all(write.sql, kProducts, ids, shown_of(input));
}

json update_product(const Write& write, const Entity&, const std::string& id, const json& input) {
    edit(write, id, [&](json& state) {
        check_version(input, product_of(state));
        apply_changes(write, state, input.at("data"));
    });
    return retrieve(write.sql, kProducts, id, shown_of(input));
}

void remove_products(const Write& write, const Entity&, const json& ids) {
    for (const auto& value : ids) {
        const auto id = value.get<std::string>();
        refuse_if_undone(write, id);
        const json before = load_state(write.sql, id);
        if (!before.is_null()) save(write, before, nullptr);
    }
}

json soft_delete_products(const Write& write, const Entity&, const json& ids) {
    json touched = json::object();
    for (const auto& id : ids) {
        mark(write, id.get<std::string>(), nullptr, write.request.now, touched);
    }
    return touched;
}

// What was deleted with the product is there again, what was deleted before stays deleted.
json restore_products(const Write& write, const Entity&, const json& ids) {
    json touched = json::object();
    for (const auto& value : ids) {
        const auto id = value.get<std::string>();
        const json state = load_state(write.sql, id);
        if (state.is_null() || is_live(state)) continue;
        mark(write, id, product_of(state).at("deleted_at"), nullptr, touched);
    }
    return touched;
}

}  // namespace catalogue
