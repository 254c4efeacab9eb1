// The engine: accepts runs, drives them to their end, and takes up what an earlier host left open.
#pragma once

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/pool.hpp"
#include "base/timers.hpp"
#include "flow/saga.hpp"
#include "flow/turns.hpp"
#include "store/store.hpp"

#include <atomic>

namespace gantry::host {

class Runner;

struct EngineSettings {
    RetryPolicies retries;
    /// Start to close of one attempt.
    std::chrono::milliseconds invoke_timeout{std::chrono::seconds(30)};
    std::chrono::milliseconds compensate_timeout{std::chrono::seconds(60)};
    /// Whether the runs accepted here have the deadline of their workflow.
    bool run_deadlines = true;
    /// Runs under way at once; a start beyond is refused with RATE_LIMITED.
    std::size_t max_runs = 10'000;
    /// Before a write that the store refused is tried again.
    std::chrono::milliseconds store_retry{std::chrono::seconds(1)};
    /// A run whose calls were under way that many times in a row when its host died is set aside.
    std::int64_t poison_crashes = 3;
    /// That many starts without an orderly end between them, within `storm_within`: the host takes
    /// up no run until the time is over.
    std::size_t storm_starts = 5;
    std::chrono::milliseconds storm_within{std::chrono::minutes(1)};
};

struct StartRequest {
    std::string workflow;
    std::string input;                    // JSON
    std::optional<std::string> idem_key;  // at most 128 printable ASCII bytes
};

/// The answer to a start: the run, or the error that refused it. With NOT_APPLIED nothing was
/// written; without it, nobody knows yet, and the run goes on if it was.
struct Accepted {
    std::optional<Error> error;
    std::string run_id;
    bool known = false;  // the key had been used with the same input: this is that run
};

/// The answer to a start whose key had been used before, by `known`.
Accepted accepted_before(const RunRow& known, const std::string& input);

/// Something asked of a run: its change, or nothing where it does not fit the run's state.
using Verb = std::function<std::optional<Change>(Saga& saga, std::int64_t now)>;

/// What became of it: done, refused by the run's state, or there was no run to ask any more.
enum class Acted { kYes, kRefused, kStands };

/// What the parts around the engine are; they outlive it.
struct EngineParts {
    Store& store;
    Steps& steps;
    Pool& pool;
    Timers& timers;
    Log& log;
    Metrics& metrics;
};

/// All functions are [any]. Callbacks come on any thread, hold none of the engine's locks, and
/// throw nothing.
class Engine {
public:
    Engine(EngineParts parts, EngineSettings settings);
    ~Engine();  // after stop() only
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Makes a workflow known under its name. `input_schema` null: any input.
    void add(Plan plan, const json& input_schema);

    struct WorkflowInfo {
        std::string name;
        std::string hash;
        const Plan* plan;  // as long as the engine
    };
    std::vector<WorkflowInfo> workflows() const;

    /// Accepts a run; `accepted` comes once it is durable, or refused.
    void start(StartRequest request, std::function<void(Accepted)> accepted);

    /// Calls `stopped` once, when the run is over or paused, which it may be already. Returns a
    /// number for unwatch, after which it no longer comes.
    std::uint64_t watch(const std::string& run_id, std::function<void()> stopped);
    void unwatch(std::uint64_t watch);

    /// Takes up every run that an earlier host of this store left unfinished, and from now on those
    /// whose time has come; those in the calls of which it died (Store::suspect) one at a time. How
    /// many were left; none are taken up before `calm_at()`.
    std::size_t recover();
    /// When the host takes up runs again after too many starts; nothing: it does.
    std::optional<std::int64_t> calm_at() const;

    // What can be asked of a run. Each waits until it is durable and throws NOT_FOUND, or REJECTED
    // with the state that the run is in.

    /// Lets a paused run go on.
    void resume(const std::string& run_id);
    /// No further step; what was done is undone.
    void cancel(const std::string& run_id);
    /// No further call, then the state `paused`.
    void pause(const std::string& run_id);
    /// Asks for the failed undos of a failed run again.
    void retry(const std::string& run_id);
    /// Gives up one failed undo of a failed run.
    void skip(const std::string& run_id, const std::string& path, const std::string& note);
    /// Answers a step that is under way, waits, or paused the run.
    void supply(const std::string& run_id, const std::string& path, StepEnd end);
    /// Sends a signal. False: this id was sent before.
    bool signal(const std::string& run_id, SignalRow signal);
    /// A new run of the same definition and input that begins at a step of the first level: what
    /// stands before it is taken from `run_id`. Gives the new run's id.
    std::string fork(const std::string& run_id, const std::string& path);

    /// No new runs, no new calls; waits for the running ones. False: some did not end in time, and
    /// the process must end without destroying anything.
    bool stop(std::chrono::milliseconds patience);

private:
    friend class Runner;
    struct Workflow {
        std::shared_ptr<const Plan> plan;
        std::optional<Schema> schema;
    };

    const Workflow& workflow(const std::string& name) const;
    RunRow new_run(const Workflow& workflow, StartRequest request) const;
    void check_room() const;  // under mutex_
    void wait_for_turn(RunRow run, std::function<void(Accepted)> accepted);
    std::shared_ptr<Runner> find(const std::string& run_id) const;
    std::optional<RunRow> claim_now(const std::string& run_id);
    Acted act(Runner& runner, const Verb& verb);
    void control(const std::string& run_id, const char* what, const Verb& verb);
    void refuse(const std::string& run_id, const char* what) const;

    // engine_claims: what others began, what is due, and whose turn it is.
    std::shared_ptr<const Plan> plan_for(const RunRow& run);
    std::shared_ptr<Runner> load(RunRow run, bool suspect = false);
    void deliver_since(Runner& runner);
    void take_up(RunRow run, bool suspect);
    void let_wait(RunRow run, std::string reason);
    void claim_due();
    void claim_at(std::int64_t when);
    void wake_later(const std::string& run_id, std::int64_t when);
    void claim_one(const std::string& run_id);
    void gone(const std::string& run_id);
    void claimed(Due due, bool suspects);
    bool is_calm();

    // engine_clock: the wall clock is set under us.
    void watch_clock();
    void look_at_clock();
    void clock_stepped(std::int64_t by);

    void know_turns();
    void line_up_turns();
    void next_turn(const RunRow& run);
    void suspect_passed();
    void look_for(const std::string& run_id);

    /// The runner's run is over, paused, parked, or another host's.
    void stood(const Runner& runner, bool over);
    void tell_watches(const std::string& run_id);
    void enter();  // counts what stop() waits for
    void leave();

    EngineParts parts_;
    const EngineSettings settings_;
    const std::string host_id_;
    std::unordered_map<std::string, Workflow> workflows_;  // complete before the first start
    Turns turns_;

    std::mutex plans_mutex_;
    std::map<std::string, std::shared_ptr<const Plan>> old_plans_;  // of runs taken up, by hash

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::unordered_map<std::string, std::shared_ptr<Runner>> runs_;
    std::unordered_map<std::string, std::vector<std::uint64_t>> watches_of_;
    std::unordered_map<std::uint64_t, std::pair<std::string, std::function<void()>>> watches_;
    std::uint64_t last_watch_ = 0;
    std::size_t active_ = 0;
    std::atomic<bool> claims_{false};     // recover() was called
    bool claiming_ = false;               // a claim is with the store
    bool claim_again_ = false;            // something became due meanwhile
    std::int64_t claims_at_ = INT64_MAX;  // the timer's time
    Timers::Id claims_timer_ = 0;
    std::int64_t clock_ahead_ = 0;  // of the monotonic one, in ms; on the timer thread only
    std::optional<std::int64_t> calm_at_;
    bool suspect_runs_ = false;  // one of those whose host died is being tried
    std::once_flag turns_known_;
    std::atomic<bool> stopping_{false};
};

}  // namespace gantry::host
