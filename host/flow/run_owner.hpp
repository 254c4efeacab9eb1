// What a runner has around it.
#pragma once

#include "base/fair_pool.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/pool.hpp"
#include "base/timers.hpp"
#include "flow/plans.hpp"
#include "flow/runs.hpp"
#include "flow/settings.hpp"

#include <atomic>
#include <utility>

namespace gantry::host {

class Runner;

/// Counts what a stop of the engine waits for. [any]
class Busy {
public:
    /// One thing under way while it lives.
    class Hold {
    public:
        explicit Hold(Busy& busy) : busy_(&busy) { busy_->add(1); }
        Hold(const Hold& other) : Hold(*other.busy_) {}
        Hold(Hold&& other) noexcept : busy_(std::exchange(other.busy_, nullptr)) {}
        ~Hold() {
            if (busy_ != nullptr) busy_->add(-1);
        }
        Hold& operator=(const Hold&) = delete;

    private:
        Busy* busy_;  // nullptr: moved from
    };

    /// False: something still was after that time. On a thread that may block.
    bool wait_until_idle(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        return idle_.wait_for(lock, patience, [this] { return count_ == 0; });
    }

private:
    void add(int by) {
        const std::lock_guard lock(mutex_);
        count_ += by;
        if (count_ == 0) idle_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable idle_;
    int count_ = 0;
};

/// Outlives every runner. Its functions are [any], wait for nothing and throw nothing.
class RunOwner {
public:
    RunOwner(Store& s, Steps& st, Pool& en, Pool& ld, FairPool& fair, Timers& ti, Log& lo,
             Metrics& me, const EngineSettings& se)
        : store(s),
          steps(st),
          engine(en),
          load(ld),
          jq(fair),
          timers(ti),
          log(lo),
          metrics(me),
          settings(se),
          plans(s, st) {}
    virtual ~RunOwner() = default;
    RunOwner(const RunOwner&) = delete;
    RunOwner& operator=(const RunOwner&) = delete;

    /// The runner has written its last: the run is over, paused, parked, or goes on under another
    /// claim (then without a stand). Its last call.
    virtual void stood(const Runner& runner, const std::optional<Stand>& stand) = 0;
    /// Some run is due now.
    virtual void made_due() = 0;
    /// One that was tried alone, since its host had died during its calls, has lived through one.
    virtual void suspect_passed() = 0;
    /// A signal came when this run was about to stand: it is to be taken up again.
    virtual void look_at(const std::string& run_id) = 0;
    /// Whether that run was accepted is not known: if it was, it goes on.
    virtual void look_for(const std::string& run_id) = 0;

    Store& store;
    Steps& steps;
    Pool& engine;  // its threads may not block
    Pool& load;    // loads runs: may block
    FairPool& jq;  // all of a run whose definition uses jq: may block
    Timers& timers;
    Log& log;
    Metrics& metrics;
    const EngineSettings settings;
    Plans plans;
    Busy busy;
    std::atomic<bool> stopping{false};  // no new calls
};

}  // namespace gantry::host
