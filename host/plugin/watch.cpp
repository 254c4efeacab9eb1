// One alarm; each time it rings, what is due is done and it is set to what comes next.
#include "plugin/watch.hpp"

#include <algorithm>

namespace gantry::host {

struct Watch::State {
    using Clock = Timers::Clock;

    enum class Phase {
        kBefore,  // the function has not begun
        kIn,      // it runs
        kLate,    // it runs, and should have ended: given up at `give_up_at`
        kOut,     // it has returned, and the call goes on
        kOver     // nothing more is told
    };

    State(Timers& of, Stuck& stuck_ones, Watched what, Told to)
        : timers(of), stuck(stuck_ones), watched(std::move(what)), told(std::move(to)) {}

    Clock::time_point next() const {
        if (nudged) return Clock::time_point::min();
        switch (phase) {
            case Phase::kIn:
                return std::min(deadline, next_beat());
            case Phase::kOut:
                return deadline;
            case Phase::kLate:
                return give_up_at;
            default:
                return Timers::kNever;
        }
    }

    Clock::time_point next_beat() const {
        return watched.heartbeat ? watched.call->last_beat.load() + 2 * *watched.heartbeat
                                 : Timers::kNever;
    }

    Timers& timers;
    Stuck& stuck;
    const Watched watched;
    const Told told;
    Timers::Id alarm = 0;

    std::mutex mutex;
    Phase phase = Phase::kBefore;
    Clock::time_point deadline;
    Clock::time_point give_up_at;
    bool nudged = false;
};

Watch::Watch(Timers& timers, Stuck& stuck, Watched watched, Told told)
    : state_(std::make_shared<State>(timers, stuck, std::move(watched), std::move(told))) {
    state_->alarm = timers.alarm([weak = std::weak_ptr(state_)] {
        if (const auto state = weak.lock()) ring(state);
    });
}

Watch::~Watch() { state_->timers.cancel(state_->alarm); }

void Watch::begin(Timers::Clock::time_point deadline) noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->phase = State::Phase::kIn;
    state_->deadline = deadline;
    state_->timers.set(state_->alarm, state_->next());
}

void Watch::returned() {
    {
        const std::lock_guard lock(state_->mutex);
        auto& phase = state_->phase;
        phase = phase == State::Phase::kIn ? State::Phase::kOut : State::Phase::kOver;
        state_->timers.set(state_->alarm, state_->next());
    }
    state_->stuck.returned(*state_->watched.call, *state_->watched.module);
}

void Watch::end() noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->phase = State::Phase::kOver;
    state_->timers.set(state_->alarm, state_->next());
}

void Watch::nudge() noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->nudged = true;
    state_->timers.set(state_->alarm, state_->next());
}

// A phase is left only when what it owes was told: an exception in between tells it again.
void Watch::ring(const std::shared_ptr<State>& state) {
    using Phase = State::Phase;
    std::unique_lock lock(state->mutex);
    const auto tell = [&](const auto& what) {
        lock.unlock();
        what();
        lock.lock();
    };
    if (state->nudged) {
        state->nudged = false;  // one that comes meanwhile is another one
        try {
            if (state->told.nudged) tell(state->told.nudged);
        } catch (...) {
            lock.lock();
            state->nudged = true;
            throw;
        }
    }
    const auto now = Timers::Clock::now();
    const bool due = state->next() <= now;
    if (due && (state->phase == Phase::kIn || state->phase == Phase::kOut)) {
        const bool no_heartbeat = state->deadline > now;
        tell([&] {
            if (state->told.late) state->told.late(no_heartbeat);
        });
        if (state->phase == Phase::kIn) {
            state->phase = Phase::kLate;
            state->give_up_at = now + state->watched.grace;
        } else {
            state->phase = Phase::kOver;
        }
    } else if (due && state->phase == Phase::kLate) {
        tell([&] {
            const auto& watched = state->watched;
            if (state->stuck.give_up(*watched.call, *watched.module) && state->told.given_up) {
                state->told.given_up();
            }
        });
        state->phase = Phase::kOver;
    }
    state->timers.set(state->alarm, state->next());
}

}  // namespace gantry::host
