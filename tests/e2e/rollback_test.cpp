// A rollback brings back every field: once when the ERP refuses, once when a later step fails after
// both were changed.
#include "support/shop.hpp"

#include <gantry/abi.h>
#include <gtest/gtest.h>

namespace gantry::test {
namespace {

class Rollback : public testing::Test {
protected:
    // One host for all: each test has a product of its own.
    static void SetUpTestSuite() {
        host_ = std::make_unique<HostProcess>(misbehaving_shop_config());
        add_workflow(*host_, "change-then-fail",
                     {{{"step", "update-product"}, {"with", "${ .input }"}},
                      {{"step", "update-erp"}, {"with", "${ .input }"}},
                      {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}}});
        host_->serve();
    }
    static void TearDownTestSuite() { host_.reset(); }

    // The product as it is at first; its title has to fit into the ERP.
    void create(json product) {
        product["id"] = id();
        host().call("product", "createProducts", {{"products", {product}}});
        ASSERT_EQ(update(host(), id(), {{"title", product.at("title")}}).status, 200);
    }

    json variant(const std::string& title) const {
        const auto view = state_of(host(), id()).at("view");
        for (const auto& one : view.at("variants")) {
            if (one.at("title") == title) return one;
        }
        throw std::runtime_error("no variant " + title);
    }

    // `changes` with a title that the ERP takes, and with one that it refuses.
    void expect_undone(json changes) const {
        const auto before = state_of(host(), id());
        changes["title"] = long_title();
        const auto refused = update(host(), id(), changes);
        EXPECT_EQ(refused.status, 400) << refused.body;
        EXPECT_EQ(refused.parsed().value("type", ""), "not_allowed") << refused.body;
        EXPECT_EQ(state_of(host(), id()), before) << "after the ERP's refusal";

        changes["title"] = "Changed";
        json input = changes;
        input["id"] = id();
        const auto failed = run_workflow(host(), "change-then-fail", input);
        EXPECT_EQ(failed.parsed().value("message", ""), "failed as told") << failed.body;
        EXPECT_EQ(failed.parsed().value("state", ""), "reverted") << failed.body;
        EXPECT_EQ(state_of(host(), id()), before) << "after a later step's failure";

        // Neither would mean anything if the changes were none.
        EXPECT_EQ(update(host(), id(), changes).status, 200);
        EXPECT_NE(state_of(host(), id()).at("product"), before.at("product"));
        EXPECT_NE(state_of(host(), id()).at("erp"), before.at("erp"));
    }

    static HostProcess& host() { return *host_; }
    static std::string id() {
        return std::string("prod_") + testing::UnitTest::GetInstance()->current_test_info()->name();
    }

private:
    static inline std::unique_ptr<HostProcess> host_;
};

// Undo data is deeper than the input that led to it, and the call that restores it deeper still.
TEST_F(Rollback, of_a_product_with_metadata_as_deep_as_an_input_may_be) {
    create({{"title", "Deep"}});
    json deep = "bottom";
    for (int i = 0; i < 198; ++i) deep = {{"a", deep}};
    ASSERT_EQ(update(host(), id(), {{"metadata", deep}}).status, 200);
    expect_undone({{"material", "Wool"}});
}

TEST_F(Rollback, of_a_product_without_a_type) {
    create({{"title", "Plain"}});
    expect_undone({{"type", {{"value", "Crockery"}}}, {"subtitle", "now typed"}});
}

json all_sizes() {
    json variants = json::array();
    for (const std::string size : {"S", "M", "L"}) {
        for (const std::string colour : {"red", "green", "blue"}) {
            variants.push_back(
                {{"title", size + " " + colour},
                 {"sku", "NINE-" + size + "-" + colour},
                 {"weight", 100.25},
                 {"metadata", {{"shelf", size}}},
                 {"options", {{"Size", size}, {"Colour", colour}, {"Cut", "slim"}}}});
        }
    }
    return variants;
}

TEST_F(Rollback, of_three_options_and_nine_variants) {
    create({{"title", "Shirt"},
            {"options",
             {{{"title", "Size"}, {"values", {"S", "M", "L"}}},
              {{"title", "Colour"}, {"values", {"red", "green", "blue"}}},
              {{"title", "Cut"}, {"values", {"slim", "wide"}}}}},
            {"variants", all_sizes()}});
    ASSERT_EQ(state_of(host(), id()).at("view").at("variants").size(), 9U);
    expect_undone(
        {{"options", {{{"title", "Size"}, {"values", {"one"}}}}},
         {"variants", {{{"title", "One size"}, {"sku", "NINE"}, {"options", {{"Size", "one"}}}}}}});
}

TEST_F(Rollback, of_metadata_keys_added_changed_and_removed) {
    create({{"title", "Labelled"},
            {"metadata",
             {{"stays", 1}, {"changes", {{"deep", json::array({1, 2.5})}}}, {"goes", true}}}});
    expect_undone({{"metadata", {{"comes", "new"}, {"changes", "flat"}, {"goes", ""}}}});
}

TEST_F(Rollback, of_replaced_tags) {
    create({{"title", "Tagged"}, {"tags", {{{"value", "summer"}}, {{"value", "sale"}}}}});
    expect_undone({{"tags", {{{"value", "winter"}}, {{"value", "sale"}}}}});
}

TEST_F(Rollback, of_variants_dropped_changed_and_created) {
    create({{"title", "Poster"},
            {"options", {{{"title", "Size"}, {"values", {"A2", "A3", "A4"}}}}},
            {"variants",
             {{{"title", "A2"}, {"sku", "POSTER-A2"}, {"options", {{"Size", "A2"}}}},
              {{"title", "A3"},
               {"sku", "POSTER-A3"},
               {"ean", "1234567890123"},
               {"options", {{"Size", "A3"}}}}}}});
    expect_undone({{"variants",
                    {{{"id", variant("A3").at("id")}, {"sku", "POSTER-A2"}, {"weight", 12}},
                     {{"title", "A4"}, {"sku", "POSTER-A4"}, {"options", {{"Size", "A4"}}}}}}});
}

TEST_F(Rollback, of_text_in_several_scripts) {
    create({{"title", "Žluťoučký kůň — Ærøskøbing"},
            {"subtitle", "قميص قطني للصيف"},
            {"description", "棉质衬衫,适合夏天。"},
            {"material", "👕🧵 100 %"},
            {"tags", {{{"value", "夏"}}}},
            {"metadata", {{"ключ", "значение"}, {"emoji", "👩‍👩‍👧"}}}});
    expect_undone({{"subtitle", "تغيير"},
                   {"description", "改变了"},
                   {"material", nullptr},
                   {"tags", {{{"value", "冬"}}}},
                   {"metadata", {{"ключ", "👋🏽"}, {"emoji", ""}}}});
}

TEST_F(Rollback, of_images_collection_and_type) {
    create({{"title", "Pictured"},
            {"type", {{"value", "Print"}}},
            {"collection", {{"title", "Spring"}}},
            {"images",
             {{{"url", "https://shop.example/1.jpg"}, {"metadata", {{"alt", "front"}}}},
              {{"url", "https://shop.example/2.jpg"}}}}});
    expect_undone(
        {{"type", {{"value", "Canvas"}}},
         {"collection", nullptr},
         {"thumbnail", nullptr},
         {"images",
          {{{"url", "https://shop.example/3.jpg"}}, {{"url", "https://shop.example/1.jpg"}}}}});
}

TEST_F(Rollback, of_every_plain_field) {
    create({{"title", "Full"},
            {"handle", "full-handle"},
            {"status", "draft"},
            {"weight", 0.1},
            {"length", 1e6},
            {"height", 3},
            {"width", nullptr},
            {"origin_country", "DE"},
            {"hs_code", "0042"},
            {"mid_code", "m"},
            {"external_id", "x-1"},
            {"discountable", false}});
    expect_undone({{"handle", "other-handle"},
                   {"status", "published"},
                   {"weight", nullptr},
                   {"length", 2},
                   {"height", 1.5},
                   {"width", 7},
                   {"origin_country", "FR"},
                   {"hs_code", nullptr},
                   {"mid_code", nullptr},
                   {"external_id", nullptr},
                   {"discountable", true}});
}

}  // namespace
}  // namespace gantry::test
