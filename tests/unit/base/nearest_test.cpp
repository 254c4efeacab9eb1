// The nearest known name: what counts as near.
#include "base/nearest.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

TEST(Nearest, finds_a_missing_an_extra_a_wrong_and_a_swapped_letter) {
    const std::vector<std::string> known = {"database", "url", "token"};
    for (const auto* typo : {"databse", "dataabase", "datebase", "dtaabase"}) {
        EXPECT_EQ(nearest(typo, known), "database") << typo;
    }
    EXPECT_EQ(nearest("ulr", known), "url");
}

TEST(Nearest, stays_silent_when_nothing_is_near) {
    EXPECT_EQ(nearest("colour", {"database", "url"}), std::nullopt);
    EXPECT_EQ(nearest("x", {"y", "z"}), std::nullopt);
    EXPECT_EQ(nearest("", {"a"}), std::nullopt);
    EXPECT_EQ(nearest("anything", {}), std::nullopt);
    EXPECT_EQ(nearest(std::string(100'000, 'a'), {std::string(100'000, 'a')}), std::nullopt);
}

TEST(Nearest, prefers_the_nearer_one) {
    EXPECT_EQ(nearest("routs", {"roots", "routes", "router"}), "roots");
    EXPECT_EQ(nearest("titel", {"titles", "title"}), "title");
}

TEST(Nearest, hints_are_ready_to_append) {
    EXPECT_EQ(did_you_mean("databse", {"database"}), " Did you mean \"database\"?");
    EXPECT_EQ(did_you_mean("colour", {"database"}), "");
    EXPECT_EQ(did_you_mean_or_known("colour", {"database", "url"}), " Known: database, url.");
    EXPECT_EQ(did_you_mean_or_known("colour", {}), "");
}

}  // namespace
}  // namespace gantry::host
