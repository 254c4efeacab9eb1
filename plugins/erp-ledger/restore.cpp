// restoreProduct: puts a record back as its snapshot has it, unless somebody else changed it since.
#include "ledger.hpp"

namespace erp_ledger {

namespace {

using gantry::Error;
using plugin_sql::Outcome;
using plugin_sql::Write;

json version_of(const std::optional<Record>& record) {
    return record ? json(record->version()) : json();
}

// As it is now, for the person who has to decide.
json shown(const std::optional<Record>& record) {
    return record ? json{{"version", record->version()}, {"data", record->data}} : json();
}

// The version our step left behind: what the caller saw, else what arrived here. Null: no write, or
// none that is remembered.
json our_version(const Write& write, const std::string& id, const json& input) {
    if (input.contains("written") && !input.at("written").is_null()) {
        return input.at("written").get<std::string>();
    }
    if (write.request.key.empty()) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "neither `written` nor an idempotency key says which write to take back",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto version = last_written(write, id);
    return version ? json(*version) : json();
}

Error changed(const json& snapshot, const json& ours, const std::optional<Record>& now) {
    const auto product = "product " + snapshot.at("id").get<std::string>();
    const auto found = "version " + version_of(now).dump();
    return {GANTRY_E_CHANGED,
            (ours.is_null() ? product + " is at " + found +
                                  ", and whether that is our write is not known any more"
                            : "somebody else changed " + product + " since our write: it is at " +
                                  found + ", we wrote " + ours.dump()) +
                "; compare the two and decide which is to stay",
            GANTRY_EF_NOT_APPLIED,
            {{"before", snapshot.at("version")}, {"ours", ours}, {"now", shown(now)}}};
}

void put_back(soci::session& sql, const std::string& id, const json& snapshot) {
    if (!snapshot.at("exists").get<bool>()) return delete_record(sql, id);
    const json& state = snapshot.at("state");
    replace_record(sql, id,
                   {state.at("number").get<long long>(), state.at("data"),
                    state.at("created_at").get<std::string>()});
}

}  // namespace

json Ledger::restore(std::string_view key, const json& input) {
    return once(key, "restoreProduct", input,
                [&](const Write& write) { return restored(write, input); });
}

Outcome Ledger::restored(const Write& write, const json& input) const {
    const json& snapshot = input.at("snapshot");
    const json& origin = snapshot.at("system").at("id");
    if (origin != system_.at("id")) {
        throw Error(GANTRY_E_REJECTED,
                    "the snapshot is of system " + origin.dump() + ", this is " +
                        system_.at("id").dump() + "; restore it in the system it was taken from",
                    GANTRY_EF_NOT_APPLIED, {{"found", origin}, {"expected", system_.at("id")}});
    }
    const auto id = snapshot.at("id").get<std::string>();
    const json& before = snapshot.at("version");
    const auto record = find_record(write.sql, id);
    const json now = version_of(record);
    leave_tombstone(write, id);

    const Outcome unchanged{{{"result", "unchanged"}, {"version", now}}};
    if (now == before) return unchanged;
    const json ours = our_version(write, id, input);
    if (ours.is_null() && is_remembered(write, snapshot)) return unchanged;
    if (ours.is_null() || now != ours) return {nullptr, changed(snapshot, ours, record)};
    put_back(write.sql, id, snapshot);
    return {{{"result", "restored"}, {"version", before}}};
}

}  // namespace erp_ledger
