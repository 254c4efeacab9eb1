// Paths and templates: what they give, to the letter, and what is refused.
#include "flow/expression.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

std::string evaluate(const char* source, const std::string& input,
                     const std::map<std::string, std::string>& steps = {}) {
    return Template(json::parse(source)).evaluate([&](const Reference& r) -> std::string_view {
        return r.step ? std::string_view(steps.at(*r.step)) : std::string_view(input);
    });
}

std::string refusal(const char* source) {
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

TEST(Expression, anything_but_a_plain_path_is_refused_with_its_place) {
    EXPECT_NE(refusal(R"("${ .input.x + 1 }")").find("\" + 1\""), std::string::npos)
        << refusal(R"("${ .input.x + 1 }")");
    for (const char* bad :
         {R"("${ env }")", R"("${ .input | keys }")", R"("${ .inputs }")", R"("${ .steps }")",
          R"("${ .steps[0] }")", R"("${ }")", R"("${ .input. }")", R"("${ .input[ }")",
          R"("${ .input[\"a }")", R"("${ .input[1.5] }")", R"("a ${ .input }")",
          R"("${ .input } ${ .input }")", R"("${ .input.[0] }")"}) {
        EXPECT_FALSE(refusal(bad).empty()) << bad;
    }
}

TEST(Expression, only_a_bare_reference_is_the_whole_input) {
    EXPECT_TRUE(Template("${ .input }").is_whole_input());
    EXPECT_FALSE(Template("${ .input.a }").is_whole_input());
    EXPECT_FALSE(Template(json::array({"${ .input }"})).is_whole_input());
    EXPECT_FALSE(Template("${ .steps.a }").is_whole_input());
}

}  // namespace
}  // namespace gantry::host
