// Calls under way, by number. A number is never given twice: whoever is late finds nothing.
#pragma once

#include "base/timers.hpp"
#include "flow/steps.hpp"
#include "plugin/fair_threads.hpp"
#include "plugin/slots.hpp"

#include <gantry/rules/call.hpp>

#include <atomic>
#include <memory>
#include <unordered_map>

namespace gantry::host {

class Module;

/// How a call ended: its output, or an error.
struct CallEnd {
    std::string output;
    std::optional<std::string> undo;
    std::optional<Error> error;
    bool skipped = false;  // a step's invoke that found nothing to do
};

/// One run of one plugin function. What stands above the mutex is constant once it is open.
struct ActiveCall : rules::WritingCall {
    gantry_call number = GANTRY_NO_CALL;
    const Module* module = nullptr;  // whose function runs; null: the host's own, a call step
    std::string run_id;
    std::string workflow;
    Timers::Clock::time_point deadline = Timers::Clock::time_point::max();
    std::shared_ptr<ActiveCall> parent;   // whose service call this is
    std::map<std::string, Module*> bind;  // required name → module, where not the module's own
    RecordUndo record;                    // of a step's invoke
    bool is_method = false;               // of a service; else a step, or create
    bool late_counts = false;             // create: its end is taken after the deadline too
    std::function<void()> completed;      // once, by complete(); asynchronous steps need it

    std::atomic<bool> over{false};       // set under the mutex
    std::atomic<bool> cancelled{false};  // told to stop; not stale by that
    std::atomic<bool> returned{false};   // the function has; set under the mutex
    std::atomic<Timers::Clock::time_point> last_beat;

    std::mutex mutex;
    CallEnd end;
    // Of the outermost call: all it holds, and those under way that serve it.
    std::vector<std::shared_ptr<SlotHold>> slots;
    std::shared_ptr<FairThreads::Hold> thread;  // null: a thread of its own
    std::vector<std::shared_ptr<ActiveCall>> inner;
    bool stuck = false;  // given up, and not returned

    /// Its own deadline or that of a call it serves has passed, or such a call is over.
    bool late() const;
    /// The earliest of its own deadline and those of the calls it serves.
    Timers::Clock::time_point effective_deadline() const;
    /// For what it asks others: less a tenth of what is left, so that it can still report.
    Timers::Clock::time_point nested_deadline() const;
    /// It was told to stop, or a call that it serves was.
    bool told_to_stop() const;
    /// The call in which all this happens.
    ActiveCall& outermost();
};

/// Makes `undo` durable and waits until it is, or the call is late: then it throws Error DEADLINE.
/// Throws MISUSE when the call has no undo data or recorded it before, TOO_LARGE, or why it could
/// not be kept. On a thread that may block.
void record_undo(ActiveCall& call, std::string undo);

class Calls {
public:
    /// Gives it its number. [any]
    void open(const std::shared_ptr<ActiveCall>& call);

    /// The call of that number; null when it is over or late. [any]
    std::shared_ptr<ActiveCall> find(gantry_call number);

    /// Ends it with `end`, unless it is over. True for the one who ended it. [any]
    bool close(const std::shared_ptr<ActiveCall>& call, CallEnd end);

private:
    std::mutex mutex_;
    std::unordered_map<gantry_call, std::shared_ptr<ActiveCall>> active_;
    gantry_call last_ = 0;
};

}  // namespace gantry::host
