// The state machine of one run: rows and events in, rows and commands out. No clock, no I/O, no
// threads; everything that can fail stands around it.
#pragma once

#include "flow/retry.hpp"
#include "flow/task.hpp"
#include "store/mutation.hpp"

#include <deque>
#include <set>

namespace gantry::host {

/// A definition with what the plugins say of its steps, in the same order. Immutable.
struct Plan {
    Definition definition;
    std::vector<StepTraits> steps;
};

/// Which row: a task, by its number in the run, and a side.
struct StepSide {
    std::size_t task = 0;
    Side side = Side::kInvoke;
};

/// To be carried out once the rows of its Change are durable.
struct CallCommand {
    StepSide at;
    std::int64_t attempt = 1;
    std::string input;
    std::optional<std::string> output;  // compensate: what invoke answered
    std::optional<std::string> undo;
};

struct Change {
    bool accept = false;
    std::vector<StepSide> rows;  // to be written, together with the run's
    std::vector<CallCommand> calls;
    std::vector<std::size_t> cancel;  // tasks whose calls are to be told to stop
    std::vector<EventRow> events;
    std::vector<std::string> consumed;  // signals
    bool stands = false;                // over, paused or parked: nobody owns it any more
};

/// What a run waits for that a person has paused.
inline constexpr const char* kPausedByPerson = "person: paused";

/// Times are milliseconds since 1970. What changes the state gives the rows to be written.
class Saga {
public:
    /// `steps`: the rows so far; none for a new run. `plan` outlives it. Throws CONFIG for rows
    /// that the definition does not have.
    Saga(const Plan& plan, const RetryPolicies& policies, RunRow run, std::vector<StepRow> steps,
         std::vector<SignalRow> signals = {});
    Saga(const Saga&) = delete;
    Saga& operator=(const Saga&) = delete;

    /// What to do first, for a new run or for one that was claimed.
    Change begin(std::int64_t now);

    /// One attempt has ended. `random` in [0, 1) spreads the delay before the next.
    Change ended(StepSide at, StepEnd end, std::int64_t now, double random);

    /// The running attempt of a task recorded its undo data. Nothing when none is running.
    std::optional<Change> undo_recorded(std::size_t task, std::string undo, std::int64_t now);

    /// Delays, sleeps, patience and the run's deadline that are over by `now`.
    Change wake(std::int64_t now);
    /// When wake() is to come next.
    std::optional<std::int64_t> next_wake() const;

    /// No further step; what was done is undone. Nothing when that is under way already, or over.
    std::optional<Change> cancel(const Error& cause, std::int64_t now);
    /// No further call; then `paused`, with the reason. Nothing when it is over.
    std::optional<Change> pause(const std::string& reason, std::int64_t now);
    /// Nothing to be written for one that is known already, or before begin().
    Change signalled(SignalRow signal, std::int64_t now);
    /// The answer to a step that waits or is to be asked again, given by a person or from outside.
    /// Nothing when no such step waits. Not for one whose call is under way.
    std::optional<Change> supply(const std::string& path, StepEnd end, std::int64_t now);
    /// Of a run that failed: its failed undos are asked for again. Nothing when there are none.
    std::optional<Change> retry(std::int64_t now);
    /// One failed undo is given up with a person's note. Nothing when there is none such.
    std::optional<Change> skip(const std::string& path, const std::string& note, std::int64_t now);

    /// The rows of a change as they are now; may be built again as long as it is not durable.
    Mutation mutation(const Change& change) const;

    const RunRow& run() const { return run_; }
    const StepDefinition& step(std::size_t task) const;
    const StepTraits& traits(std::size_t task) const;
    const std::string& path(std::size_t task) const { return tasks_[task].path; }
    /// The task of that path whose call is under way; nothing when there is none.
    std::optional<std::size_t> calling(const std::string& path) const;
    /// What is under way, for people: "step b of acme-erp 1.4.0 (module erp)".
    std::string open_steps() const;
    /// Adds the rows of all that stands before the step `id` of the first level. Of one that is not
    /// done its id, else nothing.
    std::optional<std::string> done_before(const std::string& id, std::vector<StepRow>& rows) const;
    bool is_reverting() const { return run_.error.has_value(); }

    /// "run/path" or "run/path/compensate".
    std::string key(StepSide at) const;

private:
    // saga_load: the tasks that the rows tell of.
    using Rows =
        std::unordered_map<std::string, std::pair<std::optional<StepRow>, std::optional<StepRow>>>;
    void load(Frame& frame, Rows& rows);
    void load(Task& task, Rows& rows);
    bool never_began(const Task& task, const Rows& rows) const;
    bool has_begun(const Node& node, const std::string& prefix, const Rows& rows) const;
    Frame& add_frame(Task& owner, const Block& block, Scope* scope, std::string prefix);
    Frame& add_item(Task& task);
    Frame& add_nested(Task& task);
    Task& add_task(Frame& frame);

    // saga_forward: true when it has ended and the next may begin.
    bool advance(Frame& frame, Change& change);
    bool resume(Frame& frame, Change& change);
    bool begin(Task& task, Change& change);
    bool resume(Task& task, Change& change);
    bool begin_group(Task& task, Change& change);
    bool go_on(Task& for_each, Change& change);
    bool ask_again(Task& step, Change& change);
    void passed(Task* task, Change& change);
    void frame_ended(Task& owner, Frame& frame);
    bool group_done(Task& task, Change& change);
    void wait_until(Task& task, std::int64_t when);
    bool take_signal(Task& task, Change& change);
    void record(Task& task, StepEnd end, Change& change);
    void failed(Task& task, const Error& error, Change& change);
    static void write(const Task& task, Side side, Change& change);
    void started_row(Task& task, std::string name, Change& change);
    void finish_row(Task& task, StepStatus status, Change& change);
    void call(Task& task, Side side, Change& change);
    CallCommand command(const Task& task, Side side) const;
    std::string evaluate(const Template& compiled, const Scope& scope) const;
    std::string input_of(const Task& task) const;

    // saga_undo
    void revert(const json& cause, Change& change);
    void begin_undo(Change& change);
    bool undo(Frame& frame, Change& change);
    bool undo(Task& task, Change& change);
    bool undo_items(Task& for_each, Change& change);
    void undone(Task* task, Change& change);
    bool needs_undo(const Task& task) const;

    bool running() const { return run_.status == RunStatus::kInvoking; }
    bool may_begin() const { return running() && !pausing_; }
    bool is_over() const { return host::is_over(run_.status); }
    void settle(Change& change);
    void start_again(Change& change);
    void stand(RunStatus status, std::string waits_for, Change& change);
    void finish(RunStatus status, Change& change);
    void retry_or_give_up(Task& task, Side side, const Error& error, double random, Change& change);
    void gave_up(Task& task, Side side, const Error& error, Change& change);
    RetryPolicy policy(const Task& task, Side side) const;
    StepRow& row(Task& task, Side side) {
        return side == Side::kInvoke ? *task.invoke : *task.compensate;
    }
    json error_of(const Task& task, Side side, const Error& error) const;
    void note(Change& change, std::string kind, const json& detail) const;
    Task* find(const std::string& path);

    const Plan& plan_;
    const RetryPolicies& policies_;
    RunRow run_;
    bool is_new_;
    bool begun_ = false;    // what was under way has been taken up
    std::int64_t now_ = 0;  // of the event being handled
    Scope scope_;
    Frame root_;
    std::deque<Task> tasks_;
    std::vector<SignalRow> signals_;                          // not consumed yet
    std::set<std::string> known_signals_;                     // ids, consumed here or not
    std::set<std::pair<std::int64_t, std::size_t>> waiting_;  // when, task
    std::multimap<std::string, std::size_t> listening_;       // signal → task
    std::size_t calls_ = 0;                                   // with the outside
    bool undoing_ = false;                                    // undos have begun
    bool undo_failed_ = false;
    std::optional<std::string> pausing_;  // the reason
};

}  // namespace gantry::host
