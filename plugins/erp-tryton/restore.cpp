// restoreProduct: puts a product back as its snapshot has it, unless somebody else changed it
// since.
#include "connector.hpp"

#include <gantry/erp.hpp>

namespace erp_tryton {
namespace {

using gantry::Error;

json shown(const Record& record) {
    return {{"version", record.version()}, {"data", record.data()}};
}

[[noreturn]] void changed(const json& input, const Record& now, const std::string& what,
                          std::uint32_t flags = GANTRY_EF_NOT_APPLIED) {
    const auto& snapshot = input.at("snapshot");
    throw Error(GANTRY_E_CHANGED,
                "product " + snapshot.at("id").dump() + " is at version " + now.version() +
                    " in Tryton: " + what + "; compare and decide which is to stay",
                flags,
                {{"before", snapshot.at("version")},
                 {"ours", input.value("written", json())},
                 {"now", shown(now)}});
}

}  // namespace

json Connector::restore(gantry::Call& call, const json& input) {
    const auto& ready = setup(call);
    const auto& snapshot = input.at("snapshot");
    gantry::require_system(snapshot.at("system").at("id"), system(ready).at("id"));
    return snapshot.at("exists").get<bool>() ? put_back(call, ready, input)
                                             : remove(call, ready, input);
}

// With the version that our write left there it has to be that. Without, the outcome of our write
// being unknown, what differs must have been written by our login: nobody else uses it, and the
// workflow lets no second run at the same product.
void Connector::check_ours(const gantry::Call& call, const json& input, const Record& now,
                           const Record* before) {
    const auto written = input.value("written", json());
    if (!written.is_null()) {
        if (written == now.version()) return;
        changed(input, now, "we wrote " + written.dump() + ", and somebody else changed it since");
    }
    if (!only_by(server_.user(call), now, before)) {
        changed(input, now, "whether our write arrived is unknown, and somebody else wrote last");
    }
}

json Connector::put_back(const gantry::Call& call, const Setup& setup, const json& input) {
    const auto& state = input.at("snapshot").at("state");
    const auto& version = input.at("snapshot").at("version");
    const auto& context = state.at("context");
    const Record before(setup, state.at("record"));
    const auto now = find(call, setup, before.id(), context);
    if (!now) {
        throw Error(GANTRY_E_CHANGED,
                    "product " + input.at("snapshot").at("id").dump() + ", template " +
                        std::to_string(before.id()) +
                        " in Tryton, was deleted since our write; decide whether to make it again",
                    GANTRY_EF_NOT_APPLIED, {{"before", version}, {"now", nullptr}});
    }
    if (now->version() == version) {
        // A write of ours that is still on its way finds another timestamp than it expects.
        if (input.value("written", json()).is_null()) write(call, *now, json::object(), context);
        return {{"result", "unchanged"}, {"version", version}};
    }
    check_ours(call, input, *now, &before);
    write(call, *now, Change::back(setup, *now, before).values(), context);
    const auto after = find(call, setup, before.id(), context);
    if (!after || after->version() != version) {
        changed(input, after ? *after : *now, "somebody else changed it while it was restored",
                GANTRY_EF_MAYBE_APPLIED);
    }
    return {{"result", "restored"}, {"version", version}};
}

json Connector::remove(const gantry::Call& call, const Setup& setup, const json& input) {
    const auto now = find(call, setup, {{"id", input.at("snapshot").at("id")}});
    if (!now) return {{"result", "unchanged"}, {"version", nullptr}};
    check_ours(call, input, *now, nullptr);
    // What nobody maps is no part of the version, and goes with the product.
    if (!only_by(server_.user(call), *now, nullptr)) {
        changed(input, *now, "it was made by us, and somebody else wrote last");
    }
    auto context = setup.context;
    context["_timestamp"] = now->timestamps();
    server_.call(call, "model.product.template.delete", {json::array({now->id()}), context},
                 Effect::kWrites);
    return {{"result", "restored"}, {"version", nullptr}};
}

}  // namespace erp_tryton
