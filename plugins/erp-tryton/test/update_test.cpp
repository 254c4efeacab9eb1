// What is written, how often, and what is said of it.
#include "support.hpp"

namespace erp_tryton {
namespace {

using Update = Connected;

TEST_F(Update, changes_template_and_variant_by_one_write_between_two_reads) {
    tryton.add(1, "p1");
    plugin.call("describe").output();
    tryton.asked.clear();
    const auto written = update({{"title", "Linen"}, {"description", "Soft"}, {"weight", 250}});
    EXPECT_EQ(tryton.asked, (std::vector<std::string>{"model.product.template.search_read",
                                                      "model.product.template.write",
                                                      "model.product.template.search_read"}));
    EXPECT_EQ(row().at("name"), "Linen");
    EXPECT_EQ(row().at("weight"), 250);
    EXPECT_EQ(row().at("weight_uom"), 3) << "the unit of ours is written with the value";
    EXPECT_EQ(variant().at("description"), "Soft");
    EXPECT_EQ(written.at("data").at("weight"), 250);
    EXPECT_EQ(written.at("erp_ids"), (json{{"template", "1"}, {"product", "10"}}));
}

TEST_F(Update, writes_nothing_where_all_is_as_wanted) {
    tryton.add(1, "p1", {{"list_price", decimal("19.950")}});
    const auto version = snapshot().at("version");
    EXPECT_EQ(update({{"title", "Shirt"}, {"price", "19.95"}}).at("version"), version);
    EXPECT_EQ(tryton.writes(), 0U);
}

TEST_F(Update, lists_what_nobody_maps_and_clears_what_is_null) {
    tryton.add(1, "p1", {{"list_price", decimal("5")}});
    const auto written = update({{"price", nullptr}, {"colour", "red"}});
    EXPECT_EQ(written.at("ignored"), json::array({"colour"}));
    EXPECT_EQ(row().at("list_price"), nullptr);
}

TEST_F(Update, keeps_decimals_exact) {
    tryton.add(1, "p1");
    EXPECT_EQ(update({{"price", "12345678901.2345"}}).at("data").at("price"), "12345678901.2345");
    EXPECT_EQ(row().at("list_price"), decimal("12345678901.2345"));
}

TEST_F(Update, keeps_the_attributes_that_nobody_maps) {
    tryton.add(1, "p1");
    variant()["attributes"] = {{"shelf", "B7"}, {"material", "wool"}};
    update({{"material", "linen"}});
    EXPECT_EQ(variant().at("attributes"), (json{{"shelf", "B7"}, {"material", "linen"}}));
    update({{"material", nullptr}});
    EXPECT_EQ(variant().at("attributes"), (json{{"shelf", "B7"}}));
}

TEST_F(Update, takes_all_variants_along) {
    tryton.add(1, "p1");
    row()["products."].push_back(tryton.variant(11, "p1-XL"));
    update({{"description", "Soft"}, {"status", "draft"}});
    for (const auto& one : row().at("products.")) {
        EXPECT_EQ(one.at("description"), "Soft");
        EXPECT_EQ(one.at("active"), false);
    }
    EXPECT_EQ(row().at("active"), false);
    EXPECT_EQ(tryton.writes(), 1U);
}

TEST_F(Update, reads_weights_in_other_units_exactly) {
    tryton.add(1, "p1", {{"weight", 0.255}, {"weight_uom", 2}});
    EXPECT_EQ(snapshot().at("exists"), true);
    const auto read = [&] {
        return plugin.call("retrieveProductErpDetails", {{"id", "p1"}}).output().at("data");
    };
    EXPECT_EQ(read().at("weight"), 255);
    EXPECT_EQ(update({{"weight", 255}}).at("data").at("weight"), 255);
    EXPECT_EQ(tryton.writes(), 0U);
    row()["weight_uom"] = 5;  // pounds
    EXPECT_EQ(read().at("weight"), nullptr);
}

TEST_F(Update, with_an_outdated_version_is_a_conflict_and_writes_nothing) {
    tryton.add(1, "p1");
    const auto error =
        refused("updateProductErpData", input({{"title", "Linen"}}, {{"if_version", "old"}}));
    EXPECT_EQ(error.code(), GANTRY_E_CONFLICT);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(tryton.writes(), 0U);
}

TEST_F(Update, is_refused_by_tryton_when_somebody_was_faster) {
    tryton.add(1, "p1");
    update({{"title", "Linen"}});
    tryton.next = {FakeTryton::result(json::array({[&] {
        auto old = row();
        old["weight_uom."] = nullptr;
        old["_timestamp"] = "1795000000.000001";
        return old;
    }()}))};
    const auto error = refused("updateProductErpData", input({{"title", "Wool"}}));
    EXPECT_EQ(error.code(), GANTRY_E_CONFLICT);
    EXPECT_EQ(row().at("name"), "Linen");
}

TEST_F(Update, whose_reply_was_lost_is_recognised_and_not_done_twice) {
    tryton.add(1, "p1");
    const auto version = snapshot().at("version");
    const auto change = input({{"title", "Linen"}}, {{"if_version", version}});
    EXPECT_TRUE(plugin.call("updateProductErpData", change, {.crash = true}).lost);
    const auto again = plugin.call("updateProductErpData", change).output();
    EXPECT_EQ(again.at("data").at("title"), "Linen");
    EXPECT_EQ(tryton.writes(), 1U);
}

TEST_F(Update, makes_a_product_once_under_our_id) {
    EXPECT_EQ(refused("updateProductErpData", input({{"title", "Linen"}})).code(),
              GANTRY_E_NOT_FOUND);
    const auto make = input({{"title", "Linen"}, {"material", "flax"}}, {{"create", true}});
    EXPECT_TRUE(plugin.call("updateProductErpData", make, {.crash = true}).lost);
    const auto made = plugin.call("updateProductErpData", make).output();
    EXPECT_EQ(made.at("data").at("material"), "flax");
    EXPECT_EQ(row().at("code"), "p1");
    EXPECT_EQ(row().at("default_uom"), 1);
    EXPECT_EQ(row().at("type"), "goods");
    EXPECT_EQ(tryton.writes(), 1U);
}

TEST_F(Update, finds_a_product_that_was_made_at_the_same_time) {
    plugin.call("describe").output();
    tryton.next = {FakeTryton::result(json::array())};  // not there yet
    tryton.add(1, "p1", {{"name", "Linen"}});
    const auto made = update({{"title", "Linen"}}, {{"create", true}});
    EXPECT_EQ(made.at("erp_ids").at("template"), "1");
    EXPECT_EQ(tryton.rows.size(), 1U);
}

TEST_F(Update, answers_a_version_that_nothing_has_when_somebody_wrote_after_it) {
    tryton.add(1, "p1");
    const auto before = snapshot();
    tryton.user = 3;  // as whom the write is noted: not us
    const auto written = update({{"title", "Linen"}}).at("version");
    EXPECT_NE(written, snapshot().at("version"));
    const auto error = refused("restoreProduct", {{"snapshot", before}, {"written", written}});
    EXPECT_EQ(error.code(), GANTRY_E_CHANGED);
}

TEST_F(Update, sends_company_and_language_of_the_login_with_every_call) {
    tryton.add(1, "p1");
    update({{"title", "Linen"}});
    ASSERT_FALSE(tryton.contexts.empty());
    for (const auto& context : std::vector(tryton.contexts.begin() + 1, tryton.contexts.end())) {
        EXPECT_EQ(context.at("company"), 1);
        EXPECT_EQ(context.at("language"), "en");
    }
}

}  // namespace
}  // namespace erp_tryton
