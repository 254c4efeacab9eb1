// Paths of routes: what is refused, and which are the same.
#include "base/route_path.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

TEST(RoutePath, plain_segments_and_parameters_are_fine) {
    for (const auto* path : {"/", "/store", "/store/products/{id}/erp", "/{a}/{b}", "/a.b-c_d~/%20",
                             "/administrators", "/store/admin"}) {
        EXPECT_EQ(route_path_fault(path), "") << path;
    }
}

TEST(RoutePath, others_are_refused) {
    for (const auto* path : {"", "store", "//", "/a//b", "/a/", "/a b", "/a?b", "/a#b", "/x{id}",
                             "/{id", "/id}", "/{}", "/{1a}", "/{a-b}", "/{a}/{a}", "/é", "/a\nb"}) {
        EXPECT_NE(route_path_fault(path), "") << path;
    }
}

TEST(RoutePath, the_hosts_own_paths_are_refused) {
    for (const auto* path : {"/admin", "/admin/x", "/health", "/runs/{id}", "/metrics"}) {
        EXPECT_NE(route_path_fault(path).find("belongs to the host"), std::string::npos) << path;
    }
}

TEST(RoutePath, the_shape_forgets_the_names_of_parameters) {
    EXPECT_EQ(route_shape("/a/{id}/b"), route_shape("/a/{other}/b"));
    EXPECT_NE(route_shape("/a/{id}/b"), route_shape("/a/{id}/c"));
    EXPECT_NE(route_shape("/a"), route_shape("/{a}"));
}

}  // namespace
}  // namespace gantry::host
