// What a workflow may say about one of its steps, and its JSON.
#pragma once

#include <gantry/ref.hpp>

#include <map>
#include <optional>

namespace gantry {

/// "30s": the largest unit in which it is whole.
inline std::string duration_text(std::chrono::milliseconds duration) {
    const auto ms = duration.count();
    if (ms % 3'600'000 == 0) return std::to_string(ms / 3'600'000) + "h";
    if (ms % 60'000 == 0) return std::to_string(ms / 60'000) + "m";
    if (ms % 1'000 == 0) return std::to_string(ms / 1'000) + "s";
    return std::to_string(ms) + "ms";
}

/// How one side of a step is tried; what is left out is the host's default.
struct SideOptions {
    std::optional<std::chrono::milliseconds> timeout{};        // of one attempt
    std::optional<int> attempts{};                             // at most
    std::optional<std::chrono::milliseconds> first_delay{};    // between the first two
    std::optional<std::chrono::milliseconds> max_delay{};      // it doubles up to here
    std::optional<std::chrono::milliseconds> give_up_after{};  // since the first attempt

    friend void to_json(json& out, const SideOptions& side) {
        out = json::object();
        const auto add = [&](const char* key, std::optional<std::chrono::milliseconds> value) {
            if (value) out[key] = duration_text(*value);
        };
        add("timeout", side.timeout);
        if (side.attempts) out["attempts"] = *side.attempts;
        add("first_delay", side.first_delay);
        add("max_delay", side.max_delay);
        add("give_up_after", side.give_up_after);
    }
};

struct StepOptions {
    std::string id{};                           // within the workflow; empty: the step's name
    std::map<std::string, std::string> bind{};  // a name that the step requires → a module
    SideOptions invoke{};
    SideOptions compensate{};
    bool may_fail = false;  // the run goes on without it; its output is null then
    std::string skip_to{};  // may_fail: the id of the later step where it goes on
};

/// How a call is taken back. `record` is called before and answers what `call` needs.
struct Undo {
    std::string record{};  // "service.method"; empty: the call's output is enough
    std::optional<json>
        record_with{};   // of input(); else the call's input as far as record knows it
    std::string call{};  // "service.method"
    /// Of the three below; else {"snapshot": recorded(), "written": output()["version"]}. A member
    /// that an answer does not have is null.
    std::optional<json> with{};

    static Ref input() { return Ref(".input"); }    // what the call got
    static Ref output() { return Ref(".output"); }  // what it answered; null when unknown
    static Ref recorded() { return Ref(".undo"); }  // what record answered, else the output

    friend void to_json(json& out, const Undo& undo) {
        out = {{"call", undo.call}};
        if (!undo.record.empty()) out["record"] = undo.record;
        if (undo.record_with) out["record_with"] = *undo.record_with;
        if (undo.with) out["with"] = *undo.with;
    }
};

struct CallOptions {
    std::optional<Undo> undo{};  // without: the call changes nothing
    SideOptions invoke{};
    SideOptions compensate{};
    bool may_fail = false;  // as StepOptions'
    std::string skip_to{};
};

}  // namespace gantry
