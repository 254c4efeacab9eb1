// What flow needs from outside: to have a named step done or undone. The plugin layer implements
// it.
#pragma once

#include "flow/asker.hpp"
#include "flow/expression.hpp"
#include "store/rows.hpp"

#include <gantry/json.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace gantry::host {

struct ServiceMethod {
    std::string service;
    std::string method;
};

/// ServiceCall::undo_with where a definition leaves it out.
json usual_undo_with();

/// The built-in step: one call of a service, and how it is taken back.
struct ServiceCall {
    ServiceMethod call;
    std::optional<ServiceMethod> record;  // asked before the call; its answer is the undo data
    std::optional<Template> record_with;  // of .input; without: what `record` knows of the input
    std::optional<ServiceMethod> undo;    // nothing: it cannot be taken back
    std::optional<Template> undo_with;    // of .input, .output and .undo; complete when undo is
};

/// What a definition says is to be called.
struct StepReference {
    std::string step;  // "name" or "module/name"; empty: `service` is called
    std::optional<ServiceCall> service = {};
    std::map<std::string, std::string> bind =
        {};  // a name its plugin requires → the module meant here
};

/// What a run holds on to: it goes on with a module of this name only where the plugin is the same,
/// the version is no older, and the system is the one it began with, if that had a name.
struct ModulePin {
    std::string module;
    std::string plugin;
    std::string version;
    std::string system;  // its name in the configuration; empty: it has none
};

/// What a step's manifest says of it.
struct StepTraits {
    std::string module;  // whose step it is
    std::string name;
    std::string plugin;
    std::string version;
    bool compensable = false;
    bool at_most_once = false;            // "repeat": "never"
    bool records_undo = false;            // changes nothing before record_undo has returned
    bool async = false;                   // may be completed later, also from outside
    json input_schema;                    // null: anything goes
    std::string system = {};              // see ModulePin
    std::vector<ModulePin> reaches = {};  // the other modules that its calls may come to
    std::string missing = {};  // why nobody exports it any more; then only its name is known

    std::vector<ModulePin> pins() const {
        std::vector<ModulePin> all{{module, plugin, version, system}};
        all.insert(all.end(), reaches.begin(), reaches.end());
        return all;
    }
};

/// One attempt of one side of one step.
struct StepCall {
    std::string run_id;
    std::string workflow;
    std::string module;
    std::string name;
    const StepReference* what = nullptr;  // lives until the attempt has ended; null: the step alone
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
    bool withdrawn = false;      // it never began, see StepAttempt::withdraw; nothing else counts
    bool skipped = false;        // invoke: it did nothing, and is not undone
    std::optional<Asker> supplied = {};  // it was answered in its place
};

/// Makes undo data durable; `done` gets nothing, or why it is not.
using RecordUndo =
    std::function<void(std::string undo, std::function<void(std::optional<Error>)> done)>;

/// What an attempt tells, on any thread.
struct AttemptEvents {
    RecordUndo record;
    /// An asynchronous step's function has returned without an end: no thread is held any more.
    std::function<void()> handed_over;
    /// Exactly once after begin(), and nothing after it: at the latest soon after the timeout, then
    /// with DEADLINE, and when the late call has returned or was given up.
    std::function<void(StepEnd)> ended;
};

/// One attempt under way. Nothing of it runs the plugin on the caller's stack, or waits. [any]
class StepAttempt {
public:
    virtual ~StepAttempt() = default;
    /// Has the step called, on a thread for plugins. Once.
    virtual void begin() = 0;
    /// Tells the call that it should stop; it is not stale by that. One that has not begun ends
    /// with CANCELLED and NOT_APPLIED, an asynchronous one whose function has returned with
    /// CANCELLED and MAYBE_APPLIED. Nothing once it has ended.
    virtual void cancel() = 0;
    /// If it has not begun it ends, `withdrawn`; else nothing.
    virtual void withdraw() = 0;
    /// Ends it with an answer from outside. False: it has ended already.
    virtual bool complete(StepEnd end) = 0;
};

class Steps {
public:
    virtual ~Steps() = default;

    /// What is called under that reference. Throws Error of class CONFIG that names what there is:
    /// nobody exports it, or two do; a bound module does not serve; a service has no such method.
    virtual StepTraits find(const StepReference& reference) const = 0;

    /// An attempt, not yet begun. [any]
    virtual std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) = 0;
};

}  // namespace gantry::host
