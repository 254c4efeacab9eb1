// Three probes in a row, top → middle → leaf, beside one that is an ERP.
#pragma once

#include "support/plugin_rig.hpp"

namespace gantry::test {

/// One attempt of a step of "top".
struct Asked {
    std::string step = "probe";
    host::Side side = host::Side::kInvoke;
    std::chrono::milliseconds timeout = kPatience;
    std::optional<std::string> undo = std::nullopt;
    std::uint32_t attempt = 1;
    std::string module = "top";
    const host::StepReference* what = nullptr;
    std::optional<std::string> output = std::nullopt;
};

/// An attempt, and where it is told that it was handed over and that it has ended.
struct Attempted {
    std::shared_ptr<host::StepAttempt> attempt;
    std::shared_ptr<std::promise<host::StepEnd>> ended;
    std::shared_ptr<std::promise<void>> handed_over;
};

class ProbeRig : public PluginRig {
public:
    explicit ProbeRig(host::Pool::Settings threads = {}, host::CallSettings calls = {})
        : PluginRig(R"({"leaf": {"plugin": "probe-leaf"}, "erp": {"plugin": "probe-erp"},
                        "middle": {"plugin": "probe", "bind": {"inner": "leaf"}},
                        "beat": {"plugin": "probe-beat", "bind": {"inner": "leaf"}},
                        "top": {"plugin": "probe", "bind": {"inner": "middle"}}})",
                    GANTRY_TEST_PLUGINS, threads, calls) {
        start();
    }

    /// Other modules.
    explicit ProbeRig(const std::string& modules) : PluginRig(modules) { start(); }

    /// Not yet begun; `record` as an engine with a disk would.
    Attempted attempt(const json& script, const Asked& asked = {}) {
        host::StepCall call;
        call.run_id = "run-1";
        call.workflow = "probing";
        call.module = asked.module;
        call.name = asked.step;
        call.what = asked.what;
        call.side = asked.side;
        call.attempt = asked.attempt;
        call.key = asked.side == host::Side::kInvoke ? "run-1/step" : "run-1/step/compensate";
        call.input = script.dump();
        call.output = asked.output;
        call.undo = asked.undo;
        call.timeout = asked.timeout;
        auto ended = std::make_shared<std::promise<host::StepEnd>>();
        auto handed_over = std::make_shared<std::promise<void>>();
        auto made = steps.attempt(
            std::move(call), {record, [handed_over] { handed_over->set_value(); },
                              [ended](host::StepEnd end) { ended->set_value(std::move(end)); }});
        return {std::move(made), std::move(ended), std::move(handed_over)};
    }

    Attempted begin(const json& script, const Asked& asked = {}) {
        auto made = attempt(script, asked);
        made.attempt->begin();
        return made;
    }

    host::StepEnd step(const json& script, const Asked& asked = {}) {
        return get(begin(script, asked).ended);
    }

    /// Its answer when it succeeds.
    json report(const json& script, const Asked& asked = {}) {
        const auto end = step(script, asked);
        if (end.error) throw Error(*end.error);
        return json::parse(end.output);
    }

    /// Everything that happened in a module so far.
    json seen(const std::string& module) {
        return json::parse(
            call(module, module == "erp" ? "describe" : "see", json::object()).output);
    }

    /// The keys of the writes that reached a module.
    std::vector<std::string> keys(const std::string& module) {
        std::vector<std::string> out;
        const auto all = seen(module);
        for (const auto& one : all.at("seen")) {
            if (one.value("what", "") == "put") out.push_back(one.at("key"));
        }
        return out;
    }

    /// Waits until the only slot of that module is taken.
    void wait_until_inside(const std::string& module) {
        auto& slots = container.module(module).slots();
        while (slots.take(std::chrono::steady_clock::now())) {
            slots.release();
            std::this_thread::yield();
        }
    }

    host::RecordUndo record = [](const std::string&, const auto& done) { done(std::nullopt); };
};

inline json call_of(const std::string& method, const json& input = json::object(),
                    const std::string& key = "") {
    const auto dot = method.find('.');
    json call = {
        {"service", method.substr(0, dot)}, {"method", method.substr(dot + 1)}, {"input", input}};
    if (!key.empty()) call["key"] = key;
    return {{"call", call}};
}

inline json script(std::vector<json> actions) { return {{"do", std::move(actions)}}; }

inline json fail_with(gantry_status code, std::uint32_t flags = 0) {
    return {{"fail", {{"code", code}, {"flags", flags}}}};
}

}  // namespace gantry::test
