// updateProducts: what is sent, what is not, and what is refused.
#include "support.hpp"

namespace product_medusa {
namespace {

using gantry::Error;

class Update : public Connected {};

TEST_F(Update, is_one_read_and_one_write_of_what_differs) {
    const auto answer = updated({{"title", "Linen"}, {"weight", 250}});
    EXPECT_EQ(answer.at("title"), "Linen");
    EXPECT_EQ(host.http().requests().size(), 2U);
    EXPECT_EQ(medusa.last_body(), (json{{"title", "Linen"}}));
    EXPECT_EQ(plugin.call("retrieveProduct", {{"id", "prod_1"}}).output().at("version"),
              answer.at("version"));
}

TEST_F(Update, answers_the_relations_that_are_asked_for) {
    const auto asked = [&](const json& relations) {
        return update({{"title", "Linen"}}, "", {{"relations", relations}});
    };
    const auto bare = asked(json::array()).output();
    EXPECT_EQ(bare.at("title"), "Linen");
    EXPECT_TRUE(bare.contains("version"));
    EXPECT_FALSE(bare.contains("variants"));
    EXPECT_TRUE(asked({"tags"}).output().contains("tags"));
    const auto writes = medusa.writes();
    expect_refused(asked({"tag"}), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(medusa.writes(), writes);
}

TEST_F(Update, of_what_is_there_writes_nothing) {
    updated({{"title", "Shirt"}, {"metadata", {{"season", "summer"}}}});
    EXPECT_EQ(medusa.writes(), 0U);
}

TEST_F(Update, merges_metadata_and_deletes_by_an_empty_text) {
    const auto answer = updated({{"metadata", {{"season", ""}, {"fit", "slim"}}}});
    EXPECT_EQ(answer.at("metadata"), (json{{"fit", "slim"}}));
    EXPECT_EQ(updated({{"metadata", nullptr}}).at("metadata"), nullptr);
}

TEST_F(Update, with_an_outdated_version_is_a_conflict) {
    const auto version = snapshot().at("version");
    updated({{"title", "Linen"}});
    expect_refused(update({{"title", "Wool"}}, "", {{"if_version", version}}), GANTRY_E_CONFLICT);
    EXPECT_EQ(medusa.writes(), 1U);
}

TEST_F(Update, whose_reply_was_lost_is_not_written_again) {
    medusa.instead_of_reply = kLost;
    expect_refused(update({{"title", "Linen"}}, "run/step/product.updateProducts#1"),
                   GANTRY_E_UNAVAILABLE, GANTRY_EF_MAYBE_APPLIED);
    const auto end = update({{"title", "Linen"}}, "run/step/product.updateProducts#1");
    EXPECT_EQ(end.output().at("version"), snapshot().at("version"));
    EXPECT_EQ(medusa.writes(), 1U);
}

TEST_F(Update, that_somebody_overtook_has_a_version_that_nothing_has) {
    medusa.before_write = [&] { medusa.product()["subtitle"] = "theirs"; };
    const std::string version = updated({{"title", "Linen"}}).at("version");
    EXPECT_EQ(version.find("overtaken by "), 0U) << version;
}

TEST_F(Update, that_medusa_rounds_is_ours_all_the_same) {
    medusa.after_write = [](json& product) { product["weight"] = 0.33; };
    const auto answer = updated({{"weight", 0.333}});
    EXPECT_EQ(answer.at("version"), snapshot().at("version"));
}

TEST_F(Update, that_is_refused_changed_nothing_when_all_is_as_before) {
    medusa.refuses = refusal(400, "invalid_data", "no");
    expect_refused(update({{"handle", "not safe"}}), GANTRY_E_INVALID_DATA);
}

TEST_F(Update, that_is_refused_half_way_may_have_changed_something) {
    medusa.before_write = [&] { medusa.product()["title"] = "half"; };
    medusa.refuses = refusal(400, "not_allowed", "no");
    expect_refused(update({{"handle", "linen"}}), GANTRY_E_REJECTED, GANTRY_EF_MAYBE_APPLIED);
}

TEST_F(Update, keeps_the_ids_of_images_by_their_address) {
    const auto answer =
        updated({{"images", {{{"url", "https://x/2.png"}}, {{"url", "https://x/3.png"}}}}});
    EXPECT_EQ(answer.at("images").at(0).at("id"), "img_2");
    EXPECT_EQ(answer.at("images").size(), 2U);
    updated({{"images", {{{"url", "https://x/2.png"}}, {{"url", "https://x/3.png"}}}}});
    EXPECT_EQ(medusa.writes(), 1U);
}

TEST_F(Update, does_not_remove_images_that_it_could_not_bring_back) {
    medusa.product().at("variants").at(0)["images"] = json::array();
    expect_refused(update({{"images", json::array()}}), GANTRY_E_REJECTED);
    EXPECT_EQ(medusa.writes(), 0U);
}

TEST_F(Update, changes_and_adds_variants_and_removes_none) {
    const json added = {{"title", "S again"}, {"sku", "AGAIN"}};
    const json all = {{{"id", "variant_m"}, {"material", "wool"}}, {{"id", "variant_s"}}, added};
    const std::string key = "run/step/product.updateProducts#1";
    medusa.instead_of_reply = kLost;
    EXPECT_TRUE(update({{"variants", all}}, key).error);
    const auto answer = update({{"variants", all}}, key).output();
    EXPECT_EQ(medusa.writes(), 1U) << "the one that was added is there";
    EXPECT_EQ(answer.at("variants").size(), 3U);
    EXPECT_EQ(answer.at("version"), snapshot().at("version"));
    expect_refused(update({{"variants", {{{"id", "variant_m"}}}}}), GANTRY_E_REJECTED);
    expect_refused(update({{"variants", {{{"id", "variant_x"}}}}}), GANTRY_E_INVALID_DATA);
}

TEST_F(Update, leaves_options_as_they_are) {
    updated({{"options", {{{"title", "Size"}, {"values", {"S", "M"}}}}}});
    expect_refused(update({{"options", {{{"title", "Size"}, {"values", {"S"}}}}}}),
                   GANTRY_E_REJECTED);
    EXPECT_EQ(medusa.writes(), 0U);
}

TEST_F(Update, finds_a_type_by_its_name_and_makes_none) {
    host.http()
        .on("GET", "https://shop.example/admin/product-types?value=Wear")
        .answers(200, {{"product_types", {{{"id", "ptyp_1"}, {"value", "Wear"}}}}});
    host.http()
        .on("GET", "https://shop.example/admin/product-types?value=Else")
        .answers(200, {{"product_types", json::array()}});
    EXPECT_EQ(updated({{"type", {{"value", "Wear"}}}}).at("type_id"), "ptyp_1");
    expect_refused(update({{"type", {{"value", "Else"}}}}), GANTRY_E_INVALID_DATA);
}

TEST_F(Update, of_a_giftcard_makes_it_not_discountable) {
    updated({{"is_giftcard", true}});
    EXPECT_EQ(medusa.last_body(), (json{{"is_giftcard", true}, {"discountable", false}}));
}

TEST_F(Update, refuses_a_text_that_the_database_does_not_keep) {
    expect_refused(update({{"title", std::string("a\0b", 3)}}), GANTRY_E_INVALID_DATA);
    EXPECT_TRUE(host.http().requests().empty());
}

TEST_F(Update, by_a_selector_changes_all_that_it_finds) {
    auto other = shirt();
    other["id"] = "prod_2";
    other["handle"] = "shirt-2";
    medusa.products.push_back(other);
    const auto rows = plugin
                          .call("updateProducts", {{"selector", {{"status", "draft"}}},
                                                   {"data", {{"title", "Linen"}}}})
                          .output();
    EXPECT_EQ(rows.size(), 2U);
    EXPECT_EQ(medusa.writes(), 2U);
    expect_refused(plugin.call("updateProducts",
                               {{"selector", {{"weight", 5}}}, {"data", {{"title", "Wool"}}}}),
                   GANTRY_E_INVALID_DATA);
}

TEST_F(Update, of_what_is_not_there_is_not_found) {
    medusa.products.clear();
    expect_refused(update({{"title", "Linen"}}), GANTRY_E_NOT_FOUND);
}

}  // namespace
}  // namespace product_medusa
