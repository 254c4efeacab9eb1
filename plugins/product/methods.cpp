#include "methods.hpp"

#include <map>

#include "events.hpp"
#include "find.hpp"
#include "kept_state.hpp"
#include "owned_writes.hpp"
#include "product_writes.hpp"
#include "restore.hpp"
#include "shared_writes.hpp"
#include "state.hpp"
#include "variant_images.hpp"

namespace catalogue {

namespace {

using plugin_sql::Outcome;
using Methods = std::map<std::string, Method, std::less<>>;

// What differs between the kinds of entities: how they are written.
struct Writes {
    json (*create)(const Write& write, const Entity& entity, const json& list, const json& input);
    json (*update)(const Write& write, const Entity& entity, const std::string& id,
                   const json& input);
    void (*remove)(const Write& write, const Entity& entity, const json& ids);
    json (*soft_delete)(const Write& write, const Entity& entity, const json& ids);
    json (*restore)(const Write& write, const Entity& entity, const json& ids);
};

constexpr Writes kOfProducts{&create_products, &update_product, &remove_products,
                             &soft_delete_products, &restore_products};
constexpr Writes kOfOwned{&create_owned, &update_owned, &remove_owned, &soft_delete_owned,
                          &restore_owned};
constexpr Writes kOfShared{&create_shared, &update_shared, &remove_shared, &soft_delete_shared,
                           &restore_shared};

const Writes& writes_of(const Entity& entity) {
    if (&entity == &kProducts) return kOfProducts;
    const bool owned = &entity == &kVariants || &entity == &kOptions || &entity == &kOptionValues ||
                       &entity == &kImages;
    return owned ? kOfOwned : kOfShared;
}

// {"data": one or a list}; products also come as {"products": […]}.
const json& given(const json& input) {
    return input.contains("products") ? input.at("products") : input.at("data");
}

// One answer for one, a list for a list. `input` may name the relations of the answer.
json create(const Write& write, const Entity& entity, const json& data, const json& input) {
    const auto& by = writes_of(entity);
    if (data.is_array()) return by.create(write, entity, data, input);
    return by.create(write, entity, json::array({data}), input).at(0);
}

// {"id", "data"}: that one; {"selector", "data"}: all that the filters find.
json update(const Write& write, const Entity& entity, const json& input) {
    const auto& by = writes_of(entity);
    if (input.contains("id")) {
        return by.update(write, entity, input.at("id").get<std::string>(), input);
    }
    json all = json::array();
    const json query = {{"filters", input.at("selector")}, {"select", {"id"}}};
    for (const auto& row : find(write.sql, entity, query)) {
        all.push_back(by.update(write, entity, row.at("id").get<std::string>(), input));
    }
    return all;
}

// With an id: updated, else created; the created ones stand first.
json upsert(const Write& write, const Entity& entity, const json& input) {
    const auto& by = writes_of(entity);
    const json& data = given(input);
    json created = json::array();
    json updated = json::array();
    json each = json::object();
    if (input.contains("relations")) each["relations"] = input.at("relations");
    const auto one = [&](const json& item) {
        if (!item.contains("id")) {
            created.push_back(create(write, entity, item, each));
            return;
        }
        each["data"] = item;
        each["data"].erase("id");
        updated.push_back(by.update(write, entity, item.at("id").get<std::string>(), each));
    };
    if (!data.is_array()) {
        one(data);
        return created.empty() ? updated.at(0) : created.at(0);
    }
    for (const auto& item : data) one(item);
    for (auto& row : updated) created.push_back(std::move(row));
    return created;
}

void add_reads(Methods& all, const Entity& entity) {
    const std::string name = entity.name;
    const std::string plural = entity.plural;
    all["retrieve" + name].read = [&entity](soci::session& sql, const json& input) {
        const auto relations = &entity == &kProducts ? whole_product() : std::vector<std::string>{};
        return retrieve(sql, entity, input.at("id").get<std::string>(),
                        wanted_of(entity, input, relations));
    };
    all["list" + plural].read = [&entity](soci::session& sql, const json& input) {
        return find(sql, entity, input);
    };
    all["listAndCount" + plural].read = [&entity](soci::session& sql, const json& input) {
        return json{{"rows", find(sql, entity, input)}, {"count", count(sql, entity, input)}};
    };
}

void add_writes(Methods& all, const Entity& entity) {
    const std::string plural = entity.plural;
    const auto& by = writes_of(entity);
    all["create" + plural].write = [&](const Write& write, const json& input) {
        return Outcome{create(write, entity, given(input), input)};
    };
    all["update" + plural].write = [&entity](const Write& write, const json& input) {
        return Outcome{update(write, entity, input)};
    };
    all["upsert" + plural].write = [&entity](const Write& write, const json& input) {
        return Outcome{upsert(write, entity, input)};
    };
    all["delete" + plural].write = [&](const Write& write, const json& input) {
        by.remove(write, entity, input.at("ids"));
        return Outcome{json::object()};
    };
    all["softDelete" + plural].write = [&](const Write& write, const json& input) {
        return Outcome{by.soft_delete(write, entity, input.at("ids"))};
    };
    all["restore" + plural].write = [&](const Write& write, const json& input) {
        return Outcome{by.restore(write, entity, input.at("ids"))};
    };
}

json snapshot(soci::session& sql, const json& input) {
    const auto id = input.at("id").get<std::string>();
    json state = load_state(sql, id);
    json version = version_of(state);
    return {{"id", id},
            {"exists", !state.is_null()},
            {"version", std::move(version)},
            {"state", kept(std::move(state))},
            {"page", plugin_sql::current_page(sql)}};
}

Methods all_methods() {
    Methods all;
    for (const auto* entity : all_entities()) {
        add_reads(all, *entity);
        add_writes(all, *entity);
    }
    all["snapshotProduct"].read = &snapshot;
    all["restoreProduct"].write = &restored;
    all["addImageToVariant"].write = [](const Write& write, const json& input) {
        return Outcome{add_images(write, input.at("data"))};
    };
    all["removeImageFromVariant"].write = [](const Write& write, const json& input) {
        return Outcome{remove_images(write, input.at("data"))};
    };
    all["listProductEvents"].read = &list_events;
    return all;
}

}  // namespace

const Method* find_method(std::string_view name) {
    static const Methods kAll = all_methods();
    const auto it = kAll.find(name);
    return it == kAll.end() ? nullptr : &it->second;
}

}  // namespace catalogue
