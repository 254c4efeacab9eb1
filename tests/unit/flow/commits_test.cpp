// What a saga costs: its commits, counted where they reach the file.
#include "flow/engine.hpp"
#include "store/writer.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/scripted_attempt.hpp"

#include <gtest/gtest.h>

#include <future>

namespace gantry::host {
namespace {

using std::chrono::seconds;

/// Steps that record undo data, unless their name is "plain".
class RecordingSteps : public Steps {
public:
    explicit RecordingSteps(Pool& plugins) : plugins_(plugins) {}

    StepTraits find(const StepReference& what) const override {
        auto traits = test::traits_of(what.step);
        traits.records_undo = what.step != "plain";
        return traits;
    }
    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override {
        return std::make_shared<test::ScriptedAttempt>(
            std::move(call), std::move(events),
            [this](const StepCall& c, const RecordUndo& r, auto e) { answer(c, r, e); }, plugins_);
    }

    std::string refuses;  // the step of that name

private:
    void answer(const StepCall& call, const RecordUndo& record,
                const test::ScriptedAttempt::Ended& ended) const {
        if (call.side == Side::kCompensate || call.name == "plain") return ended({"1", {}, {}});
        std::promise<std::optional<Error>> durable;
        record(R"({"before":1})", [&](std::optional<Error> e) { durable.set_value(std::move(e)); });
        if (const auto error = durable.get_future().get()) return ended({{}, {}, error});
        if (call.name != refuses) return ended({"1", {}, {}});
        ended({{}, {}, Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED)});
    }

    Pool& plugins_;
};

class CountingSink : public BatchSink {
public:
    CountingSink(BatchSink& inner, std::atomic<int>& commits) : inner_(inner), commits_(commits) {}
    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override {
        ++commits_;
        return inner_.commit(batch);
    }

private:
    BatchSink& inner_;
    std::atomic<int>& commits_;
};

class Commits : public testing::Test {
protected:
    ~Commits() override {
        EXPECT_TRUE(engine_.stop(seconds(10)));
        machinery_.stop();
    }

    RunStatus run(const std::string& first, const std::string& second,
                  std::optional<std::string> key = {}) {
        const json source = {
            {"name", first + "-" + second},
            {"steps", {{{"step", first}, {"id", "a"}}, {{"step", second}, {"id", "b"}}}}};
        std::vector<DefinitionProblem> problems;
        Plan plan{*parse_definition(source, problems), {}};
        for (const auto& step : plan.definition.steps) plan.steps.push_back(steps_.find(step.what));
        engine_.add(std::move(plan), nullptr);
        commits_ = 0;
        const auto id = ask_.start({first + "-" + second, "{}", std::move(key), {}}).run_id;
        ask_.wait(*store_, id);
        return store_->run(id)->status;
    }

    std::atomic<int> commits_{0};
    std::unique_ptr<Store> store_ = Store::open(
        "memory:", "test", nullptr,
        [this](BatchSink& inner) { return std::make_unique<CountingSink>(inner, commits_); });
    test::Machinery machinery_;
    RecordingSteps steps_{machinery_.plugins};
    Engine engine_{machinery_.parts(*store_, steps_), {}};
    test::Asking ask_{engine_};
};

TEST_F(Commits, two_steps_with_undo_data_cost_three) {
    EXPECT_EQ(run("record", "record"), RunStatus::kDone);
    EXPECT_EQ(commits_, 3) << "accepted + started a + undo data; a done + started b + undo data; b";
}

TEST_F(Commits, two_plain_steps_cost_three) {
    EXPECT_EQ(run("plain", "plain"), RunStatus::kDone);
    EXPECT_EQ(commits_, 3);
}

TEST_F(Commits, a_keyed_start_is_looked_up_before_its_first_step_begins) {
    EXPECT_EQ(run("record", "record", "key"), RunStatus::kDone);
    EXPECT_EQ(commits_, 4) << "accepted + started a; undo data of a; …";
}

TEST_F(Commits, a_refusal_after_the_undo_data_and_one_undo_cost_four) {
    steps_.refuses = "refuse";
    EXPECT_EQ(run("record", "refuse"), RunStatus::kReverted);
    EXPECT_EQ(commits_, 4) << "…; b failed + started undo of a; undone";
}

}  // namespace
}  // namespace gantry::host
