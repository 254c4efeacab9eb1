// Documents: places of values, and errors that name place, found and expected.
#include "base/document.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

std::string problems_of(std::string_view text) {
    Problems problems;
    const auto document = Document::parse("f", text, problems);
    EXPECT_EQ(document.has_value(), problems.empty()) << text;
    return problems.text();
}

std::string at(const Document& document, const std::string& pointer) {
    const auto place = document.place(pointer);
    return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

TEST(Document, knows_the_place_of_every_key_and_element) {
    Problems problems;
    const auto document = Document::parse("f", R"(// head
{ "a": 1,
  /* two
     lines */ "b": [10,
       {"c/d": {"x~y": true}}]
}
)",
                                          problems);
    ASSERT_TRUE(document) << problems.text();
    EXPECT_EQ(document->root(), json::parse(R"({"a": 1, "b": [10, {"c/d": {"x~y": true}}]})"));
    EXPECT_EQ(at(*document, ""), "f:2:1");
    EXPECT_EQ(at(*document, "/a"), "f:2:3");
    EXPECT_EQ(at(*document, "/b"), "f:4:15");
    EXPECT_EQ(at(*document, "/b/0"), "f:4:21");
    EXPECT_EQ(at(*document, "/b/1"), "f:5:8");
    EXPECT_EQ(at(*document, "/b/1/c~1d"), "f:5:9");
    EXPECT_EQ(at(*document, "/b/1/c~1d/x~0y"), "f:5:17");
}

TEST(Document, an_unknown_place_is_that_of_the_nearest_ancestor) {
    Problems problems;
    const auto document = Document::parse("f", "{\n \"a\": {\"b\": 1}}", problems);
    ASSERT_TRUE(document);
    EXPECT_EQ(at(*document, "/a/nowhere/deeper"), "f:2:2");
    EXPECT_EQ(at(*document, "/zzz"), "f:1:1");
}

TEST(Document, paths_read_like_code) {
    EXPECT_EQ(dotted("/modules/erp/options/databse"), "modules.erp.options.databse");
    EXPECT_EQ(dotted("/workflows/0"), "workflows[0]");
    EXPECT_EQ(dotted("/a b/c~1d/12/x-y"), "[\"a b\"][\"c/d\"][12].x-y");
    EXPECT_EQ(dotted("/0"), "[0]");
    EXPECT_EQ(dotted(""), "");
}

TEST(Document, columns_count_code_points) {
    EXPECT_EQ(
        problems_of("{\"äöü€😀\": tru}"),
        "f:1:11: found \"tru\", expected a value (a string, number, object, array, true, false "
        "or null)");
}

TEST(Document, syntax_errors_say_what_was_found_and_expected) {
    EXPECT_EQ(problems_of("{\n  \"a\": 1\n  \"b\": 2}"),
              "f:3:3: found a string, expected \",\" or \"}\"");
    EXPECT_EQ(problems_of("[1,\n2"), "f:2:2: found the end of the file, expected \",\" or \"]\"");
    EXPECT_EQ(problems_of("[1,]"),
              "f:1:4: found \"]\", expected another value after the comma; the last one takes no "
              "comma");
    EXPECT_EQ(problems_of("{a: 1}"),
              "f:1:2: found \"a\", expected the name of a member in double quotes");
    EXPECT_EQ(problems_of("{\"a\" 1}"), "f:1:6: found \"1\", expected \":\" after \"a\"");
    EXPECT_EQ(problems_of("{\"a\": 01}"),
              "f:1:7: found \"01\", expected a number: a number must not begin with a zero");
    EXPECT_EQ(problems_of("['a']"),
              "f:1:2: found \"'\", expected a value; strings stand in double quotes");
    EXPECT_EQ(problems_of("[\"a\n\"]"), "f:1:2: this string is not closed in its line");
    EXPECT_EQ(problems_of("[\"abc\\q\"]"), "f:1:6: unknown escape in a string");
    EXPECT_EQ(problems_of("{} {}"), "f:1:4: found \"{\", expected the end of the file");
    EXPECT_EQ(problems_of("[1 /* x"), "f:1:4: this comment is not closed");
    EXPECT_EQ(problems_of("[1e400]"),
              "f:1:2: found \"1e400\", expected a number: the number is beyond a double");
    EXPECT_NE(problems_of(""), "");
    EXPECT_NE(problems_of("  // only a comment"), "");
}

TEST(Document, a_key_given_twice_names_both_places_and_the_last_counts) {
    Problems problems;
    const auto document = Document::parse("f", "{\"m\": {\n\"erp\": 1,\n  \"erp\": 2}}", problems);
    ASSERT_TRUE(document);
    EXPECT_EQ(problems.text(),
              "f:3:3 m.erp: found \"erp\" again, first at 2:1; expected every key once");
    EXPECT_EQ(document->root()["m"]["erp"], 2);
}

TEST(Document, depth_of_200_passes_and_201_does_not) {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    EXPECT_EQ(problems_of(nested(200)), "");
    EXPECT_EQ(problems_of(nested(201)), "f:1:201: nested deeper than 200");
    EXPECT_EQ(problems_of(std::string(1'000'000, '[')), "f:1:201: nested deeper than 200");
}

TEST(Document, bad_utf8_is_refused_at_its_place) {
    EXPECT_EQ(problems_of("[\n\"a\xFF\"]"),
              "f:2:3: found a byte that is not UTF-8, expected text in UTF-8");
    EXPECT_NE(problems_of("[] // \xC0\xAF"), "");
    EXPECT_NE(problems_of("[\"\\ud800\"]"), "");
}

TEST(Document, a_byte_order_mark_is_passed_over) { EXPECT_EQ(problems_of("\xEF\xBB\xBF{}"), ""); }

TEST(Document, a_missing_file_is_a_problem) {
    Problems problems;
    EXPECT_FALSE(Document::read("/nonexistent/gantry.json", problems));
    EXPECT_EQ(problems.text(),
              "/nonexistent/gantry.json: cannot read the file: No such file or directory");
    EXPECT_FALSE(Document::read("/", problems));
    EXPECT_EQ(problems.size(), 2u);
}

}  // namespace
}  // namespace gantry::host
