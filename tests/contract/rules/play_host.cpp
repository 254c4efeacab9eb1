// The real host. Methods are called by a step, as they are in a workflow.
#include "server.hpp"
#include "unit/plugin/probe_rig.hpp"

namespace gantry::test {
namespace {

std::string modules(const ScriptedServer& server, const Play& what) {
    json options = {{"url", server.url("")}};
    if (what.in == "create") options["at_start"] = what.script.at("do");
    return json{{"erp", {{"plugin", "probe-erp"}}},
                {"odd", {{"plugin", "odd-calls"}, {"options", options}, {"http", {{"proxy", ""}}}}}}
        .dump();
}

host::StepEnd call(ProbeRig& rig, const Play& what) {
    const bool is_method = what.in == "put" || what.in == "look";
    host::StepReference reference;
    if (is_method) reference.service = host::ServiceCall{{"odd", what.in}, {}, {}, {}, {}};
    host::StepCall call;
    call.run_id = "run-1";
    call.workflow = "rules";
    call.module = "odd";
    call.name = what.in == "compensate" ? "step" : what.in;
    call.what = is_method ? &reference : nullptr;
    call.attempt = 1;
    call.key = is_method ? "run-1/step" : "run-1/" + call.name;
    call.input = what.script.dump();
    call.timeout = what.timeout;
    if (what.in == "compensate") {
        call.side = host::Side::kCompensate;
        call.key += "/compensate";
        call.undo = call.input;
    }
    const auto ended = std::make_shared<std::promise<host::StepEnd>>();
    const auto attempt = rig.steps.attempt(
        std::move(call),
        {rig.record, [] {}, [ended](host::StepEnd end) { ended->set_value(std::move(end)); }});
    attempt->begin();
    return get(ended);
}

}  // namespace

Played play(const Play& what) {
    const ScriptedServer server(&react);
    ProbeRig rig(modules(server, what));
    Played played;
    if (what.in != "create") {
        const auto end = call(rig, what);
        if (end.error) played.ended = shown(*end.error);
    }
    played.did = json::parse(rig.call("odd", "see", json::object()).output);
    played.arrived = arrivals(server);
    const auto all = rig.seen("erp");
    for (const auto& one : all.at("seen")) {
        if (one.contains("what")) played.arrived.push_back(arrival(one["what"], one["key"]));
    }
    return played;
}

}  // namespace gantry::test
