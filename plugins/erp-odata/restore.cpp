// restoreProduct: puts a product back as its snapshot has it, unless somebody else changed it
// since.
#include "connector.hpp"

#include <gantry/erp.hpp>

namespace erp_odata {
namespace {

using gantry::Error;

[[noreturn]] void changed(const json& snapshot, const json& ours, const json& now,
                          const std::string& why) {
    throw Error(GANTRY_E_CHANGED,
                "product " + snapshot.at("id").dump() + " is at version " + now.dump() + ", " +
                    why + "; compare the two and decide which is to stay",
                GANTRY_EF_NOT_APPLIED,
                {{"before", snapshot.at("version")}, {"ours", ours}, {"now", now}});
}

}  // namespace

json Connector::restore(Call& call, const json& input) {
    const auto& snapshot = input.at("snapshot");
    gantry::require_system(snapshot.at("system").at("id"), system().at("id"));
    const auto here = products(call);
    const auto& state = snapshot.at("state");
    const auto found = state.is_null() ? here.find(snapshot) : here.find_by_key(state.at("key"));
    const auto now = version_of(found);
    const auto& before = snapshot.at("version");
    if (now == before) return {{"result", "unchanged"}, {"version", now}};
    if (now.is_null()) {
        changed(snapshot, input.value("written", json()), now, "which is to say it is gone");
    }
    require_ours(call, input, *found);
    // What nobody maps is no part of the version, and goes with the product.
    const bool by_others =
        !found->changed_by.empty() && !user_.empty() && !same_user(found->changed_by, user_);
    if (state.is_null() && by_others) {
        changed(snapshot, input.value("written", json()), now,
                "made by us and last changed by " + found->changed_by);
    }
    return put_back(call, snapshot, *found);
}

// `written` says which version is ours. Where nobody heard of it: what this process remembers of
// the write; after a restart, that the record was last changed by the user that this module signs
// in as, which is nobody else's.
void Connector::require_ours(const Call& call, const json& input, const Record& now) const {
    const auto& snapshot = input.at("snapshot");
    const auto version = now.version();
    const auto written = input.value("written", json());
    if (written.is_string()) {
        if (written == version) return;
        changed(snapshot, written, version,
                "we wrote " + written.dump() + ": somebody else changed it since");
    }
    const auto id = snapshot.at("id").get<std::string>();
    if (const auto noted = written_.find(call.idempotency_key(), id)) {
        if (*noted == version) return;
        changed(snapshot, *noted, version,
                "our write was to leave " + json(*noted).dump() + ": somebody else changed it");
    }
    if (same_user(now.changed_by, user_)) return;
    changed(snapshot, nullptr, version,
            now.changed_by.empty() ? "and whether that is our write is not known"
                                   : "last changed by " + now.changed_by);
}

json Connector::put_back(const Call& call, const json& snapshot, const Record& now) {
    const auto& layout = site(call).layout();
    const auto here = products(call);
    const auto& state = snapshot.at("state");
    if (!state.is_null()) {
        json changes = json::object();
        for (const auto& [path, value] : state.at("values").items()) {
            if (now.values.value(path, json()) != value) changes[path] = value;
        }
        here.change(now, changes);
        const bool marks = !snapshot.at("exists").get<bool>();
        return {{"result", marks ? "marked" : "restored"}, {"version", snapshot.at("version")}};
    }
    if (layout.remove == "mark") {
        here.change(now, {{layout.mark, true}});
        return {{"result", "marked"}, {"version", nullptr}};
    }
    if (layout.remove == "delete") {
        here.remove(now);
        return {{"result", "restored"}, {"version", nullptr}};
    }
    throw Error(GANTRY_E_UNSUPPORTED,
                "product " + snapshot.at("id").dump() +
                    " did not exist before, and the mapping says that none is removed; remove " +
                    now.key + " there",
                GANTRY_EF_NOT_APPLIED, {{"now", now.version()}});
}

}  // namespace erp_odata
