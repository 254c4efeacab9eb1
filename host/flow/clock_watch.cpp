// A timer that sets itself again.
#include "flow/clock_watch.hpp"

#include <cstdlib>

namespace gantry::host {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr std::int64_t kStepMs = 500;  // smaller ones are what timers are late by anyway

}  // namespace

struct ClockWatch::State : std::enable_shared_from_this<State> {
    State(Store& s, Timers& t, std::function<void(std::int64_t, Followed)> fn)
        : store(s), timers(t), stepped(std::move(fn)) {}

    void look_later() {
        timers.after(kLookEvery, [self = shared_from_this()] { self->look(); });
    }

    void look() {
        const std::lock_guard lock(mutex);
        if (ended) return;
        const auto behind = store.clock().behind();
        if (std::abs(behind) >= kStepMs) {
            return stepped(behind, [self = shared_from_this()] { self->look_later(); });
        }
        store.clock().set_forward(behind);
        look_later();
    }

    Store& store;
    Timers& timers;
    const std::function<void(std::int64_t, Followed)> stepped;
    std::mutex mutex;  // held while stepped() is called
    bool ended = false;
};

ClockWatch::ClockWatch(Store& store, Timers& timers,
                       std::function<void(std::int64_t, Followed)> stepped)
    : state_(std::make_shared<State>(store, timers, std::move(stepped))) {
    state_->look_later();
}

ClockWatch::~ClockWatch() {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
}

}  // namespace gantry::host
