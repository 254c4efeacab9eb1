// Who counts as one caller.
#include "base/address.hpp"

#include <gtest/gtest.h>

namespace gantry::host {

TEST(Address, those_that_one_caller_has_at_will_count_as_one) {
    EXPECT_EQ(caller_of("::1"), "::1");
    EXPECT_EQ(caller_of("::ffff:127.0.0.2"), "127.0.0.2");
    EXPECT_EQ(caller_of("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(caller_of("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(caller_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(caller_of("2001:db8:1:2::9"), "2001:db8:1:2::/64");
    EXPECT_NE(caller_of("2001:db8:1:3::9"), caller_of("2001:db8:1:2::9"));
    EXPECT_EQ(caller_of("fe80::1%eth0"), caller_of("fe80::2%eth0"));
    EXPECT_EQ(caller_of(""), "") << "a unix socket has none";
}

}  // namespace gantry::host
