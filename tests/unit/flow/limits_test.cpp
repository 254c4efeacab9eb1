// What a run, its definition and its values may have at the most: each limit tried as it is and one
// beyond. Longer than most: one test for each.
#include "contract/store_suite.hpp"
#include "flow/expressions.hpp"
#include "flow/retention.hpp"
#include "flow/search.hpp"
#include "flow_rig.hpp"
#include "saga_world.hpp"
#include "support/until.hpp"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace gantry::host {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

/// A JSON text of so many bytes, with its quotes.
std::string json_text_of(std::size_t bytes) { return '"' + std::string(bytes - 2, 'x') + '"'; }

json zeros(std::size_t count) { return std::vector<int>(count, 0); }

/// A list whose items end at once.
json list_of(const std::string& id) {
    return {{"id", id},
            {"for_each", "${ .input." + id + " }"},
            {"limit", 1000},
            {"do", {{{"id", "if-" + id}, {"when", false}, {"then", json::array()}}}},
            {"result", "${ .index }"}};
}

/// How a run ends that makes no call: "", or its error.
std::string error_of_run(const json& source, const json& input) {
    Held run(plan_of(source), input.dump());
    run.take(run->begin(1));
    return run.run().error.value_or("");
}

std::string problem_of(const json& source) {
    std::vector<DefinitionProblem> problems;
    parse_definition(source, problems);
    return problems.empty() ? "" : problems.front().message;
}

json flow_of(const json& steps) {
    return {{"name", "w"}, {"steps", steps.is_array() ? steps : json::array({steps})}};
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Limits, a_run_has_twenty_thousand_steps_with_those_of_its_lists) {
    const auto source = flow_of({list_of("a"), list_of("b")});
    EXPECT_EQ(error_of_run(source, {{"a", zeros(9'999)}, {"b", zeros(9'999)}}), "");
    const auto error = error_of_run(source, {{"a", zeros(9'999)}, {"b", zeros(10'000)}});
    EXPECT_TRUE(says(error, "the run has more than 20000 steps")) << error;
}

TEST(Limits, a_list_has_ten_thousand_items) {
    const auto source = flow_of({list_of("a")});
    EXPECT_EQ(error_of_run(source, {{"a", zeros(10'000)}}), "");
    const auto error = error_of_run(source, {{"a", zeros(10'001)}});
    EXPECT_TRUE(says(error, "the list has 10001 items, at most 10000")) << error;
}

TEST(Limits, a_definition_has_twenty_thousand_steps_with_those_within_others) {
    json inner = json::array();
    for (int i = 0; i < 19'999; ++i) inner.push_back({{"step", "s" + std::to_string(i)}});
    json source = flow_of({{{"id", "if"}, {"when", true}, {"then", inner}}});
    EXPECT_EQ(problem_of(source), "");
    inner.push_back({{"step", "last"}});
    source["steps"][0]["then"] = inner;
    EXPECT_EQ(problem_of(source), "more than 20000 steps in all");
}

TEST(Limits, a_list_has_a_thousand_items_under_way) {
    auto list = list_of("a");
    EXPECT_EQ(problem_of(flow_of({list})), "");
    list["limit"] = 1001;
    EXPECT_TRUE(says(problem_of(flow_of({list})), "how many at once, 1 to 1000"));
}

TEST(Limits, an_id_has_64_characters_and_a_path_80) {
    const auto named = [](std::size_t length) {
        return json{{"step", "s"}, {"id", std::string(length, 'i')}};
    };
    EXPECT_EQ(problem_of(flow_of({named(64)})), "");
    EXPECT_TRUE(says(problem_of(flow_of({named(65)})), "1 to 64 letters"));
    const auto within = [&](std::size_t length) {
        return flow_of(
            {{{"id", std::string(length, 'o')}, {"for_each", "${ .input }"}, {"do", {named(64)}}}});
    };
    EXPECT_EQ(problem_of(within(8)), "") << "[12345]/ counts as well";
    EXPECT_TRUE(says(problem_of(within(9)), "81 characters, at most 80")) << problem_of(within(9));
}

TEST(Limits, a_value_that_an_expression_makes_has_a_mebibyte) {
    const auto source = flow_of({{{"step", "a"}, {"with", {{"x", "${ .input }"}}}}});
    const auto calls = [&](std::size_t bytes) {  // of the step's input
        Held run(plan_of(source), json_text_of(bytes - 6));
        return run.take(run->begin(1)).calls.size();
    };
    EXPECT_EQ(calls(kMebibyte), 1U);
    EXPECT_EQ(calls(kMebibyte + 1), 0U);
}

TEST(Limits, a_result_has_a_mebibyte) {
    auto source = flow_of({{{"step", "a"}}});
    source["result"] = {{"x", "${ .steps.a }"}};
    const auto state = [&](std::size_t bytes) {
        Held run(plan_of(source));
        run.take(run->begin(1));
        run.ended(0, {json_text_of(bytes - 6), {}, {}}, 2);
        return run.run().status;
    };
    EXPECT_EQ(state(kMebibyte), RunStatus::kDone);
    EXPECT_EQ(state(kMebibyte + 1), RunStatus::kCompensating);
}

TEST(Limits, the_output_of_a_list_has_a_mebibyte) {
    const auto source =
        flow_of({{{"id", "all"}, {"for_each", "${ .input }"}, {"do", {{{"step", "a"}}}}}});
    const auto state = [&](std::size_t bytes) {
        Held run(plan_of(source), "[1]");
        run.take(run->begin(1));
        run.ended(1, {json_text_of(bytes - 2), {}, {}}, 2);
        return run.run().status;
    };
    EXPECT_EQ(state(kMebibyte), RunStatus::kDone);
    EXPECT_EQ(state(kMebibyte + 1), RunStatus::kCompensating);
}

TEST(Limits, an_input_has_a_mebibyte_and_a_key_128_characters) {
    FlowRig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); });
    rig.add(flow_of({{{"step", "a"}}}));
    const auto start = [&](const std::string& input, const std::string& key) {
        const auto answer = rig.ask.start({"w", input, key, {}});
        if (!answer.error) rig.wait(answer.run_id);
        return answer.error ? answer.error->code() : GANTRY_OK;
    };
    EXPECT_EQ(start(json_text_of(kMebibyte), "large"), GANTRY_OK);
    EXPECT_EQ(start(json_text_of(kMebibyte + 1), "larger"), GANTRY_E_TOO_LARGE);
    EXPECT_EQ(start("1", std::string(128, 'k')), GANTRY_OK);
    EXPECT_EQ(start("1", std::string(129, 'k')), GANTRY_E_INVALID_DATA);
}

TEST(Limits, an_attempt_has_30_seconds_and_one_of_an_undo_60) {
    std::mutex mutex;
    std::vector<std::chrono::milliseconds> times;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        {
            const std::lock_guard lock(mutex);
            times.push_back(call.timeout);
        }
        ended(call.name == "b" ? refusal() : fine());
    });
    rig.add(flow_of({{{"step", "a"}}, {{"step", "b"}}}));
    rig.wait(rig.start("w"));
    const std::lock_guard lock(mutex);
    using std::chrono::seconds;
    EXPECT_EQ(times,
              (std::vector<std::chrono::milliseconds>{seconds(30), seconds(30), seconds(60)}));
}

TEST(Limits, a_delay_has_a_minute_and_one_of_an_undo_five) {
    const Error away(GANTRY_E_UNAVAILABLE, "away");
    RetryPolicies policies;
    policies.invoke.attempts = 100;
    const auto delay = [&](const RetryPolicy& policy, Side side, std::int64_t attempt) {
        return decide(policy, side, away, {attempt, 0, {}, 0.5}).delay;
    };
    using std::chrono::milliseconds;
    EXPECT_EQ(delay(policies.invoke, Side::kInvoke, 9), milliseconds(51'200));
    EXPECT_EQ(delay(policies.invoke, Side::kInvoke, 10), milliseconds(60'000));
    EXPECT_EQ(delay(policies.compensate, Side::kCompensate, 9), milliseconds(256'000));
    EXPECT_EQ(delay(policies.compensate, Side::kCompensate, 10), milliseconds(300'000));
}

TEST(Limits, a_name_to_search_by_has_32_characters_and_its_value_200) {
    const auto source = [](std::size_t length) {
        auto w = flow_of({{{"step", "a"}}});
        w["search"] = {{std::string(length, 'n'), "${ .input }"}};
        return w;
    };
    EXPECT_NE(problem_of(source(33)), "");
    std::vector<DefinitionProblem> problems;
    const auto definition = parse_definition(source(32), problems);
    ASSERT_TRUE(definition);
    for (const std::size_t length : {200, 201}) {
        const auto fields = fields_of(*definition, json_text_of(length + 2));
        ASSERT_EQ(fields.size(), 1U);
        EXPECT_EQ(fields[0].value.size(), 200U) << length;
    }
}

TEST(Limits, a_clock_that_was_set_by_more_than_24_hours_deletes_nothing_for_as_long) {
    using std::chrono::hours;
    using std::chrono::minutes;
    const auto store = Store::open("memory:", "test");
    store->put_definition({"hash", "w", "{}"});
    test::Machinery machinery;
    RetentionSettings settings;
    settings.every = std::chrono::milliseconds(2);
    Retention retention(*store, machinery.load, machinery.timers, machinery.log, settings);
    const auto is_deleted = [&](const std::string& id) {
        auto run = accept(id, {}, store->host());
        EXPECT_TRUE(committed(post(*store, run)));
        run = ending(std::move(run));
        run.run.finished_at = store->now() - std::chrono::milliseconds(hours(24 * 8)).count();
        EXPECT_TRUE(committed(post(*store, run)));
        return test::until([&] { return !store->run(id) || retention.waits_until(); }) &&
               !store->run(id);
    };
    const auto jump = [&](std::chrono::milliseconds by) { store->clock().set_forward(by.count()); };
    EXPECT_TRUE(is_deleted("before"));
    jump(hours(24) - minutes(1));
    EXPECT_TRUE(is_deleted("after less"));
    jump(hours(24) + minutes(1));
    EXPECT_TRUE(test::until([&] { return retention.waits_until().has_value(); }));
    EXPECT_FALSE(is_deleted("after more"));
    EXPECT_LE(retention.waits_until().value_or(0), store->now() + 24 * 3'600'000);
    EXPECT_GT(retention.waits_until().value_or(0), store->now() + 23 * 3'600'000);
    retention.stop();
    machinery.stop();
}

TEST(FullEngine, has_ten_thousand_runs_under_way_and_refuses_one_more_until_one_is_over) {
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        held.hold(call, std::move(ended));
    });
    rig.add(flow_of({{{"step", "a"}}}));
    for (int i = 0; i < 10'000; ++i) rig.start("w");
    const auto refused = rig.ask.start({"w", "{}", {}, {}});
    ASSERT_TRUE(refused.error);
    EXPECT_EQ(refused.error->code(), GANTRY_E_RATE_LIMITED);
    ASSERT_TRUE(test::until([&] { return held.size() == 10'000; }, FlowRig::kPatience));
    held.take(0)(fine());
    const auto is_taken = [&] { return !rig.ask.start({"w", "{}", {}, {}}).error; };
    EXPECT_TRUE(test::until(is_taken, FlowRig::kPatience));
    ASSERT_TRUE(test::until([&] { return held.size() == 10'001; }, FlowRig::kPatience));
    held.answer_all(fine());  // that of the first one is stale
}

std::size_t child_processes() {
    std::size_t count = 0;
    std::error_code gone;
    for (const auto& one : std::filesystem::directory_iterator("/proc", gone)) {
        std::ifstream stat(one.path() / "stat");
        std::string text;
        std::getline(stat, text);
        const auto name = text.rfind(") ");  // PID (NAME) STATE PARENT …
        if (name == std::string::npos || text[name + 2] == 'Z') continue;
        if (std::stol(text.substr(name + 4)) == getpid()) ++count;
    }
    return count;
}

TEST(Expressions, eight_processes_there_are_at_most_and_four_are_kept) {
    const auto others = child_processes();  // what another test keeps for all
    ExpressionSettings settings;
    settings.limits.time = std::chrono::seconds(60);
    Expressions all(settings);
    std::atomic<int> over{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 12; ++i) {
        callers.emplace_back([&all, &over, i] {
            all.run("last(range(3e6)) + " + std::to_string(i), "1");
            ++over;
        });
    }
    std::size_t most = 0;
    while (over < 12) most = std::max(most, child_processes() - others);
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(most, 8U);
    EXPECT_EQ(all.idle(), 4U);
}

}  // namespace
}  // namespace gantry::host
