// The main job with the products in a real Medusa: both sides change together or are exactly as
// before.
#include <gtest/gtest.h>

#include "erp/medusa/medusa.hpp"

namespace gantry::test {
namespace {

class MedusaMainJob : public testing::Test {
protected:
    static void SetUpTestSuite() { shop_ = std::make_unique<MedusaShop>(); }
    static void TearDownTestSuite() { shop_.reset(); }
    void SetUp() override {
        name_ = new_name(testing::UnitTest::GetInstance()->current_test_info()->name());
        id_ = medusa().make_product(name_);
        before_ = shop().state(id_);
        shop().proxy.forget();
    }

    static MedusaShop& shop() { return *shop_; }
    static Medusa& medusa() { return Medusa::get(); }

    // Everything that an update may change.
    json changes() const {
        const auto& variants = before_.at("medusa").at("variants");
        return {
            {"title", "Linen shirt"},
            {"subtitle", "New"},
            {"description", nullptr},
            {"handle", name_ + "-linen"},
            {"status", "published"},
            {"thumbnail", "https://shop.example/t.png"},
            {"weight", nullptr},
            {"length", 70.25},
            {"hs_code", "620590"},
            {"mid_code", "M1"},
            {"origin_country", "CZ"},
            {"material", "flax"},
            {"external_id", "E-1"},
            {"discountable", false},
            {"metadata", {{"season", ""}, {"fit", "slim"}, {"care", {{"wash", 60}}}}},
            {"tag_ids", json::array()},
            {"category_ids", json::array()},
            {"type_id", nullptr},
            {"images",
             {{{"url", "https://shop.example/2.png"}}, {{"url", "https://shop.example/3.png"}}}},
            {"variants",
             {{{"id", variants.at(0).at("id")}, {"material", "wool"}, {"weight", nullptr}},
              {{"id", variants.at(1).at("id")},
               {"sku", name_ + "-other"},
               {"metadata", {{"shelf", ""}, {"row", 3}}}},
              {{"title", "L"}, {"sku", name_ + "-new"}, {"options", {{"Size", "L"}}}}}}};
    }

    std::string name_;
    std::string id_;
    json before_;

private:
    static inline std::unique_ptr<MedusaShop> shop_;
};

TEST_F(MedusaMainJob, gantry_modules_tells_that_medusa_is_reached) {
    const auto modules = shop().host.cli({"modules"});
    EXPECT_EQ(modules.exit_code, 0) << modules.out;
    EXPECT_NE(modules.out.find("its system is reached, in "), std::string::npos) << modules.out;
}

TEST_F(MedusaMainJob, changes_product_and_erp) {
    const auto answer = shop().update(id_, changes());
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto now = shop().state(id_);
    const auto& there = now.at("medusa");
    for (const char* name : {"title", "subtitle", "description", "handle", "status", "thumbnail",
                             "weight", "length", "hs_code", "material", "discountable", "type"}) {
        EXPECT_EQ(there.at(name), changes().value(name, json())) << name;
    }
    EXPECT_EQ(there.at("metadata"), (json{{"fit", "slim"}, {"care", {{"wash", 60}}}}));
    EXPECT_EQ(there.at("variants").size(), 3U);
    EXPECT_EQ(there.at("images").size(), 2U);
    EXPECT_EQ(there.at("tags"), json::array());
    EXPECT_NE(now.at("erp").at("state").dump().find("Linen shirt"), std::string::npos);
}

TEST_F(MedusaMainJob, is_two_reads_and_one_write) {
    ASSERT_EQ(shop().update(id_, {{"title", "Linen"}}).status, 200);
    EXPECT_EQ(shop().proxy.passed().size(), 3U);
    EXPECT_EQ(shop().writes(), 1U);
    EXPECT_EQ(shop().update(id_, {{"title", "Linen"}}).status, 200);
    EXPECT_EQ(shop().writes(), 1U) << "nothing to change";
}

TEST_F(MedusaMainJob, what_the_erp_refuses_leaves_the_product_exactly_as_before) {
    auto refused = changes();
    refused["title"] = long_title();
    const auto answer = shop().update(id_, refused);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.parsed().value("state", ""), "reverted") << answer.body;
    EXPECT_EQ(shop().state(id_), before_);
    EXPECT_EQ(shop().writes(), 2U) << "the write and its undo";
}

TEST_F(MedusaMainJob, a_later_steps_failure_restores_both) {
    EXPECT_EQ(shop().run("change-then-fail", changes(), id_).value("state", ""), "reverted");
    EXPECT_EQ(shop().state(id_), before_);
}

TEST_F(MedusaMainJob, metadata_that_was_not_there_is_not_there_again) {
    for (const json& metadata : {json(), json::object()}) {
        medusa().change(id_, {{"metadata", nullptr}});
        if (!metadata.is_null()) medusa().change(id_, {{"metadata", metadata}});
        const auto before = shop().state(id_);
        const json change = {{"metadata", {{"fit", "slim"}}}};
        EXPECT_EQ(shop().run("change-then-fail", change, id_).value("state", ""), "reverted");
        EXPECT_EQ(shop().state(id_), before);
    }
}

TEST_F(MedusaMainJob, what_medusa_refuses_changes_neither) {
    const auto answer = shop().update(id_, {{"title", "Linen"}, {"handle", "not safe"}});
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.parsed().value("message", ""),
              "Invalid product handle 'not safe'. It must contain URL safe characters");
    EXPECT_EQ(shop().state(id_), before_);
}

TEST_F(MedusaMainJob, what_could_not_be_taken_back_is_not_begun) {
    const auto& first = before_.at("medusa").at("variants").at(0).at("id");
    const auto answer = shop().update(id_, {{"variants", json::array({{{"id", first}}})}});
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(shop().writes(), 0U);
}

TEST_F(MedusaMainJob, what_somebody_else_changed_is_not_taken_back) {
    const auto before = shop().host.call("product", "snapshotProduct", {{"id", id_}});
    const auto written =
        shop().host.call("product", "updateProducts", {{"id", id_}, {"data", {{"title", "Ours"}}}});
    const auto& variant = before_.at("medusa").at("variants").at(0).at("id");
    medusa().ask("POST", "/products/" + id_ + "/variants/" + variant.get<std::string>(),
                 {{"prices", {{{"currency_code", "eur"}, {"amount", 5}}}}});
    const auto answer =
        shop().host.cli({"call", "product", "restoreProduct", "--input",
                         json{{"snapshot", before}, {"written", written.at("version")}}.dump()});
    EXPECT_NE(answer.exit_code, 0);
    EXPECT_NE(answer.err.find("CHANGED"), std::string::npos) << answer.err;
    EXPECT_EQ(medusa().product(id_).at("title"), "Ours");
}

TEST_F(MedusaMainJob, products_are_made_found_and_deleted) {
    const json given = {{"title", "Made"},
                        {"handle", name_ + "-made"},
                        {"options", {{{"title", "Size"}, {"values", {"S"}}}}},
                        {"variants", {{{"title", "S"}, {"options", {{"Size", "S"}}}}}}};
    const auto made =
        shop().host.call("product", "createProducts", {{"products", json::array({given})}}).at(0);
    const json by_handle = {{"filters", {{"handle", {name_ + "-made", name_}}}}};
    const auto page = shop().host.call("product", "listAndCountProducts", by_handle);
    EXPECT_EQ(page.at("count"), 2);
    shop().host.call("product", "deleteProducts", {{"ids", {made.at("id")}}});
    EXPECT_EQ(shop().host.call("product", "listProducts", by_handle).size(), 1U);
    const auto changed =
        shop().host.call("product", "updateProducts",
                         {{"selector", {{"handle", name_}}}, {"data", {{"title", "Selected"}}}});
    EXPECT_EQ(changed.at(0).at("id"), id_);
}

}  // namespace
}  // namespace gantry::test
