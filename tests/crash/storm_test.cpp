// Two hundred runs under way at all times, verbs on any of them, late and failing steps, kills,
// orderly stops and clocks that are set, all at once; then everything is right, and no run is left
// that nobody accounts for. GANTRY_SOAK_SECONDS says how long.
#include "support/sanitizers.hpp"
#include "support/seed.hpp"
#include "support/set_clock.hpp"
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <shared_mutex>

namespace gantry::test::storm_test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;
using Lines = std::vector<std::string>;

constexpr int kClients = 16;
constexpr int kUnderWay = 200;

// The clock is set months ahead in all, and what is over is looked at in the end.
json keeping_all(json config) {
    config["retention"] = {{"done", "never"}, {"reverted", "never"}, {"failed", "never"}};
    return config;
}

class Storm {
public:
    Storm(unsigned seed, bool sets_clock) : seed_(seed), random_(seed) {
        if (sets_clock) clock_.emplace();
        json b = ledger_step("b", "write", "a");
        b["invoke"] = {{"timeout", "1s"}, {"first_delay", "20ms"}};
        b["compensate"] = {{"first_delay", "20ms"}, {"max_delay", "1s"}};
        add_workflow(host_, "hasty", {ledger_step("a", "write-undo"), b});
        host_.serve();
    }

    void rage(Clock::time_point end) {
        std::vector<std::thread> clients;
        for (int i = 0; i < kClients; ++i) {
            clients.emplace_back(
                [this, i, end] { client(seed_ + 1 + static_cast<unsigned>(i), end); });
        }
        while (Clock::now() < end && !testing::Test::HasFailure()) trouble();
        for (auto& client : clients) client.join();
    }

    void settle() {
        const auto end = Clock::now() + seconds(180);
        for (;;) {
            if (clock_) clock_->set(ahead_ += hours(2));
            const bool quiet = host_.settle(seconds(20));
            if (quiet && host_.resume_paused() == 0) break;
            ASSERT_LT(Clock::now(), end) << host_.oracle().open_rows() << host_.log();
        }
        EXPECT_EQ(host_.check(), Lines{});
        EXPECT_EQ(host_.stop(), 0) << host_.log();
        EXPECT_EQ(host_.check(), Lines{});
    }

    void say() {
        const auto counts = host_.oracle().counts();
        std::cout << counts.runs << " runs, " << counts.calls << " calls, " << counts.undone
                  << " undone; " << kills_ << " kills, " << stops_ << " stops, " << verbs_
                  << " verbs of which " << taken_ << " were taken" << std::endl;
        EXPECT_GT(counts.runs, 0);
        EXPECT_GT(taken_, 0);
    }

private:
    void trouble() {
        host_.process().wait(milliseconds(draw(random_, 100, kSanitized ? 6000 : 2500)));
        switch (draw(random_, 0, 5)) {
            case 0:
                EXPECT_EQ(host_.stop(), 0) << host_.log();
                ++stops_;
                return serve();
            case 1:
                if (clock_) clock_->set(ahead_ += hours(draw(random_, -1, 24)));
                return;
            case 2:
                return;  // left alone for a while
            default:
                host_.kill9();
                ++kills_;
                serve();
        }
    }

    // As a supervisor that waits a minute between two crashes; nobody asks meanwhile.
    void serve() {
        const std::lock_guard first(turnstile_);
        const std::unique_lock alone(serving_);
        if (host_.process().exit_code().value_or(0) == 75) ++stops_;
        host_.serve();
    }

    void client(unsigned seed, Clock::time_point end) {
        std::mt19937 random(seed);
        while (Clock::now() < end && !testing::Test::HasFailure()) {
            { const std::lock_guard behind(turnstile_); }  // whoever starts the host goes first
            const std::shared_lock asking(serving_);
            if (under_way() < kUnderWay) {
                for (int i = draw(random, 1, 20); i > 0; --i) start(random);
            }
            for (int i = draw(random, 1, 10); i > 0; --i) verb(random);
        }
    }

    void start(std::mt19937& random) {
        static const Lines kWorkflows = {"one", "two", "three", "once", "look", "hasty", "nap"};
        static const Lines kWords = {"refuse", "unknown", "throw", "retry:1", "ok", "ok"};
        json scripts = json::object();
        const std::string id(1, static_cast<char>('a' + draw(random, 0, 2)));
        scripts[id]["do"] = kWords[draw(random, std::size_t{0}, kWords.size() - 1)];
        if (draw(random, 0, 9) == 0) scripts["a"]["undo"] = "retry:1";
        scripts["a"]["sleep_ms"] = draw(random, 0, 50);
        // One in fifty is late, yet returns before it is given up.
        scripts["b"]["sleep_ms"] = draw(random, 0, 49) == 0 ? 1500 : draw(random, 0, 20);
        const auto key = "run-" + std::to_string(++started_);
        const auto& workflow = kWorkflows[draw(random, std::size_t{0}, kWorkflows.size() - 1)];
        const auto answer = host_.start(workflow, key, scripts, false);
        // 0: the host was killed. Else accepted, known to be refused, or over already: a step that
        // throws is a 500, too.
        const bool is_over = answer.body.find("\"state\"") != std::string::npos;
        EXPECT_TRUE(is_over || (answer.status != 500 && answer.status != 504))
            << answer.status << answer.body;
    }

    int under_way() {
        const auto answer = host_.get(
            "/admin/workflows-executions?limit=1&state=invoking,waiting,"
            "compensating");
        return answer.status == 200 ? answer.parsed().at("count").get<int>() : kUnderWay;
    }

    // Of those that an oracle of effects can judge.
    void verb(std::mt19937& random) {
        static const Lines kVerbs = {"cancel", "pause", "resume", "resume", "retry"};
        const auto last = started_.load();
        if (last == 0) return;
        const auto key =
            "run-" + std::to_string(draw(random, std::max(1, last - 2 * kUnderWay), last));
        const auto list = host_.get("/admin/workflows-executions?transaction_id=" + key);
        if (list.status != 200) return;
        const auto found = list.parsed().at("workflow_executions");
        if (found.empty()) return;
        const auto& run = found.front();
        const auto answer =
            host_.send({"POST",
                        "/admin/workflows-executions/" + run.at("workflow_id").get<std::string>() +
                            "/" + run.at("run_id").get<std::string>() + "/" +
                            kVerbs[draw(random, std::size_t{0}, kVerbs.size() - 1)],
                        "{}"});
        ++verbs_;
        if (answer.status == 200) ++taken_;
        EXPECT_TRUE(answer.status == 0 || answer.status == 200 || answer.status == 400 ||
                    answer.status == 503)
            << answer.status << " " << answer.body;
    }

    const unsigned seed_;
    std::mt19937 random_;  // of the trouble
    std::optional<SetClock> clock_;
    LedgerHost host_{keeping_all(ledger_config_with({"hasty"}))};
    std::mutex turnstile_;
    std::shared_mutex serving_;  // shared by those who ask, alone while a host is started
    seconds ahead_{0};
    std::atomic<int> started_{0};
    std::atomic<int> verbs_{0};
    std::atomic<int> taken_{0};
    int kills_ = 0;
    int stops_ = 0;
};

TEST(Storm, leaves_no_run_that_nobody_accounts_for_and_no_effect_that_is_wrong) {
    // A sanitizer wants to be the first library, so no clock is set under it.
    const bool sets_clock = !kSanitized && SetClock::is_there();
    const char* given = std::getenv("GANTRY_SOAK_SECONDS");  // NOLINT: no other thread runs yet
    const seconds length(given == nullptr ? (kSanitized ? 60 : 20) : std::stol(given));
    Storm storm(seed(), sets_clock);
    storm.rage(Clock::now() + length);
    storm.settle();
    storm.say();
}

}  // namespace
}  // namespace gantry::test::storm_test
