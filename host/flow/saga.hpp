// The state machine of one run: rows and events in, rows and commands out. No clock, no I/O, no
// threads; everything that can fail stands around it.
#pragma once

#include "flow/misfit.hpp"
#include "flow/retry.hpp"
#include "flow/saga_agenda.hpp"
#include "flow/saga_state.hpp"
#include "store/mutation.hpp"

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
    /// Tasks whose calls must not begin if they have not begun yet, also those of earlier changes
    /// whose rows are not durable. Each of them still has to end: `withdrawn`, or as it likes.
    std::vector<std::size_t> withdraw;
    std::vector<EventRow> events;
    std::vector<std::string> consumed;  // signals
    bool stands = false;                // over, paused or parked: nobody owns it any more

    /// Whether there is nothing to be written, called or told.
    bool is_nothing() const {
        return !accept && rows.empty() && calls.empty() && cancel.empty() && withdraw.empty() &&
               events.empty() && consumed.empty() && !stands;
    }
};

/// In the place of a step's path: all that cannot be undone here, as their plugin is gone.
inline constexpr std::string_view kAllGone = "*";

/// What a run waits for that a person has paused.
inline constexpr const char* kPausedByPerson = "person: paused";

/// Times are milliseconds since 1970. What changes the state gives the rows to be written. Beside
/// the caller's own invariants those of SagaState hold, and are checked after every event in builds
/// with assertions.
///
/// What a verb or a retry would have its rows forget is told in events, as is who asked for a verb,
/// where somebody did.
///
/// A run that stands waits for: "person: …" or another reason it was paused for; "plugin: …", the
/// misfit; "signal: NAME"; "delay: step PATH", the next attempt; "time: step PATH", a sleep or the
/// end of a wait's patience.
class Saga {
public:
    /// `steps`: the rows so far; none for a new run. `plan` outlives it. `misfit`: why the run
    /// cannot go on in this host (a plugin is gone, or another one); then it takes no step forward,
    /// undoes nothing whose step does not fit, and stands with "plugin: WHY". Throws CONFIG for
    /// rows that the definition does not have.
    Saga(const Plan& plan, const RetryPolicies& policies, RunRow run, std::vector<StepRow> steps,
         std::vector<SignalRow> signals = {}, Misfit misfit = {});
    Saga(const Saga&) = delete;
    Saga& operator=(const Saga&) = delete;

    /// What to do first, for a new run or for one that was claimed. With a misfit it stands at
    /// once, unless it reverts, or has to as its deadline is over, and that needs no call.
    Change begin(std::int64_t now, const Asker& asked = {});

    /// One attempt has ended. `random` in [0, 1) spreads the delay before the next. One that was
    /// withdrawn, where the run goes on, is due at once: wake() asks for it again.
    Change ended(StepSide at, StepEnd end, std::int64_t now, double random);

    /// The running attempt of a task recorded its undo data. Nothing when none is running.
    std::optional<Change> undo_recorded(std::size_t task, std::string undo, std::int64_t now);

    /// Delays, sleeps, patience and the run's deadline that are over by `now`.
    Change wake(std::int64_t now);
    /// When wake() is to come next.
    std::optional<std::int64_t> next_wake() const;
    /// The wall clock was set by so much (forward: positive). Delays between attempts last as long
    /// as before; a sleep, patience and the deadline are moments and stay. next_wake() may change.
    Change clock_stepped(std::int64_t by, std::int64_t now);

    /// No further step; what was done is undone, but for the steps that are given up, by their
    /// paths or kAllGone. Nothing when it is over, or reverts already and nothing is given up.
    /// Throws Error INVALID_DATA, before anything is changed, for a step that has nothing to undo
    /// or whose call is under way.
    std::optional<Change> cancel(const Error& cause, std::int64_t now, const Asker& asked = {},
                                 const std::vector<std::string>& give_up = {});
    /// Of a run that is done: all it did is undone. Nothing when it is not done.
    std::optional<Change> revert_done(std::int64_t now, const Asker& asked);
    /// No further call; then `paused`, with the reason. Nothing when it is over.
    std::optional<Change> pause(const std::string& reason, std::int64_t now,
                                const Asker& asked = {});
    /// Nothing to be written for one that is known already, or before begin(). Nothing at all when
    /// it is not taken: the run is over, or reverts.
    std::optional<Change> signalled(SignalRow signal, std::int64_t now);
    /// The answer to a step that waits or is to be asked again, or to its undo, given by a person
    /// or from outside: as if its attempt had ended so. An undo that failed for good may still be
    /// answered as done. Nothing when no such step waits. Not for one whose call is under way.
    std::optional<Change> supply(const std::string& path, Side side, StepEnd end, std::int64_t now,
                                 double random);
    /// Of a run that failed: all its failed undos are asked for again. Nothing when there are none.
    std::optional<Change> retry(std::int64_t now, const Asker& asked = {});
    /// One failed undo is given up, with a note. Nothing when there is none such.
    std::optional<Change> skip(const std::string& path, const Asker& asked, std::int64_t now);
    /// The run's next event: it waits for its turn to be resumed.
    EventRow resumed(const Asker& asked, std::int64_t now);

    /// The rows of a change as they are now, with the run's next revision; may be built again as
    /// long as it is not durable, and is then a newer one.
    Mutation mutation(const Change& change);

    const RunRow& run() const { return run_; }
    const StepDefinition& step(std::size_t task) const;
    const StepTraits& traits(std::size_t task) const;
    const std::string& path(std::size_t task) const { return tree_[task].path; }
    /// The task of that path, where a call of that side is under way; else nothing.
    std::optional<std::size_t> calling(const std::string& path, Side side) const;
    /// What is under way, or was when its host died, for people: "step b of acme-erp 1.4.0 (module
    /// erp)".
    std::string open_steps() const;
    /// Adds the rows of all that stands before the step `id` of the first level. Of one that is not
    /// done its id, else nothing.
    std::optional<std::string> done_before(const std::string& id, std::vector<StepRow>& rows) const;
    /// The paths of the failed undos.
    std::vector<std::string> unreverted() const;
    /// Or was reverted.
    bool is_reverting() const;
    bool takes_signals() const { return !is_over() && !is_reverting(); }

    /// "run/path" or "run/path/compensate".
    std::string key(StepSide at) const;

private:
    // saga_forward: true when it has ended and the next may begin.
    bool advance(Frame& frame, Change& change);
    bool resume(Frame& frame, Change& change);
    bool begin(Task& task, Change& change);
    bool begin_node(Task& task, Change& change);
    bool begin_group(Task& task, Change& change);
    bool begin_wait(Task& task, std::optional<std::int64_t> until, Change& change);
    bool resume(Task& task, Change& change);
    bool go_on(Task& for_each, Change& change);
    bool ask(Task& step, Change& change);
    void passed(Task* task, Change& change);
    void frame_ended(Task& owner, Frame& frame);
    bool group_done(Task& task, Change& change);
    bool take_signal(Task& task, Change& change);
    void record(Task& task, StepEnd end, Change& change);
    bool failed(Task& task, const Error& error, Change& change);
    bool go_on_without(Task& step, Change& change);
    void done(Change& change);
    void started_row(Task& task, Change& change);
    void finish_row(Task& task, StepStatus status, Change& change);

    // saga_undo
    void revert(const json& cause, Change& change);
    void begin_undo(Change& change);
    bool undo(Frame& frame, Change& change);
    bool undo(Task& task, Change& change);
    bool undo_items(Task& for_each, Change& change);
    void undone(Task* task, Change& change);
    bool needs_undo(const Task& task) const;
    bool may_need_undo(const Task& task) const;
    void check_given_up(const std::string& path) const;
    std::vector<std::string> to_give_up(const std::vector<std::string>& named) const;
    void give_up_undo(Task& task, const Asker& asked, Change& change);
    void close_undo(Task& task, StepStatus status, Change& change);
    void end_again(Change& change);
    void supply_invoke(Task& task, StepEnd end, bool stood, double random, Change& change);
    void supply_undo(Task& task, const StepEnd& end, double random, Change& change);
    bool is_next_to_undo(const Task& task) const;
    void go_on_before(Task& closed, Change& change);
    std::string blocked() const;
    void all_undone(Change& change);

    // saga
    bool is_over() const { return std::holds_alternative<Over>(state_); }
    bool has_failed() const;
    Going& going() { return std::get<Going>(state_); }
    template <typename Way>
    const Way* way() const;
    bool forward() const { return way<Forward>() != nullptr; }
    bool may_go() const;
    bool may_begin() const { return forward() && may_go() && misfit_.is_none(); }
    bool may_undo(const Task& task) const;
    const std::string& misfit_of(const Task& task) const;
    bool is_late() const { return run_.deadline_at && *run_.deadline_at <= now_; }
    void set_going(Change& change);
    void start_again(Change& change);
    void stop(const Error& cause, Change& change);
    void pause_for(std::string reason, Change& change);
    void withdraw_calls(Change& change);
    void settle(Change& change);
    void stand(RunStatus status, std::string waits_for, Change& change);
    void finish(Ending ending, Change& change);
    // saga_attempts
    // True when it has failed and the run goes on without it.
    bool retry_or_give_up(Task& task, Side side, const Error& error, double random, Change& change);
    bool gave_up(Task& task, const Error& error, Change& change);
    void gave_up_undo(Task& task, const Error& error, Change& change);
    RetryPolicy policy(const Task& task, Side side) const;
    /// Whether it still waits for its delay.
    bool waits_for_delay(Task& task, Side side, Change& change);
    void call(Task& task, Side side, Change& change);
    void withdrawn(Task& task, Side side, Change& change);
    json error_of(const Task& task, Side side, const Error& error) const;

    static void write(const Task& task, Side side, Change& change);
    void note(Change& change, std::string kind, const json& detail, bool stays = false);
    void note_supplied(const Task& task, Side side, const StepEnd& end, Change& change);
    Change checked(Change change) const;

    const Plan& plan_;
    const RetryPolicies& policies_;
    const Misfit misfit_;
    RunRow run_;
    TaskTree tree_;
    Agenda agenda_;
    SagaState state_;
    const std::int64_t written_at_;        // its rows, as they were given
    std::int64_t now_ = 0;                 // of the event being handled
    std::int64_t events_ = 0;              // told so far
    std::vector<SignalRow> signals_;       // not consumed yet
    std::set<std::string> known_signals_;  // ids, consumed here or not
};

}  // namespace gantry::host
