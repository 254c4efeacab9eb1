// The test that the author of update-product-erp writes: no host, no network.
#include <gantry/testing.hpp>

#include <gtest/gtest.h>

namespace {

using gantry::json;
using gantry::testing::Host;
using gantry::testing::Plugin;

const json kInput = {{"id", "p1"}, {"title", "Linen"}};
const json kBefore = {{"system", {{"id", "erp"}}}, {"exists", true}, {"version", "1"}};

void script_erp(Host& host) {
    host.service("erp")
        .answers("snapshotProduct", kBefore)
        .answers("describe", {{"system", {{"id", "erp"}}}})
        .answers("updateProductErpData", {{"version", "2"}})
        .answers("restoreProduct", {{"result", "restored"}, {"version", "1"}});
}

TEST(UpdateErp, takes_a_snapshot_before_it_writes_and_gives_it_to_the_restore) {
    Host host;
    script_erp(host);
    Plugin plugin(host);

    const auto end = plugin.invoke("update-erp", kInput);
    EXPECT_EQ(end.output().at("version"), "2");
    EXPECT_EQ(end.undo_data, kBefore);
    EXPECT_TRUE(end.needs_undo);

    EXPECT_EQ(plugin.compensate("update-erp").error, std::nullopt);
    const auto restore = host.service("erp").calls("restoreProduct").at(0);
    EXPECT_EQ(restore.input, (json{{"snapshot", kBefore}, {"written", "2"}}));
    EXPECT_EQ(restore.key, "run-1/update-erp/compensate/erp.restoreProduct#1");
}

TEST(UpdateErp, after_a_crash_writes_under_the_same_key_and_keeps_the_first_snapshot) {
    Host host;
    script_erp(host);
    host.service("erp").answers("snapshotProduct", {{"version", "2"}});  // our own write, read back
    Plugin plugin(host);

    EXPECT_TRUE(plugin.invoke("update-erp", kInput, {.crash = true}).lost);
    plugin.restart();
    const auto end = plugin.invoke("update-erp", kInput);

    EXPECT_EQ(end.attempt, 2U);
    EXPECT_EQ(end.undo_data, kBefore);
    EXPECT_EQ(host.service("erp").calls("snapshotProduct").size(), 1U);
    const auto writes = host.service("erp").calls("updateProductErpData");
    ASSERT_EQ(writes.size(), 2U);
    EXPECT_EQ(writes[0].key, writes[1].key);
}

TEST(UpdateErp, does_not_write_to_another_erp_than_the_one_it_began_with) {
    Host host;
    host.service("erp")
        .answers("snapshotProduct", kBefore)
        .answers("updateProductErpData", {{"version", "2"}})
        .answers("describe", {{"system", {{"id", "another"}}}});
    Plugin plugin(host);

    EXPECT_TRUE(plugin.invoke("update-erp", kInput, {.crash = true}).lost);
    plugin.restart();
    const auto end = plugin.invoke("update-erp", kInput);

    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_CONFIG);
    EXPECT_EQ(host.service("erp").calls("updateProductErpData").size(), 1U);
}

TEST(UpdateErp, is_undone_after_a_lost_reply_and_not_after_a_refusal) {
    Host host;
    script_erp(host);
    Plugin plugin(host);
    host.service("product").answers("snapshotProduct", kBefore);
    host.service("product")
        .fails("updateProducts", {GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED})
        .loses_reply("updateProducts");

    const auto refused = plugin.invoke("update-product", kInput);
    EXPECT_EQ(refused.error->code(), GANTRY_E_REJECTED);
    EXPECT_FALSE(refused.needs_undo);
    const auto lost = plugin.invoke("update-product", kInput);
    EXPECT_EQ(lost.error->code(), GANTRY_E_UNAVAILABLE);
    EXPECT_TRUE(lost.needs_undo);
}

TEST(UpdateErp, writes_on_top_of_its_snapshot_also_where_there_was_nothing) {
    for (const json& version : {json("1"), json(nullptr)}) {
        Host host;
        host.service("erp")
            .answers("snapshotProduct", {{"exists", !version.is_null()}, {"version", version}})
            .answers("updateProductErpData", {{"version", "2"}});
        Plugin plugin(host);
        EXPECT_EQ(plugin.invoke("update-erp", kInput).output().at("version"), "2");
        const auto write = host.service("erp").calls("updateProductErpData").at(0);
        EXPECT_EQ(write.input.at("if_version"), version);
    }
}

TEST(UpdateErp, what_somebody_else_changed_since_the_snapshot_is_not_its_own_to_take_back) {
    Host host;
    host.service("erp")
        .answers("snapshotProduct", kBefore)
        .answers("snapshotProduct", {{"version", "theirs"}})
        .fails("updateProductErpData", {GANTRY_E_CONFLICT, "not 1", GANTRY_EF_NOT_APPLIED})
        .answers("updateProductErpData", {{"version", "3"}});
    Plugin plugin(host);
    EXPECT_EQ(plugin.invoke("update-erp", kInput).output().at("version"), "overtaken by 3");
    const auto writes = host.service("erp").calls("updateProductErpData");
    ASSERT_EQ(writes.size(), 2U);
    EXPECT_EQ(writes[0].input.at("if_version"), "1");
    EXPECT_FALSE(writes[1].input.contains("if_version"));
}

TEST(UpdateErp, a_conflict_over_what_is_as_it_was_is_left_to_the_next_attempt) {
    Host host;
    host.service("erp")
        .answers("snapshotProduct", kBefore)
        .fails("updateProductErpData", {GANTRY_E_CONFLICT, "busy", GANTRY_EF_NOT_APPLIED});
    Plugin plugin(host);
    EXPECT_EQ(plugin.invoke("update-erp", kInput).error->code(), GANTRY_E_CONFLICT);
    EXPECT_EQ(host.service("erp").calls("updateProductErpData").size(), 1U);
}

TEST(UpdateErp, compensates_nothing_when_nothing_was_recorded) {
    Host host;
    host.service("erp").fails("snapshotProduct", {GANTRY_E_UNAVAILABLE, "down"});
    Plugin plugin(host);
    EXPECT_EQ(plugin.invoke("update-erp", kInput).error->code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(plugin.compensate("update-erp").error, std::nullopt);
    EXPECT_TRUE(host.service("erp").calls("restoreProduct").empty());
}

TEST(UpdateErp, still_reports_when_the_erp_stalls) {
    Host host;
    script_erp(host);
    Plugin plugin(host);
    host.service("product").answers("snapshotProduct", kBefore).stalls("updateProducts");
    const auto end = plugin.invoke("update-product", kInput);
    EXPECT_EQ(end.error->message(), "product.updateProducts did not answer in time");
    EXPECT_EQ(host.clock().now(), std::chrono::seconds(27)) << "a tenth is left for the report";
}

TEST(UpdateErp, both_steps_refuse_a_field_that_the_erp_does_not_write_before_anything_is_written) {
    Host host;
    host.service("erp")
        .answers(
            "describe",
            {{"system", {{"id", "erp"}}},
             {"fields",
              {{{"name", "price"}, {"writable", true}}, {{"name", "cost"}, {"writable", false}}}}})
        .answers("snapshotProduct", kBefore)
        .answers("updateProductErpData", {{"version", "2"}});
    host.service("product")
        .answers("snapshotProduct", kBefore)
        .answers("updateProducts", {{"version", "2"}});
    Plugin plugin(host);
    for (const std::string step : {"update-product", "update-erp"}) {
        const auto refused = plugin.invoke(step, {{"id", "p1"}, {"erp", {{"cost", "1"}}}});
        ASSERT_TRUE(refused.error) << step;
        EXPECT_EQ(refused.error->code(), GANTRY_E_INVALID_DATA);
        EXPECT_FALSE(refused.needs_undo);
    }
    EXPECT_TRUE(host.service("product").calls("updateProducts").empty());
    EXPECT_TRUE(host.service("erp").calls("updateProductErpData").empty());

    const json input = {{"id", "p1"}, {"title", "Linen"}, {"erp", {{"price", "1"}}}};
    EXPECT_FALSE(plugin.invoke("update-product", input).error);
    EXPECT_FALSE(plugin.invoke("update-erp", input).error);
    EXPECT_EQ(host.service("product").calls("updateProducts").at(0).input.at("data"),
              (json{{"title", "Linen"}}));
    EXPECT_EQ(host.service("erp").calls("updateProductErpData").at(0).input.at("data"),
              (json{{"title", "Linen"}, {"price", "1"}}));
}

TEST(UpdateErp, brings_a_workflow_of_both_steps) {
    Host host;
    const Plugin plugin(host);
    EXPECT_EQ(plugin.workflows().at(0).at("name"), "update-product-and-erp");
}

}  // namespace
