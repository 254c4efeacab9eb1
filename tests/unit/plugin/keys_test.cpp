// Idempotency keys of the writes that a step makes through services.
#include "probe_rig.hpp"

#include <gantry/service.hpp>

namespace gantry::host {
namespace {

using test::call_of;
using test::fail_with;
using test::ProbeRig;
using test::script;
using Keys = std::vector<std::string>;

TEST(Keys, the_writes_of_a_method_are_counted_within_the_attempt) {
    ProbeRig rig;
    const auto twice = script({call_of("inner.put"), call_of("inner.put")});
    EXPECT_EQ(rig.report(twice).at("key"), "run-1/step");
    const Keys expected{"run-1/step/inner.put#1", "run-1/step/inner.put#2"};
    EXPECT_EQ(rig.keys("middle"), expected);
    rig.report(twice, {.attempt = 2});
    EXPECT_EQ(rig.keys("middle"), (Keys{expected[0], expected[1], expected[0], expected[1]}))
        << "another attempt has the same keys";
}

TEST(Keys, methods_are_counted_apart) {
    ProbeRig rig;
    const json update = {{"id", "p"}, {"data", json::object()}};
    const auto did =
        rig.report(script({call_of("inner.put"), call_of("erp.updateProductErpData", update),
                           call_of("inner.put")}))
            .at("did");
    EXPECT_EQ(did[0].at("key"), "run-1/step/inner.put#1");
    EXPECT_EQ(did[1].at("key"), "run-1/step/erp.updateProductErpData#1");
    EXPECT_EQ(did[2].at("key"), "run-1/step/inner.put#2");
}

TEST(Keys, the_last_part_may_be_given_by_the_caller) {
    ProbeRig rig;
    rig.report(script({call_of("inner.put", json::object(), "line-7")}));
    EXPECT_EQ(rig.keys("middle"), Keys{"run-1/step/line-7"});
}

TEST(Keys, a_given_part_with_a_slash_is_refused_and_nothing_reaches_the_service) {
    ProbeRig rig;
    const auto did = rig.report(script({call_of("inner.put", json::object(), "a/b")})).at("did");
    EXPECT_EQ(did[0].at("code"), GANTRY_E_MISUSE);
    EXPECT_EQ(did[0].at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_NE(did[0].at("message").get<std::string>().find("found \"a/b\""), std::string::npos);
    EXPECT_EQ(rig.keys("middle"), Keys{});
}

TEST(Keys, reads_carry_none) {
    ProbeRig rig;
    const auto did = rig.report(script({call_of("inner.see"), call_of("erp.describe")})).at("did");
    EXPECT_EQ(did[0].at("key"), "");
    EXPECT_EQ(did[1].at("key"), "");
    const auto outside = json::parse(rig.call("leaf", "see", json::object(), "mine").output);
    EXPECT_EQ(outside.at("key"), "") << "not even one that was given";
}

TEST(Keys, a_step_and_its_compensation_share_the_scope_at_every_depth) {
    ProbeRig rig;
    const auto deep = script({call_of("inner.put", script({call_of("inner.put")}))});
    rig.report(deep);
    ASSERT_FALSE(rig.step({}, {.side = Side::kCompensate, .undo = deep.dump()}).error);
    const auto middle = rig.keys("middle");
    const auto leaf = rig.keys("leaf");
    EXPECT_EQ(middle, (Keys{"run-1/step/inner.put#1", "run-1/step/compensate/inner.put#1"}));
    EXPECT_EQ(leaf, (Keys{"run-1/step/inner.put#1:inner.put#1",
                          "run-1/step/compensate/inner.put#1:inner.put#1"}));
    for (const auto& keys : {middle, leaf}) {
        for (const auto& key : keys) EXPECT_EQ(key_scope(key), "run-1/step") << key;
    }
}

TEST(Keys, two_writes_below_one_write_differ) {
    ProbeRig rig;
    const auto below = script({call_of("inner.put"), call_of("inner.put")});
    rig.report(script({call_of("inner.put", below), call_of("inner.put", below)}));
    EXPECT_EQ(rig.keys("leaf"),
              (Keys{"run-1/step/inner.put#1:inner.put#1", "run-1/step/inner.put#1:inner.put#2",
                    "run-1/step/inner.put#2:inner.put#1", "run-1/step/inner.put#2:inner.put#2"}));
}

TEST(Keys, a_write_from_outside_of_any_run_has_the_callers_key_and_passes_it_on) {
    ProbeRig rig;
    rig.call("middle", "put", script({call_of("inner.put")}), "mine");
    EXPECT_EQ(rig.keys("middle"), Keys{"mine"});
    EXPECT_EQ(rig.keys("leaf"), Keys{"mine/inner.put#1"});
    EXPECT_EQ(key_scope("mine"), key_scope("mine/inner.put#1"));
}

}  // namespace
}  // namespace gantry::host
