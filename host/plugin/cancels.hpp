// Telling plugins that a call was cancelled. Their `cancel` is plugin code and may block: it runs
// on threads of its own, which no step can take.
#pragma once

#include "plugin/in_flight.hpp"
#include "plugin/under_way.hpp"
#include "plugin/watch.hpp"

namespace gantry::host {

/// [any]
class Cancels {
public:
    struct Settings {
        std::chrono::milliseconds grace{};  // that a plugin's cancel may take
        bool debug = false;                 // as long as it likes
    };

    Cancels(Settings settings, Timers& timers, Stuck& stuck)
        : settings_(settings), timers_(timers), stuck_(stuck) {}
    ~Cancels() { stop(); }
    Cancels(const Cancels&) = delete;
    Cancels& operator=(const Cancels&) = delete;

    /// Soon, unless it has returned by then: the function in which `call` runs, or is waited for,
    /// and those of the services that it is calling.
    void tell(const std::shared_ptr<ActiveCall>& call);

    /// Where they are marked from now on; before any is told.
    void mark_calls_in(InFlight& in_flight) { in_flight_ = &in_flight; }

    /// Waits for those under way; false: one does not return.
    bool ended(std::chrono::steady_clock::time_point until) { return under_way_.none(until); }
    /// Waits for all; later ones are dropped.
    void stop() { pool_.stop(); }

private:
    void tell_one(const std::shared_ptr<ActiveCall>& call);
    void cancel(const std::shared_ptr<ActiveCall>& call,
                const std::shared_ptr<FairThreads::Hold>& thread);

    const Settings settings_;
    Timers& timers_;
    Stuck& stuck_;
    InFlight* in_flight_ = nullptr;
    UnderWay under_way_;  // or to be told
    // One module has three of them at the most.
    Pool pool_{Pool::Settings{.threads = 4}};
    FairThreads threads_{pool_};
};

}  // namespace gantry::host
