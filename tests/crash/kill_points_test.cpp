// kill -9 at every fault point, at its first, second and third pass, in runs that succeed, that are
// refused, and whose outcome is unknown: the next start brings every run to its end.
#include "support/ledger_host.hpp"
#include "support/sanitizers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <mutex>
#include <thread>

namespace gantry::test::kill_points_test {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using Lines = std::vector<std::string>;

constexpr int kClients = 16;
constexpr int kBatch = 200;  // runs that a sweep takes at once
constexpr int kHostsAtOnce = 2;
constexpr milliseconds kNap{2'100};  // of ledger_input
constexpr milliseconds kLimit{kSanitized ? 30'000 : 10'000};

struct Way {
    const char* name;
    const char* b;  // what its second step does
    const char* end;
};
constexpr std::array kWays = {Way{"success", "ok", "done"}, Way{"b fails", "refuse", "reverted"},
                              Way{"b unknown", "unknown", "reverted"}};

/// What a point needs in order to be passed.
enum class Setting {
    kRun,     // runs
    kUndo,    // runs that revert
    kParked,  // runs that are parked
    kLeft,    // runs that an earlier host left
    kMany,    // more of them than one sweep takes
    kStore,   // a store that is not there yet
};

struct Place {
    const char* point;
    Setting setting = Setting::kRun;
};
constexpr std::array kPlaces = {Place{"accept.before"},
                                Place{"accept.after"},
                                Place{"effect.before"},
                                Place{"effect.after"},
                                Place{"advance.before"},
                                Place{"advance.after"},
                                Place{"finish.before"},
                                Place{"finish.after"},
                                Place{"undo.before", Setting::kUndo},
                                Place{"undo.after", Setting::kUndo},
                                Place{"park.after", Setting::kParked},
                                Place{"claim.after", Setting::kLeft},
                                Place{"load.after", Setting::kLeft},
                                Place{"sweep.between", Setting::kMany},
                                Place{"migrate.middle", Setting::kStore}};

struct Case {
    Place place;
    int nth;
    Way way;

    std::string name() const {
        return std::string(place.point) + ":" + std::to_string(nth) + " " + way.name;
    }
    milliseconds limit() const {
        return place.setting == Setting::kParked ? kLimit + kNap : kLimit;
    }
    /// Undos of runs that succeed are not asked for; a store is made in three migrations.
    bool is_passed() const {
        if (place.setting == Setting::kUndo) return std::string_view(way.end) == "reverted";
        return place.setting != Setting::kStore || nth <= 3;
    }
};

// One case in a folder of its own.
class Killed {
public:
    explicit Killed(const Case& one) : case_(one) {}

    struct Seen {
        bool killed;              // by the point
        milliseconds to_the_end;  // from the restart to the end of every run
    };

    Seen run() {
        const auto setting = case_.place.setting;
        const bool left = setting == Setting::kLeft || setting == Setting::kMany;
        if (left) leave();
        host_.arm(std::string(case_.place.point) + ":" + std::to_string(case_.nth) + ":kill");
        if (host_.try_serve() && !left) ask();
        const bool killed = host_.process().wait(case_.is_passed() ? seconds(60) : seconds(0));
        host_.kill9();
        EXPECT_EQ(host_.process().exit_code(), -SIGKILL) << host_.log();
        host_.arm("");

        const auto began = Clock::now();
        host_.serve();
        if (!left) ask();
        EXPECT_TRUE(host_.settle());
        const auto took = duration_cast<milliseconds>(Clock::now() - began);
        for (const auto& key : keys_) EXPECT_EQ(host_.oracle().state(key), case_.way.end);
        EXPECT_EQ(host_.check(), Lines{});
        EXPECT_EQ(host_.stop(), 0);
        return {killed, took};
    }

private:
    // Runs that an earlier host left open.
    void leave() {
        if (case_.place.setting == Setting::kMany) name_keys((case_.nth - 1) * kBatch + 50);
        host_.serve();
        start("nap", json{{"nap", "1h"}}, /*wait=*/false);
        EXPECT_TRUE(
            host_.until([&] { return host_.oracle().counts().waiting == std::ssize(keys_); }));
        host_.kill9();
        host_.leave_open();
    }

    // What its clients want; they ask again after the restart.
    void ask() {
        start(case_.place.setting == Setting::kParked ? "nap" : "two", json::object(),
              /*wait=*/true);
    }

    void start(const std::string& workflow, json input, bool wait) {
        input["b"] = {{"do", case_.way.b}};
        std::atomic<std::size_t> next{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < kClients; ++i) {
            clients.emplace_back([&] {
                for (std::size_t at = 0; (at = next++) < keys_.size();) {
                    host_.start(workflow, keys_[at], input, wait);
                }
            });
        }
        for (auto& client : clients) client.join();
    }

    void name_keys(int count) {
        keys_.clear();
        for (int i = 0; i < count; ++i) keys_.push_back("run-" + std::to_string(i));
    }

    const Case case_;
    LedgerHost host_;
    std::vector<std::string> keys_ = {"run-0", "run-1", "run-2"};
};

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (const auto& place : kPlaces) {
        for (const auto& way : kWays) {
            for (int nth = 1; nth <= (kSanitized ? 1 : 3); ++nth)
                cases.push_back({place, nth, way});
        }
    }
    return cases;
}

TEST(KillAtEveryPoint, every_run_comes_to_its_end_after_the_restart) {
    const auto cases = all_cases();
    std::atomic<std::size_t> next{0};
    std::atomic<int> passed{0};
    std::atomic<int> killed{0};
    std::mutex mutex;
    milliseconds longest{0};
    const auto work = [&] {
        for (std::size_t at = 0; (at = next++) < cases.size();) {
            const auto& one = cases[at];
            SCOPED_TRACE(one.name());
            const auto seen = Killed(one).run();
            EXPECT_EQ(seen.killed, one.is_passed());
            EXPECT_LT(seen.to_the_end.count(), one.limit().count());
            killed += seen.killed ? 1 : 0;
            passed += one.is_passed() ? 1 : 0;
            const std::lock_guard lock(mutex);
            longest = std::max(longest, seen.to_the_end);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < kHostsAtOnce; ++i) threads.emplace_back(work);
    for (auto& thread : threads) thread.join();
    std::cout << cases.size() << " cases, " << killed << " of " << passed
              << " that pass their point killed there, all over at most " << longest.count()
              << " ms after the restart\n";
}

}  // namespace
}  // namespace gantry::test::kill_points_test
