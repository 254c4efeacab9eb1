// A run stands at a fault point, and is cancelled or paused there: it ends with everything undone,
// or stands still until it is resumed and then ends as if nothing had been.
#include "base/fault.hpp"
#include "flow/engine.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/scripted_attempt.hpp"

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <set>
#include <thread>

namespace gantry::host::stop_anywhere_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kHang{400};
// So soon after its start a run stands at the point for long enough to be asked there.
constexpr milliseconds kEarly{50};
constexpr auto kStandsWithin = seconds(10);
constexpr auto kPatience = seconds(20);

// Steps that do at once what the workflow says; "refuses" refuses. Every effect is written down.
class Outside : public Steps {
public:
    explicit Outside(Pool& plugins) : plugins_(plugins) {}

    StepTraits find(const StepReference& what) const override { return test::traits_of(what.step); }
    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override {
        return std::make_shared<test::ScriptedAttempt>(
            std::move(call), std::move(events),
            [this](const StepCall& of, const RecordUndo&, const auto& done) { done(answer(of)); },
            plugins_);
    }

    struct Run {
        std::size_t calls = 0;
        std::set<std::string> standing;  // steps whose effect stands
    };
    Run of(const std::string& run_id) const {
        const std::lock_guard lock(mutex_);
        const auto it = runs_.find(run_id);
        return it == runs_.end() ? Run{} : it->second;
    }

private:
    StepEnd answer(const StepCall& call) {
        const std::lock_guard lock(mutex_);
        auto& run = runs_[call.run_id];
        ++run.calls;
        if (call.side == Side::kCompensate) {
            run.standing.erase(call.name);
        } else if (call.name == "refuses") {
            return {{}, {}, Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED)};
        } else {
            run.standing.insert(call.name);
        }
        return {"null", {}, {}};
    }

    Pool& plugins_;
    mutable std::mutex mutex_;
    std::map<std::string, Run> runs_;
};

struct Case {
    const char* point;
    bool reverts;  // its last step refuses

    std::string_view at() const { return point; }
    bool is_undo() const { return at().starts_with("undo."); }
    bool is_finish() const { return at().starts_with("finish."); }
    bool is_parked() const {
        return at() == "park.after" || at() == "claim.after" || at() == "load.after";
    }
    /// A run that reverts or is over is not cancelled, and one that is over not paused.
    bool can_be_cancelled() const { return !is_undo() && !is_finish(); }
    bool can_be_paused() const { return !is_finish(); }
    /// Not where nobody can name the run yet, nor where it stands with its lock held or is being
    /// claimed: whoever comes first, comes first.
    bool is_certain() const {
        return at() != "accept.before" && at() != "advance.before" && at() != "claim.after";
    }
    RunStatus end() const { return reverts ? RunStatus::kReverted : RunStatus::kDone; }
    std::set<std::string> effects() const {
        return reverts ? std::set<std::string>{} : std::set<std::string>{"a", "b", "c"};
    }
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
    return out << one.point << (one.reverts ? ", reverts" : "");
}

// Sweeping and migrating come before there is a run under way.
std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (const char* point : {"accept.before", "accept.after", "effect.before", "effect.after",
                              "advance.before", "advance.after", "finish.before", "finish.after",
                              "park.after", "claim.after", "load.after"}) {
        cases.push_back({point, false});
        cases.push_back({point, true});
    }
    cases.push_back({"undo.before", true});
    cases.push_back({"undo.after", true});
    return cases;
}

class StoppedAt : public testing::TestWithParam<Case> {
protected:
    StoppedAt() {
        const std::string last = GetParam().reverts ? "refuses" : "c";
        json steps = {{{"step", "a"}}, {{"step", "b"}}, {{"step", last}}};
        if (GetParam().is_parked())
            steps.insert(steps.begin() + 1, json{{"id", "nap"}, {"sleep", "2100ms"}});
        add("job", steps);
        add("other", {{{"step", "a"}}});
        engine_.recover();
        fault::arm(std::string(GetParam().point) + ":1:hang:" + std::to_string(kHang.count()));
    }
    ~StoppedAt() override {
        EXPECT_TRUE(engine_.stop(kPatience));
        machinery_.stop();
        fault::arm("");
    }

    void add(const char* name, const json& steps) {
        std::vector<DefinitionProblem> problems;
        Plan plan{parse_definition({{"name", name}, {"steps", steps}}, problems).value(), {}};
        for (const auto& step : plan.definition.steps) {
            plan.steps.push_back(outside_.find(step.what));
        }
        engine_.add(std::move(plan), nullptr);
    }

    template <typename Is>
    void until(Is is) {
        const auto deadline = Clock::now() + kPatience;
        while (!is() && Clock::now() < deadline) std::this_thread::yield();
        ASSERT_TRUE(is());
    }

    // Starts a run and comes back while it stands at the point.
    void stand_at_the_point() {
        began_ = Clock::now();
        start_ = std::async(std::launch::async, [this] {
            EXPECT_FALSE(ask_.start({"job", "{}", "key", {}}).error);
        });
        until([] { return fault::passes(point()) > 0; });
        // Before it is accepted nobody can name it.
        until([this] {
            const auto run = store_->run_named("job", "key");
            if (run) id_ = run->id;
            return run.has_value();
        });
    }

    // It surely stands there still.
    bool is_in_time() const { return GetParam().is_certain() && Clock::now() - began_ < kEarly; }

    static fault::Point point() {
        fault::Point at("accept.before");
        const auto& names = fault::kPoints;
        while (names.at(at.index) != GetParam().at()) at.index = (at.index + 1) % names.size();
        return at;
    }

    /// Whether the run took it.
    template <typename Ask>
    bool ask(Ask what) {
        try {
            what();
            return true;
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_REJECTED) << e.message();
            return false;
        }
    }

    // Until it is over or paused.
    RunRow stopped() {
        EXPECT_NO_THROW(ask_.wait(*store_, id_, kPatience));
        return store_->run(id_).value();
    }

    // When what stood at the point has gone on, and nothing more comes.
    RunRow after_the_point() {
        EXPECT_TRUE(engine_.stop(kPatience));
        return store_->run(id_).value();
    }

    // Through every part that what is to stand still would go through.
    void let_another_run_pass() {
        const auto other = ask_.start({"other", "{}", {}, {}}).run_id;
        until([&] { return store_->run(other)->status == RunStatus::kDone; });
    }

    void ends_as_if_nothing_had_been() {
        EXPECT_EQ(stopped().status, GetParam().end());
        EXPECT_EQ(outside_.of(id_).standing, GetParam().effects());
    }

    const std::unique_ptr<Store> store_ = Store::open("memory:", "test");
    test::Machinery machinery_;
    Outside outside_{machinery_.plugins};
    Engine engine_{machinery_.parts(*store_, outside_), EngineSettings{}};
    test::Asking ask_{engine_};
    std::future<void> start_;
    std::string id_;
    Clock::time_point began_;
};

TEST_P(StoppedAt, a_cancelled_run_ends_with_everything_undone) {
    stand_at_the_point();
    const bool in_time = is_in_time();
    const bool taken = ask([this] { ask_.cancel(id_); });
    if (in_time) {
        EXPECT_EQ(taken, GetParam().can_be_cancelled());
    }
    if (!taken) return ends_as_if_nothing_had_been();
    stopped();
    const auto run = after_the_point();
    EXPECT_EQ(run.status, RunStatus::kReverted);
    EXPECT_EQ(json::parse(run.error.value()).at("code"), "CANCELLED");
    EXPECT_EQ(outside_.of(id_).standing, std::set<std::string>{});
}

TEST_P(StoppedAt, a_paused_run_stands_still_and_goes_on_when_it_is_resumed) {
    stand_at_the_point();
    const auto asked = Clock::now();
    const bool in_time = is_in_time();
    const bool taken = ask([this] { ask_.pause(id_); });
    if (in_time) {
        EXPECT_EQ(taken, GetParam().can_be_paused());
    }
    if (!taken) return ends_as_if_nothing_had_been();
    const auto status = stopped().status;
    // Its last call was under way, and nothing was left to be kept from.
    if (!in_time && status == GetParam().end()) return ends_as_if_nothing_had_been();
    ASSERT_EQ(status, RunStatus::kPaused);
    EXPECT_LT(Clock::now() - asked, kStandsWithin);
    const auto calls = outside_.of(id_).calls;
    EXPECT_FALSE(store_->run(id_)->owner);
    let_another_run_pass();
    EXPECT_EQ(outside_.of(id_).calls, calls);
    ask_.resume(id_);
    ends_as_if_nothing_had_been();
}

TEST_P(StoppedAt, a_paused_run_stays_paused_whatever_stood_at_the_point_does) {
    stand_at_the_point();
    const bool taken = ask([this] { ask_.pause(id_); });
    const auto status = stopped().status;
    EXPECT_EQ(after_the_point().status, status);
    for (const auto& event : store_->events(id_)) EXPECT_NE(event.kind, "resumed");
    EXPECT_EQ(status == RunStatus::kPaused, taken && !is_over(status));
}

INSTANTIATE_TEST_SUITE_P(Anywhere, StoppedAt, testing::ValuesIn(all_cases()), [](const auto& one) {
    std::string name = one.param.point;
    for (auto& c : name) c = c == '.' ? '_' : c;
    return name + (one.param.reverts ? "_reverting" : "");
});

}  // namespace
}  // namespace gantry::host::stop_anywhere_test
