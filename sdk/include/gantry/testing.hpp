// A fake host in the test's own process: unit tests of a plugin without a host and without network.
//
//     gantry::testing::Host host;
//     host.service("erp").answers("snapshotProduct", {{"exists", false}})
//                        .fails("updateProductErpData", gantry::Error(GANTRY_E_REJECTED, "no"));
//     gantry::testing::Plugin plugin(host);
//     const auto end = plugin.invoke("reserve", {{"id", "p1"}});
//     EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
//     plugin.compensate("reserve");
//
// Link the test with the plugin's objects: $<TARGET_OBJECTS:acme-erp>. It needs no test framework:
// what a test did wrong is thrown as std::logic_error, what the plugin did is in the End.
//
// As the real host: keys, attempts, undo data, deadlines, stale calls, refused writes. Not checked
// here: JSON Schemas of options and inputs, "max_concurrency", the heartbeat's interval.
#pragma once

#include <gantry/testing/plugin.hpp>
