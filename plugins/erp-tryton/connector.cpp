// Reads and updates. A write carries no key that Tryton would know: an attempt whose reply was lost
// is recognised by what is there.
#include "connector.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;

Error not_found(const json& input) {
    const std::string id = input.at("id");
    return {GANTRY_E_NOT_FOUND,
            "no product " + id + " in Tryton; \"create\": true makes one",
            GANTRY_EF_NOT_APPLIED,
            {{"id", id}}};
}

void check_version(const json& input, const std::optional<Record>& found) {
    if (!input.contains("if_version")) return;
    const json now = found ? json(found->version()) : json();
    if (now == input.at("if_version")) return;
    throw Error(GANTRY_E_CONFLICT,
                "the product is at version " + now.dump() + " in Tryton, not at " +
                    input.at("if_version").dump() + "; read it again",
                GANTRY_EF_NOT_APPLIED, {{"found", now}, {"expected", input.at("if_version")}});
}

json answer(const Record& record, const json& ignored, const std::string& version) {
    return {{"erp_ids", record.erp_ids()},
            {"version", version},
            {"data", record.data()},
            {"ignored", ignored}};
}

}  // namespace

const Setup& Connector::setup(const gantry::Call& call) {
    const std::lock_guard lock(mutex_);
    if (!setup_) setup_.emplace(prepare_(call, server_));
    return *setup_;
}

json Connector::system(const Setup& setup) const {
    const auto company = setup.context.value("company", json());
    return {{"kind", "tryton"},
            {"id", system_.empty() ? server_.url() + '/' + server_.database() : system_},
            {"company", company.is_null() ? company : json(company.dump())}};
}

void Connector::ping(gantry::Call& call) {
    setup(call);
    server_.call(call, "model.res.user.get_preferences", json::array({true, json::object()}),
                 Effect::kReads);
}

json Connector::describe(gantry::Call& call, const json&) {
    const auto& ready = setup(call);
    return {{"system", system(ready)}, {"fields", ready.mapping.described()}, {"remove", "delete"}};
}

json Connector::retrieve(gantry::Call& call, const json& input) {
    const auto found = find(call, setup(call), input);
    if (!found) throw not_found(input);
    return {{"id", input.at("id")},
            {"erp_ids", found->erp_ids()},
            {"version", found->version()},
            {"data", found->data()}};
}

json Connector::snapshot(gantry::Call& call, const json& input) {
    const auto& ready = setup(call);
    const auto found = find(call, ready, input);
    json out = {{"system", system(ready)},
                {"id", input.at("id")},
                {"exists", found.has_value()},
                {"version", nullptr},
                {"state", nullptr}};
    if (found) {
        out["version"] = found->version();
        out["state"] = {{"context", ready.context}, {"record", found->row()}};
    }
    return out;
}

json Connector::update(gantry::Call& call, const json& input) {
    const auto& ready = setup(call);
    json ignored;
    const auto wanted = ready.mapping.to_theirs(input.at("data"), ignored);
    const auto found = find(call, ready, input);
    if (!found) {
        if (!input.value("create", false)) throw not_found(input);
        check_version(input, found);
        const auto made = create(call, ready, input, wanted);
        return answer(made, ignored, version_of_ours(call, ready, made, nullptr, wanted));
    }
    const auto change = Change::towards(ready, *found, wanted);
    // Nothing to do, also because an earlier attempt did it: then if_version is out of date.
    if (change.empty()) return answer(*found, ignored, version_after(call, input, *found));
    check_version(input, found);
    std::optional<Error> overtaken;
    try {
        write(call, *found, change.values(), ready.context);
    } catch (const Error& e) {
        if (e.code() != GANTRY_E_CONFLICT) throw;
        overtaken = e;  // perhaps by another attempt of ours
    }
    const auto now = find(call, ready, found->id(), ready.context);
    if (overtaken && (!now || !Change::towards(ready, *now, wanted).empty()))
        throw Error(*overtaken);
    if (!now) {
        throw Error(GANTRY_E_CONFLICT, "somebody deleted the product right after our write",
                    GANTRY_EF_MAYBE_APPLIED);
    }
    return answer(*now, ignored, version_of_ours(call, ready, *now, &*found, wanted));
}

// Of a product that is as wanted: nothing was to be done, or a write of ours did it whose reply was
// lost. In the place of the version of one that somebody else changed since, see version_of_ours.
std::string Connector::version_after(const gantry::Call& call, const json& input,
                                     const Record& now) {
    const auto version = now.version();
    if (!input.contains("if_version") || input.at("if_version") == version) return version;
    return last_by(server_.user(call), now) ? version : "overtaken by " + version;
}

// Where somebody wrote between our write and our reading: a version that nothing ever has, so that
// an undo by it says CHANGED and takes nobody else's change away.
std::string Connector::version_of_ours(const gantry::Call& call, const Setup& setup,
                                       const Record& now, const Record* before,
                                       const json& wanted) {
    const bool ours =
        only_by(server_.user(call), now, before) && Change::towards(setup, now, wanted).empty();
    return ours ? now.version() : "overtaken by " + now.version();
}

// A code that is taken may be our own attempt's, whose reply was lost and which came later.
Record Connector::create(const gantry::Call& call, const Setup& setup, const json& input,
                         const json& wanted) {
    const auto values = new_product(setup, prepare_.id_attribute(), input.at("id"), wanted);
    try {
        server_.call(call, "model.product.template.create", {json::array({values}), setup.context},
                     Effect::kWrites);
    } catch (const Error& e) {
        if (e.code() != GANTRY_E_REJECTED) throw;
        const auto other = find(call, setup, input);
        if (!other) throw;
        if (Change::towards(setup, *other, wanted).empty()) return *other;
        throw Error(GANTRY_E_CONFLICT, "somebody made the product at the same time; read it again",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto made = find(call, setup, input);
    if (made) return *made;
    throw Error(GANTRY_E_CONFLICT, "somebody deleted the product right after we made it",
                GANTRY_EF_MAYBE_APPLIED);
}

void Connector::write(const gantry::Call& call, const Record& now, const json& values,
                      json context) {
    context["_timestamp"] = now.timestamps();
    server_.call(call, "model.product.template.write",
                 {json::array({now.id()}), values, std::move(context)}, Effect::kWrites);
}

}  // namespace erp_tryton
