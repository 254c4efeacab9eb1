// Rows keep wall time, timers sleep on the monotonic clock. Once a second the two are compared;
// when one went without the other (the clock was set, the machine slept), every waiting time is
// looked at anew.
#include "base/clock.hpp"
#include "flow/engine.hpp"
#include "flow/runner.hpp"

#include <cstdlib>

namespace gantry::host {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr std::int64_t kStepMs = 500;  // smaller ones are what timers are late by anyway

std::int64_t ahead_ms() {
    using std::chrono::milliseconds;
    const auto monotonic = Timers::Clock::now().time_since_epoch();
    return wall_ms() - std::chrono::duration_cast<milliseconds>(monotonic).count();
}

}  // namespace

void Engine::watch_clock() {
    clock_ahead_ = ahead_ms();
    look_at_clock();
}

void Engine::look_at_clock() {
    parts_.timers.after(kLookEvery, [this] {
        if (stopping_) return;
        const auto ahead = ahead_ms();
        const auto step = ahead - clock_ahead_;
        if (std::abs(step) >= kStepMs) {
            clock_ahead_ = ahead;
            parts_.pool.submit([this, step] { clock_stepped(step); });
        }
        look_at_clock();
    });
}

void Engine::clock_stepped(std::int64_t by) {
    if (stopping_) return;
    const double seconds = static_cast<double>(by) / 1000;
    parts_.metrics.clock_stepped(seconds);
    parts_.log.warn("the wall clock was set; what waits for its time is looked at again",
                    {{"seconds", seconds}});
    std::vector<std::shared_ptr<Runner>> runners;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, runner] : runs_) runners.push_back(runner);
    }
    for (const auto& runner : runners) runner->look_again();
    claim_due();
}

}  // namespace gantry::host
