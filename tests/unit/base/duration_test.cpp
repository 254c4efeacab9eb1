// Durations: units, and what is refused.
#include "base/duration.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

using namespace std::chrono_literals;

TEST(Duration, every_unit_is_understood) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("30s"), 30s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("2h"), 2h);
    EXPECT_EQ(parse_duration("7d"), 168h);
}

TEST(Duration, anything_else_is_refused) {
    for (const auto* text :
         {"", "s", "10", "0s", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5s", "5S", "5sec", "1h30m",
          "99999999999999999999s", "9223372036854775807d", "36501d", "0x10s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Duration, the_longest_can_be_added_to_the_time) {
    const auto longest = parse_duration("36500d");
    ASSERT_TRUE(longest);
    const auto now = std::chrono::system_clock::now();
    EXPECT_GT(now + *longest, now);
}

}  // namespace
}  // namespace gantry::host
