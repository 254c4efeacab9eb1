// Hours of random kills, stops, hangs and clocks that are set, over random runs; in between one
// host is left alone for long enough to see whether it grows. GANTRY_SOAK_SECONDS says how long.
#include "support/process_memory.hpp"
#include "support/sanitizers.hpp"
#include "support/seed.hpp"
#include "support/set_clock.hpp"
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace gantry::test {
namespace {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using Lines = std::vector<std::string>;

// A cycle is a storm and, for half as long, a host that is left alone.
constexpr auto kLongestCycle = seconds(1200);
constexpr double kMayGrow = 1.05;
// Until a process has done so many runs its SQLite page caches still fill, by a few MiB in all.
constexpr int kWarmRuns = 4000;
constexpr long kCachesKib = 8 * 1024;
// A connection of a client, or a store's reader of a thread that had not read yet.
constexpr std::size_t kReaders = 8;

class Soak {
public:
    explicit Soak(unsigned seed) : random_(seed) {
        for (const std::string name : {"hasty", "doze"}) {
            json b = ledger_step("b", "write", "a");
            b["invoke"] = {{"timeout", "1s"}, {"first_delay", "20ms"}};
            b["compensate"] = {{"first_delay", "20ms"}, {"max_delay", "1s"}};
            json steps = {ledger_step("a", "write-undo")};
            if (name == "doze") steps.push_back({{"id", "nap"}, {"sleep", "20m"}});
            steps.push_back(b);
            add_workflow(host_, name, steps);
        }
        host_.serve();
    }

    /// Trouble until `end`; then everything is right.
    void storm(Clock::time_point end) {
        while (Clock::now() < end) {
            for (int i = draw(random_, 1, 40); i > 0; --i) start();
            switch (draw(random_, 0, 9)) {
                case 0:
                    stop();
                    break;
                case 1:
                    ahead_ += draw(random_, 0, 1) == 0 ? seconds(hours(1)) : seconds(hours(24));
                    clock_.set(ahead_);
                    break;
                case 2:
                    ahead_ -= hours(1);
                    clock_.set(ahead_);
                    break;
                case 3:
                    settle();
                    break;
                default:
                    host_.process().wait(milliseconds(draw(random_, 10, 500)));
                    kill();
            }
            if (testing::Test::HasFailure()) return;
        }
        settle();
    }

    /// One process under steady work until `end`: it does not grow.
    void calm(Clock::time_point end) {
        stop();
        const auto began = Clock::now();
        const auto warm = began + (end - began) / 2;
        const int before = started_;
        int first_runs = 0;
        long first_kib = 0;
        std::size_t first_files = 0;
        for (bool over = false; !over;) {
            over = Clock::now() >= end;
            for (int i = 0; i < 200; ++i) start(/*waits=*/false);
            settle();
            if (testing::Test::HasFailure()) return;
            if (first_kib == 0 && Clock::now() >= warm) {
                first_runs = started_ - before;
                first_kib = memory_kib(host_.process().pid(), "VmRSS");
                first_files = open_files();
            }
        }
        const long last_kib = memory_kib(host_.process().pid(), "VmRSS");
        std::cout << "one host left alone for "
                  << duration_cast<seconds>(Clock::now() - began).count() << " s: RSS " << first_kib
                  << " to " << last_kib << " KiB, files " << first_files << " to " << open_files()
                  << std::endl;
        EXPECT_LE(open_files(), first_files + kReaders);
        const auto grown = static_cast<double>(last_kib) / static_cast<double>(first_kib);
        EXPECT_TRUE(first_runs < kWarmRuns ? last_kib - first_kib < kCachesKib : grown < kMayGrow)
            << first_kib << " to " << last_kib << " KiB after " << first_runs << " runs";
    }

    void say() {
        const auto counts = host_.oracle().counts();
        std::cout << counts.runs << " runs, " << counts.calls << " calls, " << counts.undone
                  << " undone; " << kills_ << " kills" << std::endl;
    }
    int kills() const { return kills_; }

private:
    /// One of "doze", if it `waits`, needs the clock to be set.
    void start(bool waits = true) {
        static const std::vector<std::string> kWorkflows = {"one",  "two",   "three", "once",
                                                            "look", "hasty", "doze"};
        static const std::vector<std::string> kWords = {"refuse", "unknown", "throw", "retry:1"};
        const auto& workflow =
            kWorkflows[draw(random_, std::size_t{0}, kWorkflows.size() - (waits ? 1 : 2))];
        json scripts = json::object();
        if (draw(random_, 0, 2) == 0) {
            const std::string id(1, static_cast<char>('a' + draw(random_, 0, 2)));
            scripts[id]["do"] = kWords[draw(random_, std::size_t{0}, kWords.size() - 1)];
        }
        if (draw(random_, 0, 9) == 0) scripts["a"]["undo"] = "retry:1";
        scripts["a"]["sleep_ms"] = draw(random_, 0, 20);
        // One in a hundred "hasty" and "doze" is late, yet returns before it is given up.
        scripts["b"]["sleep_ms"] = draw(random_, 0, 99) == 0 ? 1500 : draw(random_, 0, 20);
        const auto answer =
            host_.start(workflow, "run-" + std::to_string(++started_), scripts, false);
        // Over already, accepted, or known to be refused: never anything else.
        EXPECT_TRUE(answer.status == 200 || answer.status == 202 || answer.status >= 400)
            << answer.status << " " << answer.body << host_.log();
    }

    void serve() {
        // As a supervisor that waits a minute between two crashes.
        SQLite::Database store((host_.dir() / "data/gantry.db").string(), SQLite::OPEN_READWRITE,
                               10'000);
        store.exec("DELETE FROM meta WHERE key = 'starts'");
        host_.serve();
    }
    void kill() {
        host_.kill9();
        ++kills_;
        serve();
    }
    void stop() {
        EXPECT_EQ(host_.stop(), 0) << host_.log();
        serve();
    }

    // Whatever still waits for its time is due; whom three kills in a row met goes on.
    void settle() {
        const auto end = Clock::now() + seconds(120);
        while (true) {
            do {  // one that begins its nap after the clock was set sleeps until it is set again
                ASSERT_LT(Clock::now(), end) << host_.oracle().open_rows() << host_.log();
                highest_ = ahead_ = std::max(ahead_, highest_) + hours(2);
                clock_.set(ahead_);
            } while (!host_.settle(seconds(10)));
            const auto paused = host_.get("/admin/workflows-executions?limit=1000&state=paused")
                                    .parsed()
                                    .at("workflow_executions");
            if (paused.empty()) break;
            ASSERT_LT(Clock::now(), end) << paused.dump(2);
            for (const auto& run : paused) {
                const auto target = "/admin/workflows-executions/" +
                                    run.at("workflow_id").get<std::string>() + "/" +
                                    run.at("run_id").get<std::string>() + "/resume";
                host_.send({"POST", target, "{}"});
            }
        }
        EXPECT_EQ(host_.check(), Lines{});
    }

    std::size_t open_files() const {
        const std::filesystem::directory_iterator all(
            "/proc/" + std::to_string(host_.process().pid()) + "/fd");
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    std::mt19937 random_;
    SetClock clock_;
    mutable LedgerHost host_{ledger_config_with({"hasty", "doze"})};
    seconds ahead_{0};
    seconds highest_{0};
    int started_ = 0;
    int kills_ = 0;
};

TEST(Soak, keeps_every_promise_and_does_not_grow) {
    if (kSanitized) GTEST_SKIP() << "a sanitizer wants to be the first library";
    ASSERT_TRUE(SetClock::is_there()) << "install Debian's package faketime";
    const char* given = std::getenv("GANTRY_SOAK_SECONDS");  // NOLINT: no other thread runs yet
    const seconds length(given == nullptr ? 20 : std::stol(given));
    const auto end = Clock::now() + length;
    Soak soak(seed());
    while (Clock::now() < end && !HasFailure()) {
        const auto cycle = std::min<Clock::duration>(end - Clock::now(), kLongestCycle);
        const auto began = Clock::now();
        soak.storm(began + cycle * 2 / 3);
        if (!HasFailure()) soak.calm(began + cycle);
        soak.say();
        if (end - Clock::now() < seconds(5)) break;
    }
    EXPECT_GT(soak.kills(), 0);
}

}  // namespace
}  // namespace gantry::test
