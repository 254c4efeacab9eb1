// What a run is found by, what its story keeps of what people asked for, and in which order its
// steps stand.
#include "base/hash.hpp"
#include "flow/run_log.hpp"
#include "flow/search.hpp"
#include "flow_rig.hpp"

namespace gantry::host {
namespace {

Definition read_definition(const json& source) {
    std::vector<DefinitionProblem> problems;
    auto definition = parse_definition(source, problems);
    if (!definition) throw std::runtime_error(problems.front().message);
    return std::move(*definition);
}

json searching(const json& search) {
    return {{"name", "w"}, {"steps", {{{"step", "a"}}}}, {"search", search}};
}

std::string found_by(const json& search, const std::string& input) {
    std::string all;
    for (const auto& field : fields_of(read_definition(searching(search)), input)) {
        all += field.name + "=" + field.value + ";";
    }
    return all;
}

TEST(Search, finds_strings_numbers_and_truths_and_leaves_out_the_rest) {
    const json search = {{"product", "${ .input.id }"}, {"order", "${ .input.order.number }"}};
    EXPECT_EQ(found_by(search, R"({"id":"prod_\u00e4","order":{"number":1.50}})"),
              "order=1.50;product=prod_ä;");
    EXPECT_EQ(found_by(search, R"({"id":true,"order":{"number":12345678901234567890}})"),
              "order=12345678901234567890;product=true;");
    EXPECT_EQ(found_by(search, R"({"id":null,"order":{"number":[1]}})"), "");
    EXPECT_EQ(found_by(search, R"({"id":{},"order":7})"), "") << "7 has no number";
    EXPECT_EQ(found_by(search, "[]"), "");
    EXPECT_EQ(found_by({{"all", "${ .input }"}}, R"("x")"), "all=x;");
}

TEST(Search, cuts_a_value_after_200_characters) {
    std::string text;
    for (int i = 0; i < 201; ++i) text += "ä";
    EXPECT_EQ(found_by({{"a", "${ .input.a }"}}, R"({"a":")" + text + R"("})"),
              "a=" + text.substr(0, 400) + ";");
}

TEST(Search, takes_plain_paths_of_the_input_and_at_most_eight) {
    const auto problem = [](const json& search) {
        std::vector<DefinitionProblem> problems;
        EXPECT_FALSE(parse_definition(searching(search), problems)) << search;
        return problems.empty() ? "" : problems[0].pointer + " " + problems[0].message;
    };
    json many = json::object();
    for (int i = 0; i < 9; ++i) many["f" + std::to_string(i)] = "${ .input.a }";
    EXPECT_EQ(problem(many).substr(0, 8), "/search ");
    many.erase("f8");
    EXPECT_EQ(read_definition(searching(many)).search.size(), 8U);
    EXPECT_EQ(problem({{"Product", "${ .input.a }"}}).substr(0, 15), "/search/Product");
    EXPECT_EQ(problem({{std::string(33, 'a'), "${ .input.a }"}}).substr(0, 8), "/search/");
    for (const json& bad : {json("fixed"), json(5), json("${ .input.a | length }"),
                            json("${ .steps.a }"), json{{"x", "${ .input.a }"}}}) {
        EXPECT_EQ(problem({{"a", bad}}).substr(0, 9), "/search/a") << bad;
    }
    EXPECT_EQ(problem("${ .input.a }").substr(0, 8), "/search ");
}

TEST(Search, is_a_part_of_the_definition_and_one_without_it_keeps_its_hash) {
    const auto with = read_definition(searching({{"a", "${ .input.a }"}}));
    EXPECT_NE(with.text.find("\"search\""), std::string::npos);
    EXPECT_EQ(parse_stored_definition(with.text).search.size(), 1U);
    const auto without = read_definition({{"name", "w"}, {"steps", {{{"step", "a"}}}}});
    EXPECT_EQ(without.hash, "4a02215d6fc96edfb037a745afa86dac52f1fe68ec0c0973f6d32ac6969d8e59");
}

TEST(RunLog, tells_what_a_run_is_found_by_how_it_ended_and_why) {
    RunRow run;
    run.id = "r1";
    run.workflow = "w";
    run.idem_key = "k";
    run.created_at = 5;
    run.finished_at = 17;
    run.status = RunStatus::kReverted;
    run.error = R"({"code":"REJECTED","message":"too long","step":"b"})";
    const auto line_of = [&](auto write) {
        testing::internal::CaptureStderr();
        {
            Log log(LogFormat::kJson);
            write(log);
        }
        auto line = json::parse(testing::internal::GetCapturedStderr());
        line.erase("at");
        return line;
    };
    const std::vector<FieldRow> fields = {{"product", "mug"}};
    EXPECT_EQ(line_of([&](Log& log) { log_accepted(log, run, fields); }),
              json({{"level", "info"},
                    {"message", "run accepted"},
                    {"run", "r1"},
                    {"workflow", "w"},
                    {"key", "k"},
                    {"field.product", "mug"}}));
    EXPECT_EQ(line_of([&](Log& log) { log_ended(log, run, fields); }),
              json({{"level", "info"},
                    {"message", "run ended"},
                    {"run", "r1"},
                    {"workflow", "w"},
                    {"key", "k"},
                    {"field.product", "mug"},
                    {"state", "reverted"},
                    {"ms", 12},
                    {"cause", "REJECTED: too long"},
                    {"step", "b"}}));
}

/// Steps that do what the test says; the undo of "b" is refused as long as it is told so.
struct HistoryRig {
    HistoryRig() {
        rig.add({{"name", "line"},
                 {"search", {{"product", "${ .input.id }"}}},
                 {"steps", {{{"step", "b"}}, {{"step", "fails"}}}}});
        rig.add({{"name", "asks"}, {"steps", {{{"wait", "go"}, {"id", "wait"}}, {{"step", "a"}}}}});
        rig.add({{"name", "signs-in"}, {"steps", {{{"step", "a"}}, {{"step", "config"}}}}});
    }

    /// "kind" of each, with who and why in brackets.
    std::vector<std::string> told(const std::string& id) {
        std::vector<std::string> all;
        for (const auto& event : rig.store->events(id)) {
            const auto detail = json::parse(event.detail);
            auto text = event.kind;
            if (detail.contains("by")) {
                text += " [" + detail.at("by").get<std::string>() + ", " +
                        detail.value("note", "") + "]";
            }
            all.push_back(text);
        }
        return all;
    }
    void ask(const std::function<void(Told)>& what) {
        std::promise<std::optional<Error>> answer;
        what([&](std::optional<Error> e) { answer.set_value(std::move(e)); });
        const auto error = answer.get_future().get();
        EXPECT_FALSE(error) << error->message();
    }

    std::atomic<bool> refuses{true};
    Asker ada{"ada@desk", "so"};
    FlowRig rig{[this](const StepCall& call, const RecordUndo&, const Ended& ended) {
        const bool undo = call.side == Side::kCompensate;
        if (!undo && call.name == "fails") return ended(refusal());
        if (!undo && call.name == "config") {
            return ended({{}, {}, Error(GANTRY_E_AUTH, "no token", GANTRY_EF_NOT_APPLIED)});
        }
        if (undo && refuses) return ended(refusal());
        ended(fine());
    }};
};

using Told_ = std::vector<std::string>;

TEST(History, of_a_failed_undo_is_only_added_to_by_retry_and_skip) {
    HistoryRig h;
    const auto id = h.rig.start("line", R"({"id":"mug"})");
    ASSERT_EQ(h.rig.wait(id).status, RunStatus::kFailed);
    EXPECT_EQ(h.told(id), (Told_{"reverting", "undo_failed", "ended"}));
    h.ask([&](Told told) { h.rig.engine.retry(id, h.ada, std::move(told)); });
    h.rig.until([&] { return is_over(h.rig.store->run(id)->status); });
    h.ask([&](Told told) { h.rig.engine.skip(id, "b", {"bob@desk", "by hand"}, std::move(told)); });
    EXPECT_EQ(h.told(id), (Told_{"reverting", "undo_failed", "ended", "retried [ada@desk, so]",
                                 "undo_failed", "ended", "skipped [bob@desk, by hand]"}));
    const auto first = json::parse(h.rig.store->events(id).at(1).detail);
    EXPECT_EQ(first.at("step"), "b");
    EXPECT_EQ(first.at("attempts"), 1);
    EXPECT_EQ(first.at("error").at("code"), "REJECTED");
    EXPECT_EQ(json::parse(h.rig.store->events(id).at(4).detail).at("attempts"), 2);
    ASSERT_EQ(h.rig.store->fields(id).size(), 1U);
    EXPECT_EQ(h.rig.store->fields(id)[0].value, "mug");
}

TEST(History, tells_who_paused_resumed_sent_and_cancelled) {
    HistoryRig h;
    const auto id = h.rig.start("asks");
    h.rig.until_waiting(id, "signal");
    h.ask([&](Told told) { h.rig.engine.pause(id, h.ada, std::move(told)); });
    h.rig.wait(id);
    h.ask([&](Told told) { h.rig.engine.resume(id, h.ada, std::move(told)); });
    h.rig.until_waiting(id, "signal");
    h.ask([&](Told told) {
        h.rig.engine.signal(id, {"s1", "other", "1", 0, "ada@desk", "so"},
                            [told](std::optional<Error> e, bool) { told(std::move(e)); });
    });
    h.rig.until_waiting(id, "signal");
    h.ask([&](Told told) { h.rig.engine.cancel(id, {}, h.ada, std::move(told)); });
    h.rig.wait(id);
    auto told = h.told(id);
    std::erase(told, "waits");
    EXPECT_EQ(told, (Told_{"asked [ada@desk, so]", "paused", "resumed [ada@desk, so]",
                           "sent [ada@desk, so]", "asked [ada@desk, so]", "reverting"}));
}

TEST(History, tells_who_answered_a_step_that_paused_or_is_under_way) {
    HistoryRig h;
    h.refuses = false;
    const auto id = h.rig.start("signs-in");
    ASSERT_EQ(h.rig.wait(id).status, RunStatus::kPaused);
    auto answer = fine();
    answer.supplied = h.ada;
    h.ask([&](Told told) {
        h.rig.engine.supply(id, "config", Side::kInvoke, answer, std::move(told));
    });
    h.rig.until([&] { return is_over(h.rig.store->run(id)->status); });
    EXPECT_EQ(h.told(id), (Told_{"paused", "supplied [ada@desk, so]"}));

    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, const Ended& ended) {
        held.hold(call, ended);
    });
    rig.add({{"name", "one"}, {"steps", {{{"step", "a"}}}}});
    const auto other = rig.start("one");
    rig.until([&] { return held.size() == 1; });
    h.ask(
        [&](Told told) { rig.engine.supply(other, "a", Side::kInvoke, answer, std::move(told)); });
    rig.until([&] { return is_over(rig.store->run(other)->status); });
    ASSERT_EQ(rig.store->events(other).size(), 1U);
    EXPECT_EQ(rig.store->events(other)[0].kind, "supplied");
    EXPECT_NE(rig.store->events(other)[0].detail.find("ada@desk"), std::string::npos);
    held.answer_all(fine());
}

TEST(History, of_a_fork_begins_with_who_made_it) {
    HistoryRig h;
    h.refuses = false;
    const auto id = h.rig.start("signs-in");
    ASSERT_EQ(h.rig.wait(id).status, RunStatus::kPaused);
    std::promise<std::string> made;
    h.rig.engine.fork(id, "config", h.ada,
                      [&](std::optional<Error>, std::string run) { made.set_value(run); });
    const auto fork = made.get_future().get();
    h.rig.wait(fork);
    EXPECT_EQ(h.told(fork).at(0), "forked [ada@desk, so]");
}

TEST(History, has_the_steps_that_began_at_once_in_the_order_of_the_definition) {
    HistoryRig h;
    h.refuses = false;
    // Everything that is no call begins and ends in the run's first moment.
    const auto none = [](const char* id) {
        return json{{"id", id},
                    {"when", "${ .input.no }"},
                    {"then", {{{"step", "a"}, {"id", std::string(id) + "-a"}}}}};
    };
    const json inner = {{"steps", {none("z"), none("y")}}, {"result", 1}};
    h.rig.add(
        {{"name", "mixed"},
         {"steps",
          {none("z"),
           {{"parallel", {{none("y"), none("x")}, {none("c"), none("b")}}}},
           {{"for_each", "${ .input.list }"},
            {"id", "each"},
            {"do", {none("w"), none("v")}},
            {"result", 1}},
           {{"id", "nested"}, {"workflow", "i"}, {"definition", inner}, {"with", "${ .input }"}},
           none("a0")}},
         {"result", 1}});
    json input = {{"no", false}, {"list", json::array()}};
    std::string expected = "z y x c b each ";
    for (int i = 0; i < 12; ++i) {
        input["list"].push_back(i);
        const auto item = "each[" + std::to_string(i) + "]/";
        expected += item + "w " + item + "v ";
    }
    expected += "nested nested/z nested/y a0 ";
    const auto id = h.rig.start("mixed", input.dump());
    ASSERT_EQ(h.rig.wait(id).error.value_or(""), "");
    std::string order;
    for (const auto& step : h.rig.store->steps(id)) order += step.path + " ";
    EXPECT_EQ(order, expected);
}

}  // namespace
}  // namespace gantry::host
