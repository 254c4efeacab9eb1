// Module by module: the same plugin, the same major version and no older minor one, the same
// system where both say which.
#include "flow/misfit.hpp"

#include "base/describe.hpp"
#include "flow/definition.hpp"
#include "flow/saga.hpp"

#include <cstdio>
#include <set>

namespace gantry::host {
namespace {

struct Version {
    int major = 0;
    int minor = 0;

    explicit Version(const std::string& text) {
        // A manifest's version is checked when it is read.
        std::sscanf(text.c_str(), "%d.%d", &major, &minor);  // NOLINT
    }
};

std::string misfit(const json& began, const ModulePin& now) {
    const auto plugin = began.value("plugin", "");
    const auto version = began.value("version", "0.0");
    const Version then(version);
    const Version have(now.version);
    const std::string needs =
        "it needs module \"" + now.module + "\" with " + plugin + " " + version;
    if (plugin != now.plugin || then.major != have.major || then.minor > have.minor) {
        return needs + " or a later minor version; it has " + now.plugin + " " + now.version;
    }
    const auto system = began.value("system", "");
    if (!system.empty() && system != now.system) {
        return needs + " and the system " + in_quotes(system) + "; the module means " +
               (now.system.empty() ? "one without a name" : in_quotes(now.system)) +
               ". Where it is the same one, give it that name: \"system\": " + json(system).dump();
    }
    return {};
}

std::string misfit(const json& pins, const StepTraits& step, std::set<std::string>& reached) {
    if (!step.missing.empty()) return step.missing;
    std::string first;
    for (const auto& pin : step.pins()) {
        reached.insert(pin.module);
        if (!first.empty()) continue;
        const auto began = pins.find(pin.module);
        first = began != pins.end()
                    ? misfit(*began, pin)
                    : "it began without module \"" + pin.module + "\", which its steps would reach";
    }
    return first;
}

Definition read_stored(const DefinitionRow& row) {
    try {
        return parse_stored_definition(row.body);
    } catch (const Error& e) {
        if (e.error_class() == GANTRY_CLASS_RETRYABLE) throw;
        throw Error(GANTRY_E_INTERNAL,
                    "its definition " + row.hash + " cannot be read: " + e.message());
    } catch (const std::exception& e) {
        throw Error(GANTRY_E_INTERNAL,
                    "its definition " + row.hash + " cannot be read: " + e.what());
    }
}

}  // namespace

json pins_of(const Plan& plan) {
    json pins = json::object();
    for (const auto& step : plan.steps) {
        for (const auto& pin : step.pins()) {
            pins[pin.module] = {{"plugin", pin.plugin}, {"version", pin.version}};
            if (!pin.system.empty()) pins[pin.module]["system"] = pin.system;
        }
    }
    return pins;
}

std::optional<json> read_pins(const std::string& text) {
    auto pins = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!pins.is_object()) return std::nullopt;
    for (const auto& pin : pins) {
        if (!pin.is_object()) return std::nullopt;
    }
    return pins;
}

Misfit misfit_of(const json& pins, const Plan& plan) {
    Misfit out;
    bool complete = true;
    std::set<std::string> reached;
    for (const auto& step : plan.steps) {
        out.steps.push_back(misfit(pins, step, reached));
        if (out.why.empty()) out.why = out.steps.back();
        complete = complete && step.missing.empty();
    }
    if (!complete) return out;  // what the missing ones would reach is not known
    for (const auto& [module, pin] : pins.items()) {
        if (reached.contains(module)) continue;
        const auto why = "it began with module \"" + module + "\" (" + pin.value("plugin", "") +
                         " " + pin.value("version", "") +
                         "), which its steps would no longer reach";
        if (out.why.empty()) out.why = why;
        for (auto& step : out.steps) {
            if (step.empty()) step = why;
        }
    }
    return out;
}

Plan plan_of(const DefinitionRow& stored, const Steps& steps) {
    Plan made{read_stored(stored), {}};
    for (const auto& step : made.definition.steps) {
        try {
            made.steps.push_back(steps.find(step.what));
        } catch (const Error& e) {  // it can still be looked at, cancelled and given up
            StepTraits gone;
            gone.name = step.what.step;
            gone.missing = e.message();
            made.steps.push_back(std::move(gone));
        }
    }
    return made;
}

}  // namespace gantry::host
