// Routes and targets without a server.
#include "api/router.hpp"
#include "api/target.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

Router router() {
    Router router;
    router.add({.method = "POST", .pattern = "/a/{id}", .handler = {}});
    router.add({.method = "GET", .pattern = "/a/new", .handler = {}, .head = true});
    router.add({.method = "GET", .pattern = "/", .handler = {}});
    return router;
}

std::string chosen(const Router& router, const std::string& method, const std::string& target) {
    const auto match = router.match(method, parse_target(target).path);
    return match.route != nullptr ? match.route->pattern : match.allow;
}

}  // namespace

TEST(Router, a_plain_segment_goes_before_a_parameter) {
    const auto r = router();
    EXPECT_EQ(chosen(r, "GET", "/a/new"), "/a/new");
    EXPECT_EQ(chosen(r, "POST", "/a/new"), "/a/{id}");
    EXPECT_EQ(chosen(r, "POST", "/a/other"), "/a/{id}");
    EXPECT_EQ(chosen(r, "GET", "/"), "/");
}

TEST(Router, another_method_learns_which_are_allowed) {
    const auto r = router();
    EXPECT_EQ(chosen(r, "DELETE", "/a/new"), "GET, HEAD, POST");
    EXPECT_EQ(chosen(r, "GET", "/a/other"), "POST");
    EXPECT_EQ(chosen(r, "GET", "/a"), "");
    EXPECT_EQ(chosen(r, "POST", "/a/"), "");
    EXPECT_EQ(chosen(r, "POST", "/a/b/c"), "");
}

TEST(Router, parameters_are_decoded_after_the_path_was_cut) {
    const auto r = router();
    const auto match = r.match("POST", parse_target("/a/x%2Fy+%C3%A4").path);
    EXPECT_EQ(match.parameters.at("id"), "x/y+ä");
}

TEST(Target, query_keys_and_values_are_decoded) {
    const auto target = parse_target("/x?created_at%5B%24gte%5D=a+b&flag&empty=&&c=d=e#end");
    EXPECT_EQ(target.query,
              (Query{{"created_at[$gte]", "a b"}, {"flag", ""}, {"empty", ""}, {"c", "d=e"}}));
}

TEST(Target, bad_escapes_and_bad_utf8_are_refused) {
    for (const auto* bad : {"/%", "/%4", "/%zz", "/%C3%28", "/x?a=%g0", "x", "*", "/\xff"}) {
        EXPECT_THROW(parse_target(bad), Error) << bad;
    }
}

TEST(Target, admin_is_known_however_it_is_written) {
    for (const auto* admin : {"/admin", "/admin/x", "/admin?x", "/%61dmin/x", "/admin/%zz"}) {
        EXPECT_TRUE(is_admin(admin)) << admin;
    }
    for (const auto* other : {"/", "/administer", "/x/admin", "//admin", "/%zz/admin", ""}) {
        EXPECT_FALSE(is_admin(other)) << other;
    }
}

}  // namespace gantry::host
