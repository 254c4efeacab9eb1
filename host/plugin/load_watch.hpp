// While a plugin is loaded its static initialisers and its entry run: it may stand still, end the
// process or throw. Whichever it does, it is named.
#pragma once

#include "base/log.hpp"
#include "plugin/in_flight.hpp"
#include "plugin/load_mark.hpp"

#include <exception>
#include <thread>

namespace gantry::host {

struct LoadSettings {
    /// Where what is loaded is marked; null: nowhere. Outlives the watch.
    LoadMark* mark = nullptr;
    /// A load is told of when it has taken that long, and again each time that has passed.
    std::chrono::milliseconds told_after{10'000};
    /// A load that takes that long ends the process; zero: none does.
    std::chrono::milliseconds limit{0};
};

/// One at a time in a process. SIGTERM and SIGINT, where its maker blocks them, end the process at
/// once: nothing is started yet that would have to be stopped.
class LoadWatch {
public:
    LoadWatch(Log& log, LoadSettings settings);
    ~LoadWatch();
    LoadWatch(const LoadWatch&) = delete;
    LoadWatch& operator=(const LoadWatch&) = delete;

    /// While it lives, that plugin is being loaded on this thread. exit() and what is thrown end
    /// the process with the code of a bad configuration, and the log says whose they were.
    class Loading {
    public:
        Loading(LoadWatch& watch, LoadMark::Load load);
        ~Loading();
        Loading(const Loading&) = delete;
        Loading& operator=(const Loading&) = delete;

    private:
        LoadWatch& watch_;
        const LoadMark::Load load_;
        const InFlight::Mark mark_;
        const std::terminate_handler outer_;
    };

private:
    void begin(const LoadMark::Load& load);
    void end();
    [[noreturn]] void fail(const std::string& why);
    [[noreturn]] void give_up(const std::string& why);  // under the mutex, as those below
    [[noreturn]] void leave(int code);
    /// The one that a load is under; told once.
    static LoadWatch* of_this_process();
    static void on_exit();
    [[noreturn]] static void on_terminate();
    void watch();
    void look();
    [[noreturn]] void stop_by_signal();
    std::string seconds_so_far() const;

    Log& log_;
    const LoadSettings settings_;
    const int process_;  // a child that a plugin forks may end as it likes
    std::mutex mutex_;
    std::optional<LoadMark::Load> load_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point tell_at_;
    const int signals_;
    const int over_;
    std::thread thread_;
};

}  // namespace gantry::host
