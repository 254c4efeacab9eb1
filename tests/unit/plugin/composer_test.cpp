// Every shape of a workflow, composed in C++: the same JSON that a person would write.
#include <gantry/workflow.hpp>

#include "flow/definition.hpp"

#include <gtest/gtest.h>

namespace gantry {
namespace {

using namespace std::chrono_literals;

template <typename T>
concept Comparable = requires(T a) {
    a > 100;
};
static_assert(!Comparable<Ref> && !Comparable<Expr>);
static_assert(!std::equality_comparable<Ref> && !std::equality_comparable_with<Ref, int>);
static_assert(!std::is_constructible_v<bool, Expr>);

// A condition is known only when the workflow runs.
template <typename T>
concept Condition = requires(Composer wf, T condition) {
    wf.when(condition, [] {});
};
static_assert(Condition<Ref> && Condition<Expr> && !Condition<bool> && !Condition<json>);

// The steps of a workflow of `compose`, and what else it says beside name and result.
template <typename Compose>
json composed(Compose compose) {
    return Workflow("w", compose).definition();
}

template <typename Compose>
void expect_steps(Compose compose, const char* steps) {
    EXPECT_EQ(composed(compose).at("steps"), json::parse(steps));
}

template <typename F>
std::string message_of(F f) {
    try {
        f();
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_MISUSE);
        return e.message();
    }
    return "no error";
}

TEST(Composer, a_step_has_an_id_bindings_and_a_policy_for_each_side) {
    expect_steps(
        [](auto& wf, auto input) {
            wf.step("erp/update", input,
                    {.id = "first",
                     .bind = {{"erp", "sap"}},
                     .invoke = {.timeout = 30s, .attempts = 8, .first_delay = 200ms},
                     .compensate = {.max_delay = 90s, .give_up_after = 24h}});
            wf.step("plain", input, {.invoke = {.attempts = 1}});
            return json();
        },
        R"([{"step": "erp/update", "id": "first", "with": "${ .input }", "bind": {"erp": "sap"},
             "invoke": {"timeout": "30s", "attempts": 8, "first_delay": "200ms"},
             "compensate": {"max_delay": "90s", "give_up_after": "24h"}},
            {"step": "plain", "with": "${ .input }", "invoke": {"attempts": 1}}])");
}

TEST(Composer, a_step_may_fail_and_what_failed_is_seen_later) {
    expect_steps(
        [](auto& wf, auto input) {
            wf.step("mail", input, {.may_fail = true, .skip_to = "end"});
            wf.call("log", "log.put", input, {.may_fail = true});
            wf.step("end", wf.error("mail"));
            return json();
        },
        R"([{"step": "mail", "with": "${ .input }", "on_failure": "continue", "skip_to": "end"},
            {"call": "log.put", "id": "log", "with": "${ .input }", "on_failure": "continue"},
            {"step": "end", "with": "${ .errors[\"mail\"] }"}])");
}

TEST(Composer, durations_are_written_in_the_largest_whole_unit) {
    EXPECT_EQ(duration_text(1ms), "1ms");
    EXPECT_EQ(duration_text(1500ms), "1500ms");
    EXPECT_EQ(duration_text(90s), "90s");
    EXPECT_EQ(duration_text(300s), "5m");
    EXPECT_EQ(duration_text(48h), "48h");
}

TEST(Composer, a_call_says_how_it_is_taken_back) {
    expect_steps(
        [](auto& wf, auto input) {
            auto sap = wf.call(
                "sap", "sap.updateProductErpData", {{"id", input["id"]}},
                {.undo = Undo{.record = "sap.snapshotProduct", .call = "sap.restoreProduct"},
                 .invoke = {.timeout = 1min}});
            wf.call("mail", "mail.send", {{"version", sap["version"]}});
            wf.call("tax", "tax.set", input,
                    {.undo = Undo{.record = "tax.get",
                                  .record_with = json{{"id", Undo::input()["id"]}},
                                  .call = "tax.set",
                                  .with = json{{"rate", Undo::recorded()["rate"]},
                                               {"version", Undo::output()["version"]}}}});
            return json();
        },
        R"([{"call": "sap.updateProductErpData", "id": "sap", "with": {"id": "${ .input[\"id\"] }"},
             "undo": {"record": "sap.snapshotProduct", "call": "sap.restoreProduct"},
             "invoke": {"timeout": "1m"}},
            {"call": "mail.send", "id": "mail",
             "with": {"version": "${ .steps[\"sap\"][\"version\"] }"}},
            {"call": "tax.set", "id": "tax", "with": "${ .input }",
             "undo": {"record": "tax.get", "record_with": {"id": "${ .input[\"id\"] }"},
                      "call": "tax.set",
                      "with": {"rate": "${ .undo[\"rate\"] }",
                               "version": "${ .output[\"version\"] }"}}}])");
}

TEST(Composer, branches_are_written_in_their_order_and_hand_on_what_they_return) {
    const auto definition = composed([](auto& wf, auto input) {
        auto [erp, shop, nothing] = wf.parallel([&] { return wf.step("erp", input); },
                                                [&] {
                                                    auto read = wf.step("read", input);
                                                    return wf.step("shop", read);
                                                },
                                                [&] { wf.step("log", input); });
        static_cast<void>(nothing);
        wf.step("after", shop);
        return json{{"erp", erp}, {"shop", shop["x"]}};
    });
    EXPECT_EQ(definition, json::parse(R"({"name": "w", "steps": [
        {"parallel": [[{"step": "erp", "with": "${ .input }"}],
                      [{"step": "read", "with": "${ .input }"},
                       {"step": "shop", "with": "${ .steps[\"read\"] }"}],
                      [{"step": "log", "with": "${ .input }"}]]},
        {"step": "after", "with": "${ .steps[\"shop\"] }"}],
        "result": {"erp": "${ .steps[\"erp\"] }", "shop": "${ .steps[\"shop\"][\"x\"] }"}})"));
}

TEST(Composer, a_condition_has_one_branch_or_two_and_they_nest) {
    expect_steps(
        [](auto& wf, auto input) {
            auto approved = wf.when(jq("$1 > 100", input["total"]), [&] {
                auto answer = wf.wait("approval", "order approved", 24h);
                wf.when(answer["by_phone"], [&] { wf.step("note", answer); });
                return answer;
            });
            auto [gift, bill] = wf.when(
                input["gift"], [&] { return wf.step("gift", approved); },
                [&] { return wf.step("bill", input); });
            wf.step("end", json::array({gift, bill}));
            return json();
        },
        R"([{"when": "${ .input[\"total\"] as $v1 | $v1 > 100 }",
             "then": [{"wait": "order approved", "id": "approval", "timeout": "24h"},
                      {"when": "${ .steps[\"approval\"][\"by_phone\"] }",
                       "then": [{"step": "note", "with": "${ .steps[\"approval\"] }"}]}]},
            {"when": "${ .input[\"gift\"] }",
             "then": [{"step": "gift", "with": "${ .steps[\"approval\"] }"}],
             "otherwise": [{"step": "bill", "with": "${ .input }"}]},
            {"step": "end", "with": ["${ .steps[\"gift\"] }", "${ .steps[\"bill\"] }"]}])");
}

TEST(Composer, a_body_is_run_for_each_item_with_or_without_its_index) {
    expect_steps(
        [](auto& wf, auto input) {
            auto prices = wf.for_each(
                "prices", input["lines"],
                [&](auto line, auto index) {
                    auto price = wf.step("price", {{"sku", line["sku"]}, {"n", index}});
                    return json{{"price", price}, {"of", line}};
                },
                4);
            wf.for_each("mails", prices, [&](auto price) { wf.step("mail", price); });
            return json();
        },
        R"([{"for_each": "${ .input[\"lines\"] }", "id": "prices", "limit": 4,
             "do": [{"step": "price", "with": {"sku": "${ .item[\"sku\"] }", "n": "${ .index }"}}],
             "result": {"price": "${ .steps[\"price\"] }", "of": "${ .item }"}},
            {"for_each": "${ .steps[\"prices\"] }", "id": "mails",
             "do": [{"step": "mail", "with": "${ .item }"}]}])");
}

TEST(Composer, an_item_is_refused_where_its_name_means_another_one) {
    const auto nested = [](auto use) {
        return message_of([&] {
            Composer wf;
            const Ref list(".input");
            wf.for_each("outer", list, [&](auto order) {
                wf.for_each("inner", order["lines"], [&](auto line) { use(wf, order, line); });
            });
        });
    };
    EXPECT_EQ(nested([](auto& wf, auto, auto line) { wf.step("a", line); }), "no error");
    const auto outside = "an item is used outside the body of its for_each";
    EXPECT_EQ(nested([](auto& wf, auto order, auto) {
                  wf.step("a", {{"o", order["id"]}});
              }).rfind(outside, 0),
              0U);
    EXPECT_EQ(nested([](auto& wf, auto order, auto line) {
                  wf.when(jq("$1 > $2", line, order), [] {});
              }).rfind(outside, 0),
              0U);
    EXPECT_EQ(message_of([] {
                  composed([](auto& wf, auto input) {
                      std::optional<Expr> kept;
                      wf.for_each("e", input, [&](auto item) { kept = jq("$1", item); });
                      return json(*kept);
                  });
              }).rfind(outside, 0),
              0U);
}

TEST(Composer, another_workflow_stands_where_its_steps_would) {
    expect_steps(
        [](auto& wf, auto input) {
            auto first = wf.workflow("publish", {{"id", input["id"]}});
            auto second = wf.workflow("publish", first, "again");
            wf.step("end", second);
            return json();
        },
        R"([{"workflow": "publish", "with": {"id": "${ .input[\"id\"] }"}},
            {"workflow": "publish", "id": "again", "with": "${ .steps[\"publish\"] }"},
            {"step": "end", "with": "${ .steps[\"again\"] }"}])");
}

TEST(Composer, a_run_sleeps_and_waits_for_a_time_or_for_ever) {
    expect_steps(
        [](auto& wf, auto input) {
            wf.sleep("pause", 5min);
            wf.sleep("as-asked", input["pause"]);
            wf.wait("go", "go");
            return json();
        },
        R"([{"sleep": "5m", "id": "pause"},
            {"sleep": "${ .input[\"pause\"] }", "id": "as-asked"}, {"wait": "go", "id": "go"}])");
}

TEST(Composer, the_head_says_who_takes_turns_how_long_and_of_what) {
    const auto definition = composed([](auto& wf, auto input) {
        wf.input_schema({{"type", "object"}});
        wf.exclusive(input["id"]);
        wf.search("product", input["id"]);
        wf.search("order", input["order"]["number"]);
        wf.deadline(1h);
        return json(wf.step("a", input));
    });
    EXPECT_EQ(definition, json::parse(R"({"name": "w", "input": {"type": "object"},
        "exclusive": "${ .input[\"id\"] }", "deadline": "1h",
        "search": {"product": "${ .input[\"id\"] }",
                   "order": "${ .input[\"order\"][\"number\"] }"},
        "steps": [{"step": "a", "with": "${ .input }"}], "result": "${ .steps[\"a\"] }"})"));
}

TEST(Composer, all_runs_take_turns_where_no_value_is_named) {
    const auto definition = composed([](auto& wf, auto input) {
        wf.exclusive();
        return json(wf.step("a", input));
    });
    EXPECT_EQ(definition.at("exclusive"), true);
    std::vector<host::DefinitionProblem> problems;
    EXPECT_TRUE(host::parse_definition(definition, problems)) << problems.at(0).message;
}

// What the host makes of it.
std::string evaluated(const Expr& expr, const std::string& input) {
    return host::Template(expr).evaluate([&](const auto&) -> std::string_view { return input; });
}

TEST(ComposedJq, values_mean_the_same_after_a_pipe_and_constants_are_quoted) {
    const Ref input(".input");
    EXPECT_EQ(evaluated(jq("[$1[] | select(. > $2)] | length", input["l"], input["m"]),
                        R"({"l":[1,2,3],"m":1})"),
              "2");
    EXPECT_EQ(evaluated(jq("$1 == $2", input, "it's \"so\" \\(1) $1"),
                        json("it's \"so\" \\(1) $1").dump()),
              "true");
    EXPECT_EQ(evaluated(jq("[$1, $2, $3, $4]", 1.5, true, nullptr, json{{"a", {1}}}), "0"),
              R"([1.5,true,null,{"a":[1]}])");
    EXPECT_EQ(evaluated(jq("\"$1 \\($1 + (1)) $1 \\\" $1\" + $2", input, "x"), "1"),
              R"("$1 2 $1 \" $1x")");
}

TEST(ComposedJq, a_value_that_was_not_given_or_is_hidden_in_another_is_an_error) {
    const Ref input(".input");
    EXPECT_NE(message_of([&] { jq("$1 > $2", input); }).find("$2 of jq(\"$1 > $2\")"),
              std::string::npos);
    EXPECT_NE(message_of([&] { jq("$0", input); }), "no error");
    EXPECT_NE(message_of([&] {
                  jq("$1.a", json{{"a", input}});
              }).find("of its own"),
              std::string::npos);
    EXPECT_NE(message_of([&] { jq("$1", jq("$1", input)); }), "no error");
}

}  // namespace
}  // namespace gantry
