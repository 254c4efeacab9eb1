// More than the engine takes, all at once: equal starts, equal signals, and ten times the work that
// its steps can do. And a host that holds back after a crash loop, with a short memory.
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/process_memory.hpp"
#include "support/sanitizers.hpp"
#include "support/scripted_attempt.hpp"
#include "support/supervisor.hpp"
#include "support/until.hpp"

#include "flow/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <future>
#include <set>

namespace gantry::test::flood_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using host::Accepted;
using host::Engine;
using host::EngineSettings;
using host::RunRow;
using host::RunStatus;
using host::Store;

/// One module whose steps do what `script` says.
class OneModule : public host::Steps {
public:
    OneModule(ScriptedAttempt::Script script, host::Pool& plugins)
        : script_(std::move(script)), plugins_(plugins) {}

    host::StepTraits find(const host::StepReference& what) const override {
        return traits_of(what.step);
    }
    std::shared_ptr<host::StepAttempt> attempt(host::StepCall call,
                                               host::AttemptEvents events) override {
        return std::make_shared<ScriptedAttempt>(std::move(call), std::move(events), script_,
                                                 plugins_);
    }

private:
    const ScriptedAttempt::Script script_;
    host::Pool& plugins_;
};

/// An engine on the store's file; a second one is the next host.
struct Rig {
    Rig(const std::string& file, ScriptedAttempt::Script script, EngineSettings settings = {})
        : store(Store::open("sqlite:" + file, "test")),
          steps(std::move(script), machinery.plugins),
          engine(machinery.parts(*store, steps), std::move(settings)) {
        add(R"({"name":"one","steps":[{"step":"a"}]})");
        add(R"({"name":"waits","steps":[{"wait":"go","id":"g"},{"step":"a"},
                                        {"wait":"go","id":"h"},{"step":"a","id":"b"}]})");
    }
    ~Rig() {
        EXPECT_TRUE(!orderly || engine.stop(seconds(20)));
        machinery.stop();
        // What the store's writer still holds of the engine goes with its batch, before the next.
        for (int batch = 0; batch < 2 && !orderly; ++batch) store->put_note("over", "");
    }

    void add(const char* text) {
        std::vector<host::DefinitionProblem> problems;
        host::Plan plan{*host::parse_definition(json::parse(text), problems), {}};
        for (const auto& step : plan.definition.steps) plan.steps.push_back(steps.find(step.what));
        engine.add(std::move(plan), nullptr);
    }
    Accepted start(const std::string& workflow, std::optional<std::string> key = {}) {
        return ask.start({workflow, "{}", std::move(key), {}});
    }

    bool orderly = true;
    std::unique_ptr<Store> store;
    Machinery machinery;
    OneModule steps;
    Engine engine;
    Asking ask{engine};
};

void answer(const host::StepCall&, const host::RecordUndo&, ScriptedAttempt::Ended ended) {
    ended({"1", {}, {}});
}

TEST(Flood, of_more_steps_than_there_are_threads_all_record_their_undo_data) {
    constexpr int kRuns = 100;
    LedgerHost host;
    host.serve();
    in_parallel(kRuns, 50, [&](int i) {
        // Long enough that all threads are taken before the first one records.
        host.start("two", "run-" + std::to_string(i), {{"a", {{"record_ms", 1000}}}},
                   /*wait=*/false);
    });
    ASSERT_TRUE(host.settle(seconds(kSanitized ? 60 : 20)));
    for (int i = 0; i < kRuns; ++i) {
        EXPECT_EQ(host.oracle().state("run-" + std::to_string(i)), "done") << i;
    }
    EXPECT_EQ(host.check(), std::vector<std::string>{});
    EXPECT_EQ(host.stop(), 0) << host.log();
}

TEST(Flood, of_starts_with_one_key_is_one_run) {
    constexpr int kClients = 200;
    LedgerHost host;
    host.serve();
    std::mutex mutex;
    std::set<std::string> answers;
    in_parallel(kClients, kClients, [&](int) {
        const auto answer = host.start("two", "same", {{"b", {{"sleep_ms", 50}}}});
        EXPECT_EQ(answer.status, 200) << answer.body;
        const std::lock_guard lock(mutex);
        answers.insert(answer.body);
    });
    EXPECT_EQ(answers.size(), 1U);
    EXPECT_EQ(host.runs().size(), 1U);
    EXPECT_EQ(host.oracle().counts().calls, 2);
    EXPECT_EQ(host.check(), std::vector<std::string>{});
    EXPECT_EQ(host.stop(), 0) << host.log();
}

TEST(Flood, of_one_signal_is_consumed_once) {
    const TempDir dir;
    std::atomic<int> calls{0};
    Rig rig(dir / "gantry.db", [&](const auto& call, const auto& record, auto ended) {
        ++calls;
        answer(call, record, std::move(ended));
    });
    rig.engine.recover();
    const auto id = rig.start("waits").run_id;
    ASSERT_TRUE(until([&] { return rig.store->run(id)->status == RunStatus::kWaiting; }));
    std::atomic<int> first{0};
    in_parallel(200, 50, [&](int) {
        host::SignalRow signal;
        signal.id = "signal-1";
        signal.name = "go";
        signal.payload = "7";
        first += rig.ask.signal(id, signal) ? 1 : 0;
    });
    EXPECT_EQ(first, 1);
    ASSERT_TRUE(until([&] {
        if (calls == 0) return false;  // before the row, which is the first wait's until the call
        const auto run = rig.store->run(id);
        return run->status == RunStatus::kWaiting && !run->owner;
    })) << "the second wait wants a signal of its own";
    EXPECT_EQ(calls, 1);
    host::SignalRow other;
    other.id = "signal-2";
    other.name = "go";
    other.payload = "8";
    EXPECT_TRUE(rig.ask.signal(id, other));
    EXPECT_TRUE(until([&] { return rig.store->run(id)->status == RunStatus::kDone; }));
    EXPECT_EQ(calls, 2);
}

TEST(StartStorm, the_host_takes_up_runs_again_when_it_has_been_up_for_a_while) {
    const TempDir dir;
    const auto file = dir / "gantry.db";
    EngineSettings settings;
    settings.storm_starts = 3;
    settings.storm_within = seconds(5);  // three starts take less, on any machine
    for (int start = 1; start <= 3; ++start) {
        Rig rig(file, answer, settings);
        rig.orderly = start == 3;
        rig.engine.recover();
        EXPECT_EQ(rig.engine.calm_at().has_value(), start == 3) << start;
        if (start < 3) continue;
        const auto refused = rig.start("one");
        ASSERT_TRUE(refused.error);
        EXPECT_EQ(refused.error->code(), GANTRY_E_UNAVAILABLE);
        EXPECT_GT(refused.error->retry_after().count(), 0);
        ASSERT_TRUE(until([&] { return !rig.engine.calm_at(); }));
        EXPECT_FALSE(rig.start("one").error);
    }
}

// Steps that take 4 ms on 8 threads do 2,000 a second; ten times that is asked for.
TEST(Flood, of_ten_times_what_it_can_do_is_refused_and_what_was_accepted_is_not_late) {
    constexpr int kServers = 8;
    constexpr auto kService = milliseconds(4);
    constexpr std::size_t kMaxRuns = 400;
    constexpr auto kLasts = seconds(8);
    const TempDir dir;
    EngineSettings settings;
    settings.max_runs = kMaxRuns;

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<ScriptedAttempt::Ended> queue;
    bool closed = false;
    std::vector<std::thread> servers;
    for (int i = 0; i < kServers; ++i) {
        servers.emplace_back([&] {
            for (;;) {
                std::unique_lock lock(mutex);
                changed.wait(lock, [&] { return closed || !queue.empty(); });
                if (queue.empty()) return;
                const auto ended = std::move(queue.front());
                queue.pop_front();
                lock.unlock();
                std::this_thread::sleep_for(kService);
                ended({"1", {}, {}});
            }
        });
    }
    Rig rig(
        dir / "gantry.db",
        [&](const auto&, const auto&, auto ended) {
            const std::lock_guard lock(mutex);
            queue.push_back(std::move(ended));
            changed.notify_one();
        },
        settings);
    rig.engine.recover();

    std::mutex times_mutex;
    std::vector<double> took;
    std::atomic<std::size_t> accepted{0};
    std::atomic<std::size_t> refused{0};
    long warm = 0;
    const auto began = Clock::now();
    const auto offer = [&] {
        const auto asked = Clock::now();
        const auto stopped = [&, asked](const host::Stand&) {
            const std::chrono::duration<double> time = Clock::now() - asked;
            const std::lock_guard lock(times_mutex);
            took.push_back(time.count());
        };
        rig.engine.start({"one", "{}", {}, stopped}, [&](Accepted a) {
            if (a.error) {
                EXPECT_EQ(a.error->code(), GANTRY_E_RATE_LIMITED) << a.error->message();
                EXPECT_GT(a.error->retry_after().count(), 0);
                ++refused;
                return;
            }
            ++accepted;
        });
    };
    while (Clock::now() - began < kLasts) {
        for (int i = 0; i < 20; ++i) offer();  // in each millisecond
        std::this_thread::sleep_for(milliseconds(1));
        if (warm == 0 && Clock::now() - began > kLasts / 4) warm = memory_kib(getpid(), "VmRSS");
    }
    const long end = memory_kib(getpid(), "VmRSS");
    ASSERT_TRUE(until([&] {
        const std::lock_guard lock(times_mutex);
        return took.size() == accepted;
    })) << "it drains";
    std::sort(took.begin(), took.end());
    const double p99 = took[took.size() * 99 / 100];
    const double rate =
        static_cast<double>(accepted) / std::chrono::duration<double>(kLasts).count();
    std::cout << accepted << " accepted, " << refused << " refused, p99 " << p99 * 1000
              << " ms, RSS " << warm << " to " << end << " KiB\n";
    EXPECT_GT(refused, kSanitized ? 0 : accepted.load());  // a slow build offers less
    // Nobody waits for more than those who may be before him.
    if (!kSanitized) {
        EXPECT_LT(p99, 2 * static_cast<double>(kMaxRuns) / rate + 0.1);
    }
    EXPECT_TRUE(kSanitized || end < warm * 11 / 10);
    EXPECT_EQ(rig.store->count({}),
              std::min<std::int64_t>(static_cast<std::int64_t>(accepted), Store::kCountAtMost));
    {
        const std::lock_guard lock(mutex);
        closed = true;
    }
    changed.notify_all();
    for (auto& server : servers) server.join();
}

}  // namespace
}  // namespace gantry::test::flood_test
