// The Authorization header of the management API.
#include "api/auth.hpp"

#include <gtest/gtest.h>

namespace gantry::host {

TEST(Auth, a_bearer_token_must_be_equal_to_the_last_byte) {
    EXPECT_TRUE(authorized("Bearer secret", "secret"));
    EXPECT_TRUE(authorized("bearer secret", "secret"));
    EXPECT_FALSE(authorized("Bearer secres", "secret"));
    EXPECT_FALSE(authorized("Bearer secre", "secret"));
    EXPECT_FALSE(authorized("Bearer secrett", "secret"));
    EXPECT_FALSE(authorized("Bearer", "secret"));
    EXPECT_FALSE(authorized("", "secret"));
    EXPECT_FALSE(authorized("secret", "secret"));
    EXPECT_FALSE(authorized(std::nullopt, "secret"));
}

TEST(Auth, basic_has_the_token_as_user_name) {
    EXPECT_TRUE(authorized("Basic c2VjcmV0Og==", "secret"));   // secret:
    EXPECT_TRUE(authorized("Basic c2VjcmV0OnB3", "secret"));   // secret:pw
    EXPECT_FALSE(authorized("Basic OnNlY3JldA==", "secret"));  // :secret
    EXPECT_FALSE(authorized("Basic %%%", "secret"));
}

TEST(Auth, an_empty_token_lets_nobody_in) {
    EXPECT_FALSE(authorized("Bearer ", ""));
    EXPECT_FALSE(authorized("Basic Og==", ""));
}

}  // namespace gantry::host
