// The engine: accepts runs, drives them to their end, and takes up what an earlier host left open.
#pragma once

#include "base/log.hpp"
#include "base/pool.hpp"
#include "base/schema.hpp"
#include "base/timers.hpp"
#include "flow/saga.hpp"
#include "store/store.hpp"

#include <atomic>
#include <unordered_map>

namespace gantry::host {

class Runner;

struct EngineSettings {
    RetryPolicies retries;
    /// Start to close of one attempt.
    std::chrono::milliseconds invoke_timeout{std::chrono::seconds(30)};
    std::chrono::milliseconds compensate_timeout{std::chrono::seconds(60)};
    /// Runs under way at once; a start beyond is refused with RATE_LIMITED.
    std::size_t max_runs = 10'000;
    /// Before a write that the store refused is tried again.
    std::chrono::milliseconds store_retry{std::chrono::seconds(1)};
};

struct StartRequest {
    std::string workflow;
    std::string input;                    // JSON
    std::optional<std::string> idem_key;  // at most 128 printable ASCII bytes
};

/// The answer to a start: the error that refused it (nothing was written), or the run.
struct Accepted {
    std::optional<Error> error;
    std::string run_id;
    bool known = false;  // the key had been used with the same input: this is that run
};

/// What the parts around the engine are; they outlive it.
struct EngineParts {
    Store& store;
    Steps& steps;
    Pool& pool;
    Timers& timers;
    Log& log;
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

    /// Calls `stopped` once: when the run is over, or paused, or not under way here. Returns a
    /// number for unwatch, after which it no longer comes.
    std::uint64_t watch(const std::string& run_id, std::function<void()> stopped);
    void unwatch(std::uint64_t watch);

    /// Takes up every run that an earlier host of this store left unfinished. How many go on.
    std::size_t recover();

    /// Lets a paused run go on. Throws NOT_FOUND, or REJECTED when it is not paused.
    void resume(const std::string& run_id);

    /// Why a run stands still although it is neither paused nor over; empty when it does not.
    std::string waits_for(const std::string& run_id) const;

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
    std::shared_ptr<const Plan> plan_for(const RunRow& run);
    bool take_up(RunRow run);
    void over(const std::string& run_id);
    void enter();  // counts what stop() waits for
    void leave();

    EngineParts parts_;
    const EngineSettings settings_;
    const std::string host_id_;
    std::unordered_map<std::string, Workflow> workflows_;  // complete before the first start

    std::mutex plans_mutex_;
    std::map<std::string, std::shared_ptr<const Plan>> old_plans_;  // of runs taken up, by hash

    mutable std::mutex mutex_;
    std::condition_variable quiet_;
    std::unordered_map<std::string, std::shared_ptr<Runner>> runs_;
    std::unordered_map<std::string, std::vector<std::uint64_t>> watches_of_;
    std::unordered_map<std::uint64_t, std::pair<std::string, std::function<void()>>> watches_;
    std::unordered_map<std::string, std::string> waiting_;
    std::uint64_t last_watch_ = 0;
    std::size_t active_ = 0;
    std::atomic<bool> stopping_{false};
};

}  // namespace gantry::host
