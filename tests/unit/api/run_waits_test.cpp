// Which of the requests that wait for a run gives way.
#include "api/run_waits.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gantry::host {
namespace {

struct RunWaitsTest : testing::Test {
    std::optional<RunWaits::Id> add(const std::string& caller, const std::string& name) {
        return waits.add(caller, [this, name] { ended.push_back(name); });
    }

    RunWaits waits{4};
    std::vector<std::string> ended;
};

using Names = std::vector<std::string>;

TEST_F(RunWaitsTest, of_the_caller_that_has_most_the_longest_gives_way) {
    add("good", "g1");
    for (const char* name : {"f1", "f2", "f3"}) add("flood", name);
    EXPECT_EQ(ended, Names{});
    for (const char* name : {"f4", "f5", "f6", "f7"}) add("flood", name);
    EXPECT_EQ(ended, (Names{"f1", "f2", "f3", "f4"}));
    add("good", "g2");
    EXPECT_EQ(ended.back(), "f5");
}

TEST_F(RunWaitsTest, one_that_is_over_takes_no_place) {
    const auto first = add("a", "a1");
    for (const char* name : {"a2", "a3", "a4"}) add("a", name);
    waits.remove(*first);
    waits.remove(*first);
    add("b", "b1");
    EXPECT_EQ(ended, Names{});
}

TEST_F(RunWaitsTest, all_end_with_the_server_and_none_begins) {
    add("a", "a1");
    add("b", "b1");
    waits.end_all();
    EXPECT_EQ(ended, (Names{"a1", "b1"}));
    EXPECT_FALSE(add("a", "a2"));
}

}  // namespace
}  // namespace gantry::host
