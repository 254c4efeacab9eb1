// The main job with a real OData server as ERP: both sides change together, or neither does, down
// to every value.
#include "support/erp/odata_shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace gantry::test {
namespace {

class OdataMainJob : public testing::TestWithParam<OdataService> {
protected:
    OdataShop shop_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Sap, OdataMainJob, testing::Values(kOdataV4, kOdataV2),
                         [](const auto& service) { return service.param.name; });

json text_of(const json& record, const std::string& language) {
    for (const auto& one : record.at("Descriptions")) {
        if (one.at("Language") == language) return one.at("ProductDescription");
    }
    return nullptr;
}

// As the connector gives keys to this service.
std::string in_capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), ::toupper);
    return text;
}

const json kNewValues = {{"title", "Big mug"}, {"weight", 320}, {"status", "draft"}};

TEST_P(OdataMainJob, gantry_modules_tells_that_the_service_is_reached) {
    auto& host = shop_.host();
    const auto modules = host.cli({"modules"});
    EXPECT_EQ(modules.exit_code, 0) << modules.out;
    EXPECT_NE(modules.out.find("its system is reached, in "), std::string::npos) << modules.out;
    shop_.proxy().inject({ProxyFault::Kind::kAnswer, answer(401)}, 0);
    const auto refused = host.cli({"modules"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.out.find("AUTH"), std::string::npos) << refused.out;
}

TEST_P(OdataMainJob, changes_both_with_three_requests_to_the_erp) {
    EXPECT_EQ(shop_.proxy().passed().size(), 2U) << "$metadata, and whether it is reached";
    shop_.proxy().forget();
    const auto first = shop_.known_product();
    ASSERT_EQ(shop_.run("update-product-and-erp", first, {{"weight", 1}}).status, 200);
    EXPECT_EQ(shop_.proxy().passed().size(), 3U) << "the token came with the first";

    for (const json& changes : {kNewValues, json{{"title", "Mug two"}}, json{{"weight", 2}}}) {
        const auto id = shop_.known_product();
        const auto before = shop_.server().record(id);
        shop_.proxy().forget();
        const auto answer = shop_.run("update-product-and-erp", id, changes);
        ASSERT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(shop_.proxy().passed().size(), 3U);
        EXPECT_EQ(shop_.writes(), 1U);
        const auto after = shop_.server().record(id);
        EXPECT_EQ(text_of(after, "EN"), changes.value("title", "Mug"));
        EXPECT_EQ(text_of(after, "DE"), "Becher");
        const auto read = shop_.host().call("erp", "retrieveProductErpDetails", {{"id", id}});
        EXPECT_EQ(read.at("data").at("title"), text_of(after, "EN"));
        if (changes.contains("status")) {
            EXPECT_EQ(after.at("GrossWeight"), 0.32);
            EXPECT_EQ(after.at("CrossPlantStatus"), "PI");
        }
        for (const char* name : {"Product", "BaseUnit", "ProductType", "NetWeight", "Division"}) {
            EXPECT_EQ(after.at(name), before.at(name)) << name;
        }
    }
}

TEST_P(OdataMainJob, what_the_erp_refuses_is_400_and_both_are_as_before) {
    const auto id = shop_.known_product();
    const auto before = shop_.state_of(id);
    const auto refused =
        shop_.run("update-product-and-erp", id, {{"title", "Big mug"}, {"weight", 2'000'000'000}});
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(refused.parsed().at("type"), "not_allowed");
    EXPECT_EQ(refused.parsed().at("state"), "reverted");
    EXPECT_NE(refused.body.find("no more than 1000 tons"), std::string::npos) << refused.body;
    EXPECT_EQ(shop_.state_of(id), before);
}

TEST_P(OdataMainJob, what_the_mapping_refuses_never_reaches_the_erp) {
    const auto id = shop_.known_product();
    const auto before = shop_.state_of(id);
    // More characters than theirs takes, and more digits.
    for (const json& changes : {json{{"title", long_title()}}, json{{"weight", 123456789012345}}}) {
        const auto refused = shop_.run("update-product-and-erp", id, changes);
        EXPECT_EQ(refused.status, 400) << refused.body;
        EXPECT_EQ(shop_.writes(), 0U);
        EXPECT_EQ(shop_.state_of(id), before);
    }
}

TEST_P(OdataMainJob, a_later_steps_failure_brings_every_value_back) {
    const auto id = shop_.known_product();
    const auto before = shop_.state_of(id);
    for (const json& changes : {kNewValues, json{{"title", "Žluťoučký kůň 棉质"}},
                                json{{"material", "Wool"}, {"origin_country", "DE"}},
                                json{{"weight", nullptr}, {"status", "rejected"}}}) {
        const auto failed = shop_.run("change-then-fail", id, changes);
        EXPECT_EQ(failed.status, 400) << failed.body;
        EXPECT_EQ(failed.parsed().value("state", ""), "reverted") << failed.body;
        EXPECT_EQ(shop_.state_of(id), before) << changes;
    }
    EXPECT_EQ(shop_.writes(), 8U);  // each change was one, and its undo
}

TEST_P(OdataMainJob, a_text_that_was_not_there_is_taken_away_again) {
    OdataShop shop(GetParam(), {{"language", "FR"}});
    const auto id = shop.known_product();
    const auto before = shop.state_of(id);
    ASSERT_EQ(shop.run("change-then-fail", id, {{"title", "Tasse"}, {"weight", 7}}).status, 400);
    EXPECT_EQ(shop.writes(), 2U);
    EXPECT_EQ(shop.state_of(id), before);
    ASSERT_EQ(shop.run("update-product-and-erp", id, {{"title", "Tasse"}}).status, 200);
    EXPECT_EQ(text_of(shop.server().record(id), "FR"), "Tasse");
}

TEST_P(OdataMainJob, a_product_that_the_run_created_is_marked_and_can_be_created_again) {
    const auto id = shop_.new_product();
    const auto product = shop_.state_of(id).at("product");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(shop_.run("change-then-fail", id, kNewValues).status, 400);
        const auto marked = shop_.state_of(id);
        EXPECT_EQ(marked.at("product"), product);
        EXPECT_EQ(marked.at("erp").at("IsMarkedForDeletion"), true);
        EXPECT_FALSE(shop_.host().call("erp", "snapshotProduct", {{"id", id}}).at("exists"));
    }
    ASSERT_EQ(shop_.run("update-product-and-erp", id, kNewValues).status, 200);
    const auto record = shop_.server().record(id);
    EXPECT_EQ(record.at("IsMarkedForDeletion"), false);
    EXPECT_EQ(record.at("ProductType"), "HAWA");
    EXPECT_EQ(text_of(record, "EN"), "Big mug");
}

TEST_P(OdataMainJob, a_product_that_has_another_key_there_is_found_by_its_sku) {
    const auto id = shop_.new_product();
    const auto theirs = in_capitals(id);
    shop_.server().create(theirs, "Mug");
    const auto before = shop_.server().record(theirs);
    auto changes = kNewValues;
    changes["ref"] = {{"skus", {before.at("Product")}}};
    EXPECT_EQ(shop_.run("change-then-fail", id, changes).parsed().value("state", ""), "reverted");
    EXPECT_EQ(shop_.server().record(theirs), before);
    ASSERT_EQ(shop_.run("update-product-and-erp", id, changes).status, 200);
    EXPECT_EQ(text_of(shop_.server().record(theirs), "EN"), "Big mug");
    EXPECT_TRUE(shop_.server().record(id).is_null()) << "no second one is made";
}

TEST_P(OdataMainJob, a_sku_that_nothing_has_there_makes_no_second_product) {
    const auto id = shop_.known_product();
    auto changes = kNewValues;
    changes["ref"] = {{"skus", {"NOWHERE"}}};
    ASSERT_EQ(shop_.run("update-product-and-erp", id, changes).status, 200);
    EXPECT_EQ(text_of(shop_.server().record(id), "EN"), "Big mug");
}

TEST_P(OdataMainJob, a_marked_product_of_that_sku_does_not_hide_the_one_with_our_id) {
    const auto id = shop_.known_product();
    const auto gone = in_capitals(id + "X");
    shop_.server().create(gone, "Gone");
    shop_.server().change(gone, {{"IsMarkedForDeletion", true}});
    const auto before = shop_.server().record(gone);
    auto changes = kNewValues;
    changes["ref"] = {{"skus", {before.at("Product")}}};
    ASSERT_EQ(shop_.run("update-product-and-erp", id, changes).status, 200);
    EXPECT_EQ(text_of(shop_.server().record(id), "EN"), "Big mug");
    EXPECT_EQ(shop_.server().record(gone), before);
}

TEST_P(OdataMainJob, a_token_of_oauth_does_as_well_and_is_renewed_when_it_is_refused) {
    OdataShop shop(GetParam(), {{"password", nullptr},
                                {"oauth_url", "/oauth/token"},
                                {"client_id", "gantry"},
                                {"client_secret", "client-secret-1"}});
    const auto id = shop.known_product();
    ASSERT_EQ(shop.run("update-product-and-erp", id, {{"weight", 1}}).status, 200);
    shop.server().send("POST", "/lab/forget-tokens");
    ASSERT_EQ(shop.run("update-product-and-erp", id, {{"weight", 2}}).status, 200);
    const auto tokens = shop.proxy().passed(
        [](const ServedRequest& request) { return request.target == "/oauth/token"; });
    EXPECT_EQ(tokens, 2U);
    EXPECT_EQ(shop.server().record(id).at("GrossWeight"), 0.002);
    EXPECT_EQ(shop.host().log().find("client-secret-1"), std::string::npos);
}

TEST(OdataLab, a_mapping_that_does_not_fit_is_told_when_the_host_starts) {
    const TempDir folder;
    auto mapping = read_text(GANTRY_ODATA_TESTS "lab.json");
    mapping.replace(mapping.find("BasicProduct"), 5, "Basis");
    write_text(folder / "wrong.json", mapping);
    OdataShop shop(kOdataLab, {{"mapping", folder / "wrong.json"}});
    const auto log = shop.host().log();
    EXPECT_NE(log.find("its system is not reached"), std::string::npos) << log;
    EXPECT_NE(log.find("BasisProduct"), std::string::npos) << log;
    EXPECT_NE(log.find("BasicProduct"), std::string::npos) << log;
}

TEST(OdataLab, a_product_that_the_run_created_is_deleted_where_the_mapping_says_so) {
    OdataShop shop(kOdataLab);
    const auto id = shop.new_product();
    const auto before = shop.state_of(id);
    const json changes = {{"title", "Mug"}, {"weight", "12.345"}, {"origin_country", "DE"}};
    ASSERT_TRUE(before.at("erp").is_null());
    EXPECT_EQ(shop.run("change-then-fail", id, {{"title", "Mug"}, {"origin_country", "DE"}}).status,
              400);
    EXPECT_EQ(shop.state_of(id), before);

    const auto made = shop.host().call("erp", "updateProductErpData",
                                       {{"id", id}, {"data", changes}, {"create", true}});
    EXPECT_EQ(made.at("data").at("weight"), "12.345");
    const auto record = shop.server().record(id);
    EXPECT_EQ(record.at("Product"), id);
    EXPECT_EQ(record.at("NetWeight"), 12.345);
    EXPECT_EQ(record.at("WeightUnit"), "G");
    EXPECT_EQ(record.at("ProductType"), "FERT");
}

TEST(OdataLab, a_text_without_an_etag_changes_under_that_of_its_product) {
    OdataShop shop(kOdataLab);
    const auto id = shop.known_product();
    const auto before = shop.state_of(id);
    EXPECT_EQ(shop.run("change-then-fail", id, {{"title", "Cup"}}).status, 400);
    EXPECT_EQ(shop.writes(), 2U);
    EXPECT_EQ(shop.state_of(id), before);
    ASSERT_EQ(shop.run("update-product-and-erp", id, {{"title", "Cup"}}).status, 200);
    EXPECT_EQ(text_of(shop.server().record(id), "EN"), "Cup");
}

}  // namespace
}  // namespace gantry::test
