// Plugins that break their promises, under the real engine: what becomes of the run.
#include "flow/engine.hpp"
#include "support/asking.hpp"
#include "support/plugin_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::kPatience;

/// A run that stands still, with its steps by "id" and "id/compensate".
struct Ended {
    RunRow run;
    json error;
    std::map<std::string, StepRow> steps;

    json error_of(const std::string& step) const {
        return json::parse(steps.at(step).error.value_or("null"));
    }
    bool undone(const std::string& step) const {
        const auto it = steps.find(step + "/compensate");
        return it != steps.end() && it->second.status == StepStatus::kDone;
    }
};

class Rig : public test::PluginRig {
public:
    explicit Rig(EngineSettings settings = fast())
        : PluginRig(R"({"bad": {"plugin": "misbehave"}, "leaf": {"plugin": "probe-leaf"}})"),
          store(Store::open("memory:", "test")),
          engine({*store, steps, engine_threads, load_threads, jq, timers, log, metrics},
                 std::move(settings)) {
        start();
        // Each after a step that is fine, whose undo shows whether the run was taken back.
        for (const char* step : {"throws-exception", "throws-int", "returns-nothing", "not-json",
                                 "completes-twice", "huge-output", "fails"}) {
            add({{"name", step}, {"steps", {first(), {{"step", step}, {"with", "${ .input }"}}}}});
        }
    }
    ~Rig() {
        EXPECT_TRUE(engine.stop(kPatience));
        shut_down();
        jq_threads.stop();
        load_threads.stop();
        engine_threads.stop();
    }

    static json first() { return {{"step", "echo"}, {"with", "${ .input }"}}; }

    static EngineSettings fast() {
        EngineSettings settings;
        for (auto* policy : {&settings.retries.invoke, &settings.retries.compensate}) {
            policy->first = policy->cap = milliseconds(1);
        }
        settings.store_retry = milliseconds(1);
        settings.invoke_timeout = kPatience;
        return settings;
    }

    void add(const json& source) {
        std::vector<DefinitionProblem> problems_found;
        auto definition = parse_definition(source, problems_found);
        ASSERT_TRUE(definition && problems_found.empty()) << source;
        Plan plan{std::move(*definition), {}};
        for (const auto& step : plan.definition.steps) plan.steps.push_back(steps.find(step.what));
        engine.add(std::move(plan), nullptr);
    }

    Ended run(const std::string& workflow, const json& input = json::object()) {
        const auto answer = ask.start({workflow, input.dump(), {}, {}});
        if (answer.error) throw Error(*answer.error);
        return wait(answer.run_id);
    }

    Ended wait(const std::string& id) {
        ask.wait(*store, id);
        Ended out{*store->run(id), nullptr, {}};
        out.error = json::parse(out.run.error.value_or("null"));
        for (const auto& row : store->steps(id)) {
            out.steps[row.path + (row.side == Side::kCompensate ? "/compensate" : "")] = row;
        }
        return out;
    }

    std::unique_ptr<Store> store;
    Pool engine_threads{{2, /*may_block=*/false}};
    Pool load_threads{{2}};
    Pool jq_threads{{4}};
    FairPool jq{jq_threads};
    Engine engine;
    test::Asking ask{engine};
};

/// The run was taken back, and the step with it, because what it did is not known.
void expect_unknown_and_undone(const Ended& end, const std::string& step, const char* code,
                               const std::string& message, std::int64_t attempts) {
    EXPECT_EQ(end.run.status, RunStatus::kReverted);
    EXPECT_EQ(end.error.at("code"), code) << end.error;
    EXPECT_EQ(end.error.at("step"), step);
    EXPECT_NE(end.error.at("message").get<std::string>().find(message), std::string::npos)
        << end.error;
    EXPECT_EQ(end.steps.at(step).status, StepStatus::kUnknown);
    EXPECT_EQ(end.steps.at(step).attempt, attempts);
    EXPECT_EQ(end.error_of(step), end.error) << "kept with the step as well";
    EXPECT_TRUE(end.undone(step));
    EXPECT_TRUE(end.undone("echo"));
}

TEST(Misbehave, an_exception_keeps_its_words_and_its_step_is_undone) {
    Rig rig;
    expect_unknown_and_undone(rig.run("throws-exception"), "throws-exception", "INTERNAL",
                              "an exception without a class", 2);
}

TEST(Misbehave, something_thrown_that_is_no_exception_is_undone_too) {
    Rig rig;
    expect_unknown_and_undone(rig.run("throws-int"), "throws-int", "INTERNAL",
                              "the plugin threw 42 (", 2);
}

TEST(Misbehave, a_step_that_returns_without_an_answer_is_named_and_undone) {
    Rig rig;
    expect_unknown_and_undone(
        rig.run("returns-nothing"), "returns-nothing", "MISUSE",
        "step returns-nothing of plugin misbehave returned without completing its call", 2);
}

TEST(Misbehave, of_two_answers_the_first_one_counts) {
    Rig rig;
    const auto end = rig.run("completes-twice");
    EXPECT_EQ(end.run.status, RunStatus::kDone);
    EXPECT_EQ(end.steps.at("completes-twice").result, "1");
}

TEST(Misbehave, an_answer_that_is_no_json_is_a_misuse_and_undone) {
    Rig rig;
    expect_unknown_and_undone(rig.run("not-json"), "not-json", "MISUSE", "output: ", 2);
}

TEST(Misbehave, an_answer_of_two_mebibytes_is_too_large_and_undone_at_once) {
    Rig rig;
    expect_unknown_and_undone(rig.run("huge-output"), "huge-output", "TOO_LARGE", "1048576", 1);
}

TEST(Misbehave, a_slow_step_is_told_to_stop_its_late_answer_is_dropped_and_it_is_undone) {
    auto settings = Rig::fast();
    settings.invoke_timeout = milliseconds(50);
    Rig rig(settings);
    rig.add({{"name", "only-slow"}, {"steps", {{{"step", "slow"}}}}});
    const auto end = rig.run("only-slow");  // ends long before the 60 s that the step would take
    EXPECT_EQ(end.run.status, RunStatus::kReverted);
    EXPECT_EQ(end.error.at("code"), "DEADLINE") << end.error;
    EXPECT_NE(end.error.at("message").get<std::string>().find("within 50 ms"), std::string::npos);
    EXPECT_EQ(end.steps.at("slow").status, StepStatus::kUnknown);
    EXPECT_EQ(end.steps.at("slow").attempt, 1);
    EXPECT_TRUE(end.undone("slow"));
}

TEST(Misbehave, a_step_that_refuses_its_undo_fails_the_run_and_the_others_are_undone) {
    Rig rig;
    rig.add({{"name", "stuck"},
             {"steps",
              {Rig::first(),
               {{"step", "refuses-undo"}, {"with", 1}},
               {{"step", "echo"}, {"id", "between"}, {"with", 1}},
               {{"step", "fails"}, {"with", "${ .input }"}}}}});
    const auto end = rig.run("stuck", {{"code", GANTRY_E_REJECTED}, {"message", "no stock"}});
    EXPECT_EQ(end.run.status, RunStatus::kFailed);
    EXPECT_EQ(end.error.at("message"), "no stock") << "the cause, not the undo";
    EXPECT_EQ(end.error.at("step"), "fails");
    const auto& stuck = end.steps.at("refuses-undo/compensate");
    EXPECT_EQ(stuck.status, StepStatus::kFailed);
    EXPECT_EQ(stuck.attempt, 1);
    EXPECT_EQ(end.error_of("refuses-undo/compensate").at("message"),
              "this step refuses to be undone");
    EXPECT_TRUE(end.undone("between"));
    EXPECT_TRUE(end.undone("echo"));
}

/// The attempts of a step that always fails with this code.
std::int64_t attempts(Rig& rig, gantry_status code, std::uint32_t flags = GANTRY_EF_NOT_APPLIED) {
    const auto end = rig.run("fails", {{"code", code}, {"flags", flags}, {"message", "as told"}});
    EXPECT_EQ(end.run.status, RunStatus::kReverted);
    EXPECT_EQ(end.error.at("message"), "as told");
    EXPECT_EQ(end.steps.at("fails").status, StepStatus::kFailed);
    EXPECT_FALSE(end.steps.contains("fails/compensate")) << "nothing was applied";
    EXPECT_TRUE(end.undone("echo"));
    return end.steps.at("fails").attempt;
}

TEST(Misbehave, the_class_of_an_error_decides_how_often_a_step_is_asked) {
    Rig rig;
    EXPECT_EQ(attempts(rig, GANTRY_E_UNAVAILABLE), Rig::fast().retries.invoke.attempts);
    EXPECT_EQ(attempts(rig, GANTRY_E_REJECTED), 1);
    EXPECT_EQ(attempts(rig, GANTRY_E_INVALID_DATA), 1);
    EXPECT_EQ(attempts(rig, GANTRY_E_INTERNAL), 2);
    EXPECT_EQ(attempts(rig, GANTRY_ERROR(GANTRY_CLASS_RETRYABLE, 999)), 8) << "a newer number";
    EXPECT_EQ(attempts(rig, GANTRY_ERROR(17, 1)), 1) << "a class that this host does not know";
}

TEST(Misbehave, a_step_that_fails_twice_and_then_succeeds_is_done) {
    Rig rig;
    const auto end = rig.run("fails", {{"code", GANTRY_E_UNAVAILABLE}, {"until_attempt", 2}});
    EXPECT_EQ(end.run.status, RunStatus::kDone);
    EXPECT_EQ(end.steps.at("fails").result, R"({"attempt":3})");
    EXPECT_FALSE(end.steps.at("fails").error);
}

TEST(Misbehave, an_error_that_may_have_been_applied_is_undone) {
    Rig rig;
    const auto end =
        rig.run("fails", {{"code", GANTRY_E_REJECTED}, {"flags", GANTRY_EF_MAYBE_APPLIED}});
    EXPECT_EQ(end.run.status, RunStatus::kReverted);
    EXPECT_EQ(end.steps.at("fails").status, StepStatus::kUnknown);
    EXPECT_TRUE(end.undone("fails"));
}

TEST(Misbehave, a_wrong_configuration_pauses_the_run_and_uses_no_attempt) {
    Rig rig;
    const auto end = rig.run("fails", {{"code", GANTRY_E_AUTH}, {"message", "wrong password"}});
    EXPECT_EQ(end.run.status, RunStatus::kPaused);
    EXPECT_EQ(end.run.waits_for, "configuration: step fails: AUTH, wrong password");
    EXPECT_EQ(end.error_of("fails").at("message"), "wrong password");
    EXPECT_EQ(end.steps.at("fails").attempt, 1);
    EXPECT_FALSE(end.steps.contains("echo/compensate"));
    rig.ask.resume(end.run.id);
    const auto again = rig.wait(end.run.id);
    EXPECT_EQ(again.run.status, RunStatus::kPaused) << "it is still wrong";
    EXPECT_EQ(again.steps.at("fails").attempt, 1);
}

}  // namespace
}  // namespace gantry::host
