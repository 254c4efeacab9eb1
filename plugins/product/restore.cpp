// A snapshot is a state: putting it back is replacing the state of now.
#include "restore.hpp"

#include <array>
#include <set>

#include "events.hpp"
#include "find.hpp"
#include "kept_state.hpp"
#include "refusal.hpp"
#include "shared_rows.hpp"
#include "state.hpp"

namespace catalogue {

namespace {

// The version our step left behind: what the caller saw, else what arrived here. Nothing: no write,
// or none that is remembered.
std::optional<json> our_version(const Write& write, const std::string& id, const json& input) {
    if (input.contains("written") && !input.at("written").is_null()) return input.at("written");
    if (write.request.key.empty()) {
        throw invalid_data(
            "neither `written` nor an idempotency key says which write to take back");
    }
    return last_written(write, id);
}

// What a product's rows are called where it is shown.
constexpr std::array kShown{
    std::pair{&kOption, "options"},   std::pair{&kOptionValue, "options"},
    std::pair{&kVariant, "variants"}, std::pair{&kVariantOption, "variants"},
    std::pair{&kImage, "images"},     std::pair{&kVariantImage, "variants"},
    std::pair{&kTagLink, "tags"},     std::pair{&kCategoryLink, "categories"}};

// The names of what two states have otherwise.
json differing_names(const json& before, const json& now) {
    std::set<std::string> names;
    const auto own = [](const json& state) {
        return state.is_null() ? json::object() : product_of(state);
    };
    const json was = own(before);
    const json is = own(now);
    for (const auto& column : kProduct.columns) {
        const std::string name = column.name;
        if (name == "updated_at" || name == "version") continue;
        if (was.value(name, json()) != is.value(name, json())) names.insert(name);
    }
    for (const auto& [table, name] : kShown) {
        const auto& old = rows_of(before, *table);
        const auto& rows = rows_of(now, *table);
        if (old.size() != rows.size() || !differing(*table, rows, old).empty()) names.insert(name);
    }
    return names;
}

// For a person: the product with all that belongs to it, where that is too much to read its version
// and which fields differ from those of the snapshot.
json shown_now(const Write& write, const json& state, const json& snapshot) {
    if (state.is_null()) return nullptr;
    const auto wanted = wanted_of(kProducts, {{"withDeleted", true}}, whole_product());
    const auto id = product_of(state).at("id").get<std::string>();
    if (state.dump().size() <= kMostReadable) return find_one(write.sql, kProducts, id, wanted);
    return {{"id", id},
            {"version", version_of(state)},
            {"differs", differing_names(unkept(snapshot.at("state")), state)}};
}

Error changed(const Write& write, const json& snapshot, const std::optional<json>& ours,
              const json& state, const json& now) {
    const auto id = snapshot.at("id").get<std::string>();
    const auto found = "version " + now.dump();
    return {GANTRY_E_CHANGED,
            (ours ? "somebody else changed product " + id + " since our write: it is at " + found +
                        ", we wrote " + ours->dump()
                  : "product " + id + " is at " + found +
                        ", and whether that is our write is not known any more") +
                "; compare the two and decide which is to stay",
            GANTRY_EF_NOT_APPLIED,
            {{"before", snapshot.at("version")},
             {"ours", ours.value_or(nullptr)},
             {"now", shown_now(write, state, snapshot)}}};
}

// A category that somebody deleted meanwhile is theirs to miss.
json with_known_categories(const Write& write, json links) {
    json ids = json::array();
    for (const auto& link : links) ids.push_back(link.at("product_category_id"));
    std::set<std::string> known;
    for (const auto& row : find_by_ids(write, kCategory, ids)) {
        known.insert(row.at("id").get<std::string>());
    }
    json kept = json::array();
    for (auto& link : links) {
        if (known.contains(link.at("product_category_id").get<std::string>())) {
            kept.push_back(std::move(link));
        }
    }
    return kept;
}

// Tags, type and collection that were removed meanwhile are there again when this returns.
json with_shared_rows(const Write& write, json state) {
    json links = json::array();
    for (const auto& tag : state.at(kTag.name)) {
        links.push_back({{"product_id", product_of(state).at("id")},
                         {"product_tag_id", put_back_shared(write, kTag, "value", tag)}});
    }
    state[kTagLink.name] = std::move(links);
    state[kCategoryLink.name] = with_known_categories(write, rows_of(state, kCategoryLink));
    for (const auto& row : state.at(kType.name)) {
        product_of(state)["type_id"] = put_back_shared(write, kType, "value", row);
    }
    for (const auto& row : state.at(kCollection.name)) {
        product_of(state)["collection_id"] = put_back_shared(write, kCollection, "handle", row);
    }
    return state;
}

// Returns the version it is at then.
json put_back(const Write& write, const json& state, const json& snapshot) {
    if (!snapshot.at("exists").get<bool>()) {
        replace(write.sql, state, nullptr);
        note_events(write, state, nullptr);
        return nullptr;
    }
    json target = with_shared_rows(write, unkept(snapshot.at("state")));
    product_of(target)["updated_at"] = write.request.now;
    product_of(target)["version"] = version_of(target);
    replace(write.sql, state, target);
    note_events(write, state, target);
    return product_of(target).at("version");
}

}  // namespace

plugin_sql::Outcome restored(const Write& write, const json& input) {
    const json& snapshot = input.at("snapshot");
    const auto id = snapshot.at("id").get<std::string>();
    const json& before = snapshot.at("version");
    const json state = load_state(write.sql, id);
    const json now = version_of(state);
    leave_tombstone(write, id);

    if (now == before) {
        remove_unused(write);
        return {{{"result", "unchanged"}, {"version", now}}};
    }
    const auto ours = our_version(write, id, input);
    if (!ours && is_remembered(write, snapshot)) {
        return {{{"result", "unchanged"}, {"version", now}}};
    }
    if (!ours || now != *ours) return {nullptr, changed(write, snapshot, ours, state, now)};
    const json version = put_back(write, state, snapshot);
    remove_unused(write);
    return {{{"result", "restored"}, {"version", version}}};
}

}  // namespace catalogue
