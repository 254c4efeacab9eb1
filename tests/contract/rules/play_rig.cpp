// The rig of `gantry check`.
#include "check/rig.hpp"
#include "server.hpp"
#include "support/temp_dir.hpp"

namespace gantry::test {
namespace {

using host::check::Ask;
using host::check::End;
using host::check::Rig;

End call(Rig& rig, gantry_instance* instance, const Play& what) {
    Ask ask;
    ask.timeout = what.timeout;
    ask.input = what.script.dump();
    if (what.in == "step" || what.in == "careful") {
        ask.key = "run-1/" + what.in;
        return rig.invoke(instance, what.in, ask);
    }
    if (what.in == "compensate") {
        ask.key = "run-1/step/compensate";
        ask.undo = ask.input;
        return rig.compensate(instance, "step", ask);
    }
    ask.key = "run-1/step/odd.put#1";
    return rig.method(instance, what.in, ask);
}

}  // namespace

Played play(const Play& what) {
    const ScriptedServer server(&react);
    const TempDir folder;
    host::check::SubjectSettings settings;
    settings.file = GANTRY_TEST_PLUGINS "/odd-calls.so";
    settings.folder = folder / "";
    json options = {{"url", server.url("")}};
    if (what.in == "create") options["at_start"] = what.script.at("do");
    settings.options = options;
    host::check::Subject subject(settings);
    Rig rig(subject);
    auto* instance = rig.create();
    Played played;
    if (what.in != "create") {
        const auto end = call(rig, instance, what);
        if (end.error) played.ended = shown(*end.error);
    }
    played.did = json::parse(rig.method(instance, "see", {}).output);
    rig.destroy(instance);
    played.arrived = arrivals(server);
    for (const auto& one : rig.seam().passed()) {
        const bool of_service = one.what.starts_with("erp.");
        if (of_service) played.arrived.push_back(arrival(one.what.substr(4), one.key));
    }
    return played;
}

}  // namespace gantry::test
