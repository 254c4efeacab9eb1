// Exactly as it was, or not touched.
#include "support.hpp"

namespace erp_tryton {
namespace {

using Restore = Connected;

// All that may not differ after an undo.
json content(json row) {
    const auto strip = [](json& one) {
        one.erase("_timestamp");
        one.erase("write_uid");
    };
    strip(row);
    for (auto& one : row.at("products.")) strip(one);
    return row;
}

const json kAll = {{"title", "Linen"}, {"description", "Soft"}, {"price", "7.5"},
                   {"weight", 300},    {"status", "draft"},     {"material", "flax"}};

TEST_F(Restore, puts_every_field_and_unit_and_variant_back) {
    tryton.add(1, "p1", {{"list_price", decimal("19.950")}, {"weight", 0.25}, {"weight_uom", 2}});
    row()["products."].push_back(tryton.variant(11, "p1-XL"));
    row()["products."][1]["active"] = false;
    row()["products."][1]["description"] = "Large";
    row()["products."][1]["attributes"] = {{"shelf", "B7"}};
    const auto as_it_was = content(row());
    const auto before = snapshot();
    const auto written = update(kAll).at("version");
    EXPECT_NE(content(row()), as_it_was);
    EXPECT_EQ(restore(before, written),
              (json{{"result", "restored"}, {"version", before.at("version")}}));
    EXPECT_EQ(content(row()), as_it_was);
    EXPECT_EQ(restore(before, written).at("result"), "unchanged");
    EXPECT_EQ(tryton.writes(), 2U);
}

TEST_F(Restore, takes_a_product_away_that_the_run_made) {
    const auto before = snapshot();
    const auto written = update(kAll, {{"create", true}}).at("version");
    EXPECT_EQ(restore(before, written), (json{{"result", "restored"}, {"version", nullptr}}));
    EXPECT_TRUE(tryton.rows.empty());
    EXPECT_EQ(restore(before, written).at("result"), "unchanged");
}

TEST_F(Restore, after_a_lost_reply_puts_back_what_our_login_wrote) {
    tryton.add(1, "p1");
    const auto as_it_was = content(row());
    const auto before = snapshot();
    EXPECT_TRUE(plugin.call("updateProductErpData", input(kAll), {.crash = true}).lost);
    EXPECT_EQ(restore(before, nullptr).at("result"), "restored");
    EXPECT_EQ(content(row()), as_it_was);
}

TEST_F(Restore, after_a_lost_reply_does_not_touch_what_somebody_else_wrote) {
    tryton.add(1, "p1");
    const auto before = snapshot();
    row()["name"] = "Wool";
    row()["write_uid"] = 3;
    const auto error = refused("restoreProduct", {{"snapshot", before}, {"written", nullptr}});
    EXPECT_EQ(error.code(), GANTRY_E_CHANGED);
    EXPECT_EQ(row().at("name"), "Wool");
    EXPECT_EQ(error.details().at("now").at("data").at("title"), "Wool");
}

TEST_F(Restore, of_a_write_still_on_its_way_makes_tryton_refuse_it) {
    tryton.add(1, "p1");
    const auto before = snapshot();
    const auto expected = row().at("_timestamp");
    EXPECT_EQ(restore(before, nullptr).at("result"), "unchanged");
    EXPECT_NE(row().at("_timestamp"), expected);
}

TEST_F(Restore, is_refused_when_somebody_else_changed_it_since) {
    tryton.add(1, "p1");
    const auto before = snapshot();
    const auto written = update({{"title", "Linen"}}).at("version");
    row()["name"] = "Wool";
    const auto error = refused("restoreProduct", {{"snapshot", before}, {"written", written}});
    EXPECT_EQ(error.code(), GANTRY_E_CHANGED);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
    tryton.rows.clear();
    EXPECT_EQ(refused("restoreProduct", {{"snapshot", before}, {"written", written}}).code(),
              GANTRY_E_CHANGED);
}

TEST_F(Restore, goes_to_no_other_system_and_uses_the_snapshots_company) {
    tryton.add(1, "p1");
    auto before = snapshot();
    const auto written = update({{"title", "Linen"}}).at("version");
    auto other = before;
    other["system"]["id"] = "https://elsewhere.example/shop";
    EXPECT_EQ(refused("restoreProduct", {{"snapshot", other}, {"written", written}}).code(),
              GANTRY_E_REJECTED);
    before["state"]["context"]["company"] = 2;
    tryton.contexts.clear();
    restore(before, written);
    for (const auto& context : tryton.contexts) EXPECT_EQ(context.at("company"), 2);
}

}  // namespace
}  // namespace erp_tryton
