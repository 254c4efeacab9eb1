// Paths and templates: what they give, to the letter, and what is refused.
#include "flow/expression.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

std::string evaluate(const char* source, const std::string& input,
                     const std::map<std::string, std::string>& steps = {}) {
    return Template(json::parse(source)).evaluate([&](const Reference& r) -> std::string_view {
        return r.step ? std::string_view(steps.at(*r.step)) : std::string_view(input);
    });
}

std::string refusal_of(const char* source) {
    try {
        const Template compiled(json::parse(source));
    } catch (const Error& e) {
        return e.message();
    }
    return {};
}

TEST(Expression, a_reference_to_a_whole_value_is_passed_on_to_the_letter) {
    const std::string odd = R"({ "price" : 1.10, "n":12345678901234567890123 })";
    EXPECT_EQ(evaluate(R"("${ .input }")", odd), odd);
    EXPECT_EQ(evaluate(R"("${ .steps[\"a\"] }")", "null", {{"a", odd}}), odd);
}

TEST(Expression, a_path_gives_the_exact_text_of_a_part) {
    const std::string input = R"({"a":[{"b c":1.10},2],"d":{"e":"x"}})";
    EXPECT_EQ(evaluate(R"("${ .input.a[0][\"b c\"] }")", input), "1.10");
    EXPECT_EQ(evaluate(R"("${.input.a[-1]}")", input), "2");
    EXPECT_EQ(evaluate(R"("${ .input.d.e }")", input), R"("x")");
    EXPECT_EQ(evaluate(R"("${ .input.\"d\".e }")", input), R"("x")");
    EXPECT_EQ(evaluate(R"("${ .steps.up.x }")", "null", {{"up", R"({"x":7})"}}), "7");
}

TEST(Expression, what_is_not_there_is_null) {
    EXPECT_EQ(evaluate(R"("${ .input.nope.deeper }")", "{}"), "null");
    EXPECT_EQ(evaluate(R"({"a":"${ .input[5] }"})", "[1]"), R"({"a":null})");
}

TEST(Expression, templates_nest_and_keep_their_literals) {
    EXPECT_EQ(evaluate(R"({"z":[1,"${ .input.x }",{"y":"plain $x"}],"a":true,"e":{},"l":[]})",
                       R"({"x":"v"})"),
              R"({"a":true,"e":{},"l":[],"z":[1,"v",{"y":"plain $x"}]})");
}

TEST(Expression, a_path_into_a_scalar_is_an_error_that_changed_nothing) {
    try {
        evaluate(R"("${ .input.title.x }")", R"({"title":"T"})");
        FAIL() << "expected an error";
    } catch (const Error& e) {
        EXPECT_EQ(e.error_class(), GANTRY_CLASS_INPUT);
        EXPECT_NE(e.flags() & GANTRY_EF_NOT_APPLIED, 0U);
        EXPECT_NE(e.message().find(".input.title.x"), std::string::npos) << e.message();
    }
}

TEST(Expression, a_mistake_is_refused_with_its_text) {
    EXPECT_NE(refusal_of(R"("${ .input.x + }")").find(R"("${ .input.x + }": jq: syntax error)"),
              std::string::npos)
        << refusal_of(R"("${ .input.x + }")");
    for (const char* bad :
         {R"("${ env }")", R"("${ .inputs }")", R"("${ .inputs.a }")", R"("${ .steps }")",
          R"("${ .steps[0] }")", R"("${ }")", R"("${ .input. }")", R"("${ .input[ }")",
          R"("${ .input[\"a }")", R"("a ${ .input }")", R"("${ .input } ${ .input }")",
          R"("${ .input.[0] }")", R"("${ .input | now }")", R"("${ .a.b }")"}) {
        EXPECT_FALSE(refusal_of(bad).empty()) << bad;
    }
}

TEST(Expression, anything_but_a_plain_path_is_jq_and_paths_beside_it_stay_exact) {
    EXPECT_EQ(evaluate(R"({"a":"${ .input.n + 1 }","b":"${ .steps.s }"})", R"({"n":1.10})",
                       {{"s", "12345678901234567890"}}),
              R"({"a":2.1,"b":12345678901234567890})");
    EXPECT_EQ(evaluate(R"("${ .input.a[0:1] }")", R"({"a":[1,2]})"), "[1]");
    EXPECT_EQ(evaluate(R"("${ .steps[\"a\"].x + .steps.b + .steps.\"c\" }")", "null",
                       {{"a", R"({"x":1})"}, {"b", "2"}, {"c", "4"}}),
              "7");
    EXPECT_EQ(evaluate(R"("${ [.input[] | .price] | add }")", R"([{"price":1.5},{"price":2}])"),
              "3.5");
    EXPECT_EQ(evaluate(R"("${ .input.a // \"none\" }")", "{}"), R"("none")");
}

TEST(Expression, an_error_of_a_program_changed_nothing_and_names_it) {
    const auto failure = [](const char* source, const std::string& input) {
        try {
            evaluate(source, input);
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_INVALID_DATA);
            EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED);
            return e.message();
        }
        return std::string("no error");
    };
    EXPECT_EQ(failure(R"("${ .input | .x.y }")", R"({"x":1})"),
              R"("${ .input | .x.y }": jq: Cannot index number with string "y")");
    EXPECT_EQ(failure(R"("${ .input[] }")", "[]"),
              R"("${ .input[] }": it has no output; an expression has exactly one)");
    EXPECT_NE(failure(R"("${ .input.a + 1 }")", R"({"a":1,"id":12345678901234567890})")
                  .find(".input.id is 12345678901234567890"),
              std::string::npos);
}

TEST(Expression, an_error_tells_200_characters_of_the_program_and_as_many_of_what_it_said) {
    const auto failure = [](const std::string& program) -> Error {
        try {
            evaluate(json("${ " + program + " }").dump().c_str(), "{}");
        } catch (const Error& e) {
            return e;
        }
        throw std::runtime_error("no error");
    };
    const auto of = [](std::size_t n) {
        std::string text;
        for (std::size_t i = 0; i < n; ++i) text += "ü";
        return text;
    };
    const auto whole = failure("\"" + of(192) + "\"|error");  // 200 characters
    EXPECT_EQ(whole.message(), "\"${ \"" + of(192) + "\"|error }\": jq: " + of(192));
    const auto cut = failure("\"" + of(500) + "\" | error");
    EXPECT_EQ(cut.message(), "\"${ \"" + of(199) + "… }\": jq: " + of(196) + "…");
    EXPECT_EQ(cut.details().at("for_anyone"), "jq: " + of(196) + "…");
}

std::vector<std::string> mentioned(const std::string& program) {
    std::vector<std::string> all;
    for (const auto& reference : Template("${ " + program + " }").references()) {
        EXPECT_TRUE(reference.path.empty());
        EXPECT_EQ(reference.text, program);
        all.push_back(reference.root + (reference.step ? " " + *reference.step : ""));
    }
    return all;
}

TEST(Expression, a_program_refers_to_what_it_mentions) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(mentioned(".steps[\"a b\"].x + .steps.c + .steps.\"d\" + .steps [ \"a b\" ]"),
              (Names{"steps a b", "steps c", "steps d"}));
    EXPECT_EQ(mentioned(".item.price * .index"), (Names{"index", "item"}));
    EXPECT_EQ(mentioned("{a: .output, b: \"\\(.undo.x)\"} | .b"), (Names{"output", "undo"}));
    EXPECT_EQ(mentioned("\".steps.a\" # .steps.b\n + .input.steps.c + .input.item"),
              Names{"input"});
    EXPECT_EQ(mentioned("$__loc__ | .line"), Names{});
    EXPECT_EQ(mentioned(".input as $i | $i.item + ($i).index? + [1].item?"), Names{"input"});
    EXPECT_EQ(mentioned("if .item then .index else .input end"), (Names{"index", "input", "item"}));
    EXPECT_EQ(mentioned("{steps: 1, item: 2}"), Names{});
    EXPECT_EQ(mentioned("[.[\"steps\"], .\"item\"]"), Names{"item"});
}

TEST(Expression, a_program_that_does_not_name_the_step_is_refused) {
    for (const char* bad :
         {".steps | keys", ".steps[]", ".steps[.input.id]", ".steps[\"a\", \"b\"]",
          ".steps[\"\\(1)\"]", ".steps as $s | 1", ".steps[0] + 1", "1 + .steps", "{a: .steps}"}) {
        try {
            const Template compiled("${ " + std::string(bad) + " }");
            ADD_FAILURE() << bad;
        } catch (const Error& e) {
            EXPECT_NE(e.message().find("name the step"), std::string::npos) << bad << e.message();
        }
    }
}

TEST(Expression, a_program_sees_what_it_mentions_and_the_input_where_it_looks_around) {
    EXPECT_EQ(evaluate(R"("${ . }")", "1"), R"({"input":1})");
    EXPECT_EQ(evaluate(R"("${ [keys, .steps.a] }")", "1", {{"a", "2"}}),
              R"([["input","steps"],2])");
    EXPECT_EQ(evaluate(R"("${ . as {input: $x} | $x }")", "3"), "3");
    // The input has a number that jq does not keep; the program does not look at it.
    EXPECT_EQ(evaluate(R"("${ .steps.a > 1 and true }")", "12345678901234567890", {{"a", "2"}}),
              "true");
}

TEST(Expression, only_a_bare_reference_is_the_whole_input) {
    EXPECT_TRUE(Template("${ .input }").is_whole_input());
    EXPECT_FALSE(Template("${ .input.a }").is_whole_input());
    EXPECT_FALSE(Template(json::array({"${ .input }"})).is_whole_input());
    EXPECT_FALSE(Template("${ .steps.a }").is_whole_input());
}

}  // namespace
}  // namespace gantry::host
