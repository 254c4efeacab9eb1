// What flow needs from outside: to have a named step done or undone. The plugin layer implements
// it.
#pragma once

#include "store/rows.hpp"

#include <gantry/error.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace gantry::host {

/// What a step's manifest says of it.
struct StepTraits {
    std::string module;  // whose step it is
    std::string name;
    std::string plugin;
    std::string version;
    bool compensable = false;
    bool at_most_once = false;  // "repeat": "never"
    json input_schema;          // null: anything goes
};

/// One attempt of one side of one step.
struct StepCall {
    std::string run_id;
    std::string workflow;
    std::string module;
    std::string name;
    Side side = Side::kInvoke;
    std::uint32_t attempt = 1;
    std::string key;                    // equal over attempts
    std::string input;                  // JSON
    std::optional<std::string> output;  // compensate: what invoke answered
    std::optional<std::string> undo;    // compensate: to undo with; invoke: recorded before
    std::chrono::milliseconds timeout{};
};

struct StepEnd {
    std::string output;
    std::optional<std::string> undo;
    std::optional<Error> error;  // with NOT_APPLIED only if nothing it called was changed either
};

/// Makes undo data durable; `done` gets nothing, or why it is not.
using RecordUndo =
    std::function<void(std::string undo, std::function<void(std::optional<Error>)> done)>;

class Steps {
public:
    virtual ~Steps() = default;

    /// The step called "name" or "module/name". Throws Error of class CONFIG that names what there
    /// is: nobody exports it, or two do.
    virtual StepTraits find(const std::string& reference) const = 0;

    /// Has the step called on this thread or another one. `ended` comes exactly once, on any
    /// thread: at the latest soon after the timeout, then with DEADLINE, and when the late call has
    /// returned or was given up. `record` may be called until then. [any]
    virtual void begin(StepCall call, RecordUndo record, std::function<void(StepEnd)> ended) = 0;
};

}  // namespace gantry::host
