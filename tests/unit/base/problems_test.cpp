// Problems: order and form of the lines.
#include "base/problems.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

TEST(Problems, are_shown_in_order_of_file_line_and_column) {
    Problems problems;
    EXPECT_TRUE(problems.empty());
    problems.add({"b.json", 1, 1}, "x", "third");
    problems.add({"a.json", 10, 2}, "modules.erp", "second");
    problems.add({"a.json", 9, 20}, "", "first");
    EXPECT_EQ(problems.size(), 3u);
    EXPECT_EQ(problems.text(),
              "a.json:9:20: first\n"
              "a.json:10:2 modules.erp: second\n"
              "b.json:1:1 x: third");
}

TEST(Problems, a_problem_of_the_whole_file_has_no_line) {
    Problems problems;
    problems.add({"a.json"}, "", "cannot read the file");
    EXPECT_EQ(problems.text(), "a.json: cannot read the file");
}

}  // namespace
}  // namespace gantry::host
