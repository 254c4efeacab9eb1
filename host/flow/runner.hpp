// Drives one run: event → saga → rows → commit → call → event. Owns nothing that waits.
#pragma once

#include "base/fault.hpp"
#include "flow/engine.hpp"

namespace gantry::host {

class Runner : public std::enable_shared_from_this<Runner> {
public:
    /// `suspect`: its last host died during its calls. Throws Error CONFIG.
    Runner(Engine& engine, std::shared_ptr<const Plan> plan, RunRow run, std::vector<StepRow> steps,
           std::vector<SignalRow> signals, bool suspect);

    /// Sets it going, unless a verb has been applied meanwhile; `accepted` comes once the first
    /// rows are durable (new runs only).
    void begin(std::function<void(Accepted)> accepted);

    /// Applies `verb`; `done` comes once its rows are durable, or with the error, and only then
    /// when it was applied.
    Acted act(const Verb& verb, std::function<void(std::optional<Error>)> done);

    /// Answers a step's call that is under way; `done` comes once that is durable, or with the
    /// error. False: none is, and `done` does not come.
    bool complete(const std::string& path, StepEnd end,
                  std::function<void(std::optional<Error>)> done);

    /// Begun, and not standing yet: it sees to its run.
    bool is_live();

    /// Gives its run back as it was claimed, if nothing has been done with it.
    void stand_down();
    /// The wall clock was set: what waits for its time may be due.
    void look_again();

    /// Once it stands.
    const RunRow& row() const { return saga_.run(); }
    const std::string& id() const { return id_; }

private:
    using Told = std::function<void(std::optional<Error>)>;
    /// What is to be written, and what comes after it.
    struct Pending {
        Change change;
        std::vector<Told> told;
    };

    void take(Change change, std::unique_lock<std::mutex>& lock, Told told = {});
    bool may_begin_early(const Change& change) const;
    void post(std::vector<CallCommand> calls);
    void flush();
    void merge(Pending& into, Change change);
    void committed(Pending pending, std::vector<CallCommand> calls, Outcome outcome);
    void refused(Pending pending, std::vector<CallCommand> calls, Outcome outcome);
    void stand_aside();
    void begin_calls(std::vector<CallCommand> calls);
    void call(CallCommand command);
    void ended(StepSide at, StepEnd end, Timers::Clock::time_point began);
    void count_end(StepSide at, const StepEnd& end, Timers::Clock::time_point began) const;
    void pass(fault::Point point) const;
    fault::Point point_of(const Change& change, bool after) const;
    Told told_of(std::size_t task);  // under mutex_
    void record_undo(std::size_t task, std::string undo, Told done);
    void wake_when_due();  // under mutex_
    void woken();
    void no_longer_suspect();
    StepCall step_call(CallCommand command) const;
    std::shared_ptr<void> computing() const;

    Engine& engine_;
    const std::shared_ptr<const Plan> plan_;
    std::mutex mutex_;  // guards what follows
    Saga saga_;
    std::optional<Pending> pending_;    // not yet posted
    std::vector<CallCommand> to_call_;  // once pending_, which was refused before, is durable
    std::map<std::size_t, std::shared_ptr<StepAttempt>> attempts_;  // under way, by task
    std::map<std::size_t, std::vector<Told>> answered_;  // from outside, not yet durable, by task
    std::optional<std::int64_t> wakes_at_;
    Timers::Id timer_ = 0;
    Timers::Id hold_timer_ = 0;  // 0: nothing is held
    bool begun_ = false;
    bool stands_ = false;  // nothing more may be written: another claim goes on
    std::atomic<bool> suspect_;
    std::function<void(Accepted)> accepted_;
    const std::string id_;
    const std::string workflow_;
};

}  // namespace gantry::host
