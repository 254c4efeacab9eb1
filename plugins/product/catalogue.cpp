// The product catalogue: gantry.product/1 on a database, each write one transaction with its key.
#include "catalogue.hpp"

#include "list_products.hpp"
#include "product_rules.hpp"
#include "refusal.hpp"
#include "schema.hpp"
#include "view.hpp"

namespace catalogue {

namespace {

// The host checks inputs against the interface; a caller without a host gets the same class.
template <typename Body>
json checked(Body&& body) {
    try {
        return body();
    } catch (const json::exception& e) {
        throw invalid_data(std::string("the input has not the shape of gantry.product/1: ") +
                           e.what());
    }
}

// Writes `after` where `before` was, under its new version, and notes that the request did. Returns
// the product as a reader will find it.
json save(const Write& write, const json& before, json after) {
    json& product = product_of(after);
    const auto id = product.at("id").get<std::string>();
    product["version"] = version_of(after);
    replace(write.sql, before, after);
    record_written(write, id, product.at("version"));
    return product_view(load_state(write.sql, id));
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

}  // namespace

const plugin_sql::Schema kSchema{"product", 1, kSchemaText};

Catalogue::Catalogue(const json& options)
    : database_(options.value("database", ""), kSchema), journal_(database_, {"made"}) {}

json Catalogue::retrieve(const json& input) {
    return checked([&] {
        const auto id = input.at("id").get<std::string>();
        const Relations relations = wanted_relations(input, all_relations());
        Selection chosen;
        chosen.tail = "WHERE id = " + chosen.put(id);
        const json state =
            database_.read([&](soci::session& sql) { return load(sql, chosen, relations); });
        if (rows_of(state, kProduct).empty()) throw no_such_product(id);
        return products_of(state, relations).at(0);
    });
}

json Catalogue::list(const json& input) {
    return checked([&] {
        const Relations relations = wanted_relations(input, {});
        const Selection chosen = chosen_products(input);
        return products_of(
            database_.read([&](soci::session& sql) { return load(sql, chosen, relations); }),
            relations);
    });
}

json Catalogue::create(std::string_view key, const json& input) {
    return once(key, "createProducts", input, [&](const Write& write) {
        json products = json::array();
        for (const auto& data : input.at("products")) {
            if (data.contains("id")) refuse_if_undone(write, data.at("id").get<std::string>());
            products.push_back(save(write, nullptr, created_state(write, data)));
        }
        return Outcome{std::move(products)};
    });
}

json Catalogue::update(std::string_view key, const json& input) {
    return once(key, "updateProducts", input, [&](const Write& write) {
        const auto id = input.at("id").get<std::string>();
        refuse_if_undone(write, id);
        const json before = load_state(write.sql, id);
        if (before.is_null()) throw no_such_product(id);
        check_version(input, product_of(before));
        json after = before;
        apply_changes(write, after, input.at("data"));
        if (version_of(after) != product_of(before).at("version")) {
            product_of(after)["updated_at"] = write.request.now;
        }
        return Outcome{save(write, before, std::move(after))};
    });
}

json Catalogue::remove(std::string_view key, const json& input) {
    return once(key, "deleteProducts", input, [&](const Write& write) {
        for (const auto& value : input.at("ids")) {
            const auto id = value.get<std::string>();
            refuse_if_undone(write, id);
            replace(write.sql, load_state(write.sql, id), nullptr);
            record_written(write, id, nullptr);
        }
        return Outcome{json::object()};
    });
}

json Catalogue::snapshot(const json& input) {
    return checked([&] {
        const auto id = input.at("id").get<std::string>();
        json state = database_.read([&](soci::session& sql) { return load_state(sql, id); });
        json version = version_of(state);
        return json{{"id", id},
                    {"exists", !state.is_null()},
                    {"version", std::move(version)},
                    {"state", std::move(state)}};
    });
}

json Catalogue::restore(std::string_view key, const json& input) {
    return once(key, "restoreProduct", input,
                [&](const Write& write) { return restored(write, input); });
}

json Catalogue::once(std::string_view key, std::string_view method, const json& input,
                     const Effect& effect) {
    return checked([&] {
        return journal_.once(key, method, input, [&](const plugin_sql::Write& write) {
            return effect({write, ids_});
        });
    });
}

}  // namespace catalogue
