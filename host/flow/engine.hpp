// The engine: accepts runs, drives them to their end, and takes up what an earlier host left open.
// It owns the runners of the runs under way; its parts own the rest.
#pragma once

#include "flow/claims.hpp"
#include "flow/controls.hpp"
#include "flow/watches.hpp"

namespace gantry::host {

/// What the parts around the engine are; they outlive it.
struct EngineParts {
    Store& store;
    Steps& steps;
    Pool& engine;  // made with may_block = false
    Pool& load;    // loads runs and forks; its tasks may block
    FairPool& jq;  // all of the runs whose definition uses jq, in turns of the workflows
    Timers& timers;
    Log& log;
    Metrics& metrics;
};

/// All functions but recover() and stop() are [any] and wait for nothing. See Runs.
class Engine : public Runs, private RunOwner, private Claims::Taker, private Controls::Runners {
public:
    Engine(EngineParts parts, const EngineSettings& how);
    ~Engine() override;  // after stop() only

    /// Makes a workflow known under its name, before the first run. `input_schema` null: any input.
    /// On a thread that may block.
    void add(Plan plan, const json& input_schema);

    /// Takes up every run that an earlier host of this store left unfinished, and from now on those
    /// whose time has come; those in the calls of which it died (Store::suspect) one at a time. How
    /// many were left; none are taken up before `calm_at()`. On a thread that may block.
    std::size_t recover();

    /// No new runs, no new calls; waits for the running ones, but for asynchronous ones that hold
    /// no thread. False: some did not end in time, and the process must end without destroying
    /// anything.
    bool stop(std::chrono::milliseconds patience);

    std::vector<WorkflowInfo> workflows() const override;
    void start(StartRequest request, std::function<void(Accepted)> accepted) override;
    std::uint64_t watch(const std::string& run_id, Watch when,
                        std::function<void(const Stand&)> seen) override;
    void unwatch(std::uint64_t watch) override;
    void resume(const std::string& run_id, Asker asked, Told told) override;
    void cancel(const std::string& run_id, std::vector<std::string> give_up, Asker asked,
                Told told) override;
    void revert(const std::string& run_id, Asker asked, Told told) override;
    void pause(const std::string& run_id, Asker asked, Told told) override;
    void retry(const std::string& run_id, Asker asked, Told told) override;
    void skip(const std::string& run_id, const std::string& path, Asker asked, Told told) override;
    void supply(const std::string& run_id, const std::string& path, Side side, StepEnd end,
                Told told) override;
    void signal(const std::string& run_id, SignalRow signal,
                std::function<void(std::optional<Error>, bool known)> told) override;
    void fork(const std::string& run_id, const std::string& path, Asker asked,
              std::function<void(std::optional<Error>, std::string new_run)> told) override;
    std::optional<std::int64_t> calm_at() const override { return claims_.calm_at(); }
    std::vector<Unaccounted> unaccounted(std::chrono::milliseconds patience) override;
    std::chrono::steady_clock::duration still_for() const override;

private:
    // RunOwner
    void stood(const Runner& runner, const std::optional<Stand>& stand) override;
    void made_due() override { claims_.look(); }
    void suspect_passed() override { claims_.suspect_passed(); }
    void look_at(const std::string& run_id) override { look_again(run_id); }
    void look_for(const std::string& run_id) override;
    // Claims::Taker
    void take_up(ClaimedRun run, bool suspect) override;
    std::size_t room() const override;
    void clock_stepped(std::int64_t by, ClockWatch::Followed followed) override;
    void bound_delays();
    // Controls::Runners
    std::shared_ptr<Runner> find(const std::string& run_id) const override;
    std::shared_ptr<Runner> adopt(ClaimedRun run) override;
    void look_again(const std::string& run_id) override;

    RunOwner& owner() { return *this; }
    void keep(const std::shared_ptr<Runner>& runner);
    void check_room() const;
    void release_lost(const std::string& run_id);
    std::vector<std::shared_ptr<Runner>> all() const;

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<Runner>> runs_;
    Watches watches_;
    Claims claims_{*this, *this};
    Controls controls_{*this, *this};
};

}  // namespace gantry::host
