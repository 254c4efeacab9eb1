// Points in the past as people say them.
#include "api/cli/since.hpp"

#include "api/iso_time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace gantry::host {
namespace {

class Since : public testing::Test {
protected:
    void SetUp() override { in_zone("UTC"); }
    void TearDown() override { in_zone("UTC"); }

    static void in_zone(const char* zone) {
        ::setenv("TZ", zone, 1);  // NOLINT: no other thread runs
        ::tzset();
    }

    static std::string since(const std::string& text) {
        const auto ms = parse_since(text, *parse_iso_time("2024-05-02T07:30:00Z"));
        return ms ? iso_time(*ms) : "nothing";
    }
};

}  // namespace

TEST_F(Since, a_time_of_day_is_the_last_such_time) {
    EXPECT_EQ(since("07:00"), "2024-05-02T07:00:00.000Z");
    EXPECT_EQ(since("07:30"), "2024-05-02T07:30:00.000Z");
    EXPECT_EQ(since("22:00"), "2024-05-01T22:00:00.000Z");
    EXPECT_EQ(since("07:30:01"), "2024-05-01T07:30:01.000Z");
}

TEST_F(Since, a_time_of_day_is_local) {
    in_zone("XYZ-2");  // two hours east
    EXPECT_EQ(since("09:00"), "2024-05-02T07:00:00.000Z");
    EXPECT_EQ(since("22:00"), "2024-05-01T20:00:00.000Z");
}

TEST_F(Since, a_duration_goes_back_and_an_iso_time_is_itself) {
    EXPECT_EQ(since("2h"), "2024-05-02T05:30:00.000Z");
    EXPECT_EQ(since("7d"), "2024-04-25T07:30:00.000Z");
    EXPECT_EQ(since("2024-05-01"), "2024-05-01T00:00:00.000Z");
    EXPECT_EQ(since("2024-05-01T22:00:00+02:00"), "2024-05-01T20:00:00.000Z");
}

TEST_F(Since, nothing_else_is_understood) {
    for (const auto* text : {"", "22", "24:00", "07:60", "22:0", "7:00", "-1:00", "+7:00", "07:00x",
                             "07:00:61", "yesterday", "07:00 "}) {
        EXPECT_EQ(since(text), "nothing") << text;
    }
}

}  // namespace gantry::host
