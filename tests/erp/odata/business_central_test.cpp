// The main job with a service shaped like Business Central: keys are made there, products are below
// a company. Read back without the connector.
#include "support/erp/odata_shop.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

const std::string kCompany = "companies(5d115c9c-44e3-ea11-bb43-000d3a2feca1)";

class BusinessCentral : public testing::Test {
protected:
    /// The company's items with this number, without their ETags and times.
    json items(const std::string& id) const {
        const auto found = shop_.server().send(
            "GET", "/api/v2.0/" + kCompany + "/items?$filter=number%20eq%20%27" + id + "%27");
        EXPECT_EQ(found.status, 200) << found.body;
        return without(without(found.parsed().at("value"), "@odata.etag"), "lastModifiedDateTime");
    }
    HttpResponse run(const std::string& workflow, const json& changes) {
        return shop_.run(workflow, id_, changes);
    }

    OdataShop shop_{kOdataBusinessCentral, {{"path", kCompany}}};
    const std::string id_ = shop_.new_product();
};

TEST_F(BusinessCentral, makes_an_item_and_changes_it_with_three_requests) {
    const auto made = run("update-product-and-erp", {{"title", "Mug"}, {"subtitle", "Red"}});
    ASSERT_EQ(made.status, 200) << made.body;
    auto item = items(id_).at(0);
    EXPECT_EQ(item.at("displayName"), "Mug");
    EXPECT_EQ(item.at("displayName2"), "Red");
    EXPECT_EQ(item.at("baseUnitOfMeasureCode"), "PCS");
    const json asked = {{"id", id_}, {"ref", {{"external_id", "PIM-7"}}}};
    EXPECT_EQ(shop_.host().call("erp", "retrieveProductErpDetails", asked).at("data").at("title"),
              "Mug")
        << "what is no GUID is no key";
    shop_.proxy().forget();
    ASSERT_EQ(run("update-product-and-erp", {{"title", "Big mug"}, {"status", "draft"}}).status,
              200);
    EXPECT_EQ(shop_.proxy().passed().size(), 3U);
    item["displayName"] = "Big mug";
    item["blocked"] = true;
    EXPECT_EQ(items(id_), json::array({item}));
}

TEST_F(BusinessCentral, a_later_steps_failure_takes_an_item_back_and_restores_one) {
    EXPECT_EQ(run("change-then-fail", {{"title", "Mug"}}).parsed().at("state"), "reverted");
    EXPECT_EQ(items(id_), json::array());
    ASSERT_EQ(run("update-product-and-erp", {{"title", "Mug"}}).status, 200);
    const auto before = items(id_);
    EXPECT_EQ(run("change-then-fail", {{"title", "Cup"}, {"status", "draft"}, {"subtitle", "Red"}})
                  .parsed()
                  .at("state"),
              "reverted");
    EXPECT_EQ(items(id_), before);
}

TEST_F(BusinessCentral, a_lost_reply_makes_no_second_item) {
    shop_.proxy().inject({ProxyFault::Kind::kLoseReply}, 1, OdataShop::is_write);
    const auto made = run("update-product-and-erp", {{"title", "Mug"}});
    ASSERT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(items(id_).size(), 1U);
    EXPECT_EQ(shop_.writes(), 1U);
}

TEST_F(BusinessCentral, what_it_refuses_changes_neither_side) {
    ASSERT_EQ(run("update-product-and-erp", {{"title", "Mug"}}).status, 200);
    const auto before = items(id_);
    const auto refused = run("update-product-and-erp", {{"subtitle", std::string(51, 'x')}});
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(refused.parsed().at("state"), "reverted");
    EXPECT_EQ(items(id_), before);
}

}  // namespace
}  // namespace gantry::test
