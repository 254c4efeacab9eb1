// How long one call may take: its deadline and heartbeats, then some time to return, then it is
// given up. The one machine for steps, services, pings, cancel and create.
#pragma once

#include "plugin/stuck.hpp"

namespace gantry::host {

/// A call that is late gets its time to return, so that an undo does not overtake its write. What
/// it tells comes on the timer's thread, one after the other; all it needs is allocated beforehand.
class Watch {
public:
    struct Watched {
        std::shared_ptr<ActiveCall> call;
        const Module* module = nullptr;  // who is counted when it is stuck
        std::chrono::milliseconds grace{};
        std::optional<std::chrono::milliseconds> heartbeat = {};  // two periods without one: late
    };
    /// Each may be empty. Where one throws for want of memory it is told again.
    struct Told {
        std::function<void(bool no_heartbeat)> late = {};
        /// Its function has not returned, and is not waited for any longer.
        std::function<void()> given_up = {};
        /// What nudge() asked for.
        std::function<void()> nudged = {};
    };

    Watch(Timers& timers, Stuck& stuck, Watched watched, Told told);
    /// Nothing begins to be told after this.
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// The function begins; its call is open. Timers::kNever: it is never late. [any]
    void begin(Timers::Clock::time_point deadline) noexcept;
    /// The function has returned; what it held is free. For a call that goes on without it, as an
    /// asynchronous step, the deadline counts and no heartbeat does. [any]
    void returned();
    /// The call is over: nothing more is told of it but nudges. [any]
    void end() noexcept;
    /// Has `nudged` told soon. [any]
    void nudge() noexcept;

private:
    struct State;
    static void ring(const std::shared_ptr<State>& state);

    const std::shared_ptr<State> state_;
};

}  // namespace gantry::host
