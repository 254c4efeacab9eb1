// updateProductErpData: reads, compares, and writes only what differs. An attempt whose reply was
// lost finds its own write by reading, and writes nothing.
#include "connector.hpp"

namespace erp_odata {
namespace {

using gantry::Error;

json nothing_of(const Site& site) {
    json values = json::object();
    for (const auto& name : site.own()) values[name] = nullptr;
    for (const auto& name : site.texts()) values["text." + name] = nullptr;
    return values;
}

void require_complete(const Site& site, const json& wanted) {
    for (const auto& field : site.mapping().fields()) {
        if (!field.required || wanted.contains(field.theirs)) continue;
        throw Error(GANTRY_E_REJECTED, field.ours + " is missing: a new product there needs one",
                    GANTRY_EF_NOT_APPLIED,
                    {{"field", field.ours}, {"found", nullptr}, {"expected", "a value"}});
    }
}

// A service may round a decimal and call that done: SAP's own does beyond 15 digits.
void require_not_rounded(const Site& site, const json& wanted, const Record& after) {
    for (const auto& [path, value] : wanted.items()) {
        const auto& kept = after.values.at(path);
        if (!site.property(path).is_decimal() || value.is_null() || value == kept) continue;
        const auto& ours = site.mapping().of_theirs(path)->ours;
        throw Error(GANTRY_E_REJECTED,
                    path + ": found " + value.dump() + ", and the service keeps it as " +
                        kept.dump() + "; give " + ours + " no more digits than that",
                    GANTRY_EF_MAYBE_APPLIED,
                    {{"field", ours}, {"found", value}, {"expected", kept}});
    }
}

void require_version(const json& input, const json& now) {
    if (!input.contains("if_version") || input.at("if_version") == now) return;
    throw Error(GANTRY_E_CONFLICT,
                "product " + input.at("id").dump() + " is at version " + now.dump() + ", not at " +
                    input.at("if_version").dump() + "; read it again",
                GANTRY_EF_NOT_APPLIED, {{"found", now}, {"expected", input.at("if_version")}});
}

}  // namespace

json Connector::update(Call& call, const json& input) {
    const auto& here = site(call);
    json ignored;
    const auto wanted = here.to_theirs(input.at("data"), ignored);
    const auto found = products(call).find(input);
    if ((!found || found->marked) && !input.value("create", false)) {
        throw Error(GANTRY_E_NOT_FOUND,
                    "no product " + input.at("id").dump() + " there; \"create\": true makes one",
                    GANTRY_EF_NOT_APPLIED, {{"id", input.at("id")}});
    }
    const auto record = saved(call, input, found, wanted);
    require_not_rounded(here, wanted, record);
    auto answer = view_of(record);
    answer["version"] = version_of_ours(call, input, record);
    answer["ignored"] = ignored;
    return answer;
}

// Of a write on top of if_version, or of one whose reply was lost: where somebody else wrote since,
// a version that nothing ever has, so that an undo by it says CHANGED and takes nobody's change
// away.
json Connector::version_of_ours(const Call& call, const json& input, const Record& now) const {
    const auto version = now.version();
    if (!input.contains("if_version") || input.at("if_version") == version) return version;
    const auto noted = written_.find(call.idempotency_key(), input.at("id").get<std::string>());
    const bool ours = noted ? *noted == version : same_user(now.changed_by, user_);
    return ours ? version : "overtaken by " + version;
}

Record Connector::saved(Call& call, const json& input, const std::optional<Record>& found,
                        const json& wanted) {
    const auto& here = site(call);
    const auto key = call.idempotency_key();
    const auto id = input.at("id").get<std::string>();
    auto changes = here.changes(found ? found->values : nothing_of(here), wanted);
    if (found && found->marked) changes[here.layout().mark] = false;
    // Already as wanted: this attempt comes after one whose reply was lost, or nothing is new.
    if (found && changes.empty()) return *found;
    require_version(input, version_of(found));
    try {
        if (!found) {
            require_complete(here, wanted);
            const auto made = products(call).create(input, changes);
            written_.note(key, id, made.version());
            return made;
        }
        auto meant = *found;
        meant.values.update(changes);
        written_.note(key, id, meant.version());
        const auto after = products(call).change(*found, changes);
        written_.note(key, id, after.version());
        return after;
    } catch (const Error& e) {
        if (e.code() != (found ? GANTRY_E_CONFLICT : GANTRY_E_REJECTED)) throw;
        // Perhaps another attempt of the same write came first.
        const auto now = products(call).find(input);
        if (!now || now->marked || !here.changes(now->values, wanted).empty()) throw;
        return *now;
    }
}

}  // namespace erp_odata
