// Drives one run: event → saga → rows → commit → call → event. Everything happens on its strand,
// one event after the other; nothing waits.
#pragma once

#include "base/fault.hpp"
#include "flow/run_calls.hpp"
#include "flow/run_owner.hpp"
#include "flow/run_writes.hpp"
#include "flow/search.hpp"
#include "flow/strand.hpp"

namespace gantry::host {

/// Something asked of a run.
struct Verb {
    /// Its change, or nothing where it does not fit the run's state. Throws Error for what it
    /// refuses, before anything is changed.
    std::function<std::optional<Change>(Saga& saga, std::int64_t now)> apply;
    const char* fits;         // when it does, for people
    bool takes_turn = false;  // of a run that is over: only with its turn
    bool goes_on = false;     // sets a paused run going: without its turn it waits for that
    Asker asked = {};
};

/// What a verb came to.
struct Acted {
    bool stands = false;         // the run goes on elsewhere: ask again
    std::optional<Error> error;  // else: done and durable, or why not
};

/// All functions are [any]; what they ask for happens in the order asked. Errors in `told` carry
/// NOT_APPLIED where nothing was changed.
class Runner : public std::enable_shared_from_this<Runner> {
public:
    /// Of a new run. The owner outlives it.
    Runner(RunOwner& owner, std::shared_ptr<const Plan> plan, RunRow run);
    /// Of a run that was claimed; `suspect`: its last host died during its calls. Its plan is
    /// looked up first.
    Runner(RunOwner& owner, ClaimedRun claimed, bool suspect);

    const std::string& id() const { return id_; }

    /// Writes a new run down and sets it going.
    void accept(std::function<void(Accepted)> accepted);
    /// Sets a claimed run going, unless a verb has; one that has to wait is given back.
    void go_on();
    void act(Verb verb, std::function<void(Acted)> told);
    /// Answers a step, or its undo.
    void supply(std::string path, Side side, StepEnd end, std::function<void(Acted)> told);
    /// Tells whether the run still goes forward and can take it.
    void signalled(SignalRow signal, std::function<void(std::optional<Error>)> told);
    /// The wall clock was set: its offset from now on (see WallClock).
    void clock_set(std::int64_t offset);
    /// The host stops: nothing of what is still under way counts here any more.
    void let_go();

private:
    template <typename Fn>
    void post(Fn fn);
    template <typename Fn>
    void queue(Fn fn);
    void load();
    void move_strand();
    void take(Change change, Told told);
    void withdraw(const std::vector<std::size_t>& tasks);
    bool may_begin_early(const Change& change) const;
    void send();
    void written(RunWrite& write, Outcome outcome);
    void committed(RunWrite& write, const Committed& how);
    void failed(RunWrite& write, const Error& error);
    void stand_aside(const std::optional<Stand>& stand);
    void give_back(RunRow run, std::function<void(bool written)> told = {},
                   std::vector<EventRow> events = {});
    void set_aside(const std::string& why);
    void drop_what_is_not_sent();
    void stood();
    void apply(const Verb& verb, const std::function<void(Acted)>& told);
    bool sets_going(const Verb& verb, const std::function<void(Acted)>& told);
    void begin_calls(std::vector<CallCommand> calls);
    void call(CallCommand command);
    void ended(StepSide at, StepEnd end, Timers::Clock::time_point began);
    void record_undo(std::size_t task, std::string undo, Told done);
    void wake_when_due();
    void woken();
    void no_longer_suspect();
    std::int64_t now() const { return WallClock::now_with(clock_offset_); }
    std::vector<FieldRow> fields() const { return fields_of(plan_->definition, row().input); }
    const RunRow& row() const { return saga_ ? saga_->run() : claimed_->run; }
    void pass(fault::Point point) const;
    fault::Point point_of(const Change& change, bool after) const;

    RunOwner& owner_;
    const std::string id_;
    const std::string workflow_;
    Strand strand_;
    std::atomic<bool> load_is_posted_;
    // What follows is the strand's.
    std::int64_t clock_offset_;          // its own until its delays were moved, too
    std::optional<ClaimedRun> claimed_;  // until it is loaded
    std::shared_ptr<const Plan> plan_;
    std::unique_ptr<Saga> saga_;
    std::unique_ptr<RunWrites> writes_;
    RunCalls calls_;
    std::set<std::size_t> withdrawn_;  // tasks whose calls are not to begin once they could
    std::optional<std::int64_t> wakes_at_;
    Timers::Id wake_timer_ = 0;
    Timers::Id hold_timer_ = 0;  // not 0: what is to be written waits for a step's undo data
    bool holds_turn_ = true;
    bool begun_ = false;
    bool stands_ = false;             // nothing more may be written
    std::optional<Error> misloaded_;  // why no verb can act on it
    bool given_back_ = false;         // its row is being written by write_back()
    bool has_stood_ = false;          // and the owner was told
    bool signal_at_end_ = false;      // one came between the two
    bool suspect_ = false;
    std::function<void(Accepted)> accepted_;
};

}  // namespace gantry::host
