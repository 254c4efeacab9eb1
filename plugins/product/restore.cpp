// restoreProduct: puts a product back as its snapshot has it, unless somebody else changed it
// since.
#include "catalogue.hpp"
#include "refusal.hpp"
#include "shared_rows.hpp"
#include "state.hpp"
#include "view.hpp"

namespace catalogue {

namespace {

// The version our step left behind: what the caller saw, else what arrived here. Nothing: no write.
std::optional<json> our_version(const Write& write, const std::string& id, const json& input) {
    if (input.contains("written") && !input.at("written").is_null()) return input.at("written");
    if (write.request.key.empty()) {
        throw invalid_data(
            "neither `written` nor an idempotency key says which write to take back");
    }
    return last_written(write, id);
}

// `state`: as it is now, for the person who has to decide.
Error changed(const std::string& id, const json& before, const json& ours, const json& state) {
    const json now = version_of(state);
    return {GANTRY_E_CHANGED,
            "somebody else changed product " + id + " since our write: it is at version " +
                now.dump() + ", we wrote " + ours.dump() +
                "; compare the two and decide which is to stay",
            GANTRY_EF_NOT_APPLIED,
            {{"before", before},
             {"ours", ours},
             {"now", state.is_null() ? json() : product_view(state)}}};
}

// Tags, type and collection that were removed meanwhile are there again when this returns.
json with_shared_rows(const Write& write, json state) {
    json links = json::array();
    for (const auto& tag : state.at(kTag.name)) {
        links.push_back({{"product_id", product_of(state).at("id")},
                         {"product_tag_id", put_back_shared(write, kTag, "value", tag)}});
    }
    state[kTagLink.name] = std::move(links);
    for (const auto& row : state.at(kType.name)) {
        product_of(state)["type_id"] = put_back_shared(write, kType, "value", row);
    }
    for (const auto& row : state.at(kCollection.name)) {
        product_of(state)["collection_id"] = put_back_shared(write, kCollection, "handle", row);
    }
    return state;
}

// Returns the version it is at then.
json put_back(const Write& write, const std::string& id, const json& state, const json& snapshot) {
    if (!snapshot.at("exists").get<bool>()) {
        replace(write.sql, state, nullptr);
        return nullptr;
    }
    const json target = with_shared_rows(write, snapshot.at("state"));
    replace(write.sql, state, target);
    json now = load_state(write.sql, id);
    json after = now;
    product_of(after)["updated_at"] = write.request.now;
    product_of(after)["version"] = version_of(now);
    replace(write.sql, now, after);
    return version_of(after);
}

}  // namespace

Catalogue::Outcome Catalogue::restored(const Write& write, const json& input) {
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
    if (!ours) return {{{"result", "unchanged"}, {"version", now}}};
    if (now != *ours) return {nullptr, changed(id, before, *ours, state)};
    const json version = put_back(write, id, state, snapshot);
    remove_unused(write);
    return {{{"result", "restored"}, {"version", version}}};
}

}  // namespace catalogue
