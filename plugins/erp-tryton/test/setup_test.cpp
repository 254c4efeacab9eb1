// Mappings that do not fit are told with all their mistakes; products are found as the options say.
#include <fstream>

#include "support.hpp"
#include "wire.hpp"

namespace erp_tryton {
namespace {

std::string file_of(const json& fields, const json& constants = json::object()) {
    const auto* name = testing::UnitTest::GetInstance()->current_test_info()->name();
    const std::string path = testing::TempDir() + "erp-tryton-" + name + ".json";
    std::ofstream(path) << json{{"fields", fields}, {"constants", constants}};
    return path;
}

class Setup : public testing::Test {
protected:
    gantry::testing::Plugin& with(const json& more) {
        auto options = shop_options();
        options.update(more);
        return plugin.emplace(host, options);
    }
    gantry::testing::Host host;
    FakeTryton tryton{host};
    std::optional<gantry::testing::Plugin> plugin;
};

TEST_F(Setup, of_the_built_in_mapping_what_the_server_lacks_is_left_out) {
    const auto about = with(json::object()).call("describe").output();
    std::set<std::string> names;
    for (const auto& field : about.at("fields")) names.insert(field.at("name"));
    EXPECT_EQ(names, (std::set<std::string>{"title", "description", "status", "price", "weight",
                                            "material"}));
    EXPECT_EQ(about.at("system").at("id"), "https://erp.example/shop");
    EXPECT_EQ(about.at("system").at("company"), "1");
    EXPECT_EQ(about.at("remove"), "delete");
}

TEST_F(Setup, a_file_that_does_not_fit_is_told_with_every_mistake_and_the_nearest_name) {
    const auto file =
        file_of({{"title", {{"to", "template.nmae"}}},
                 {"sku", {{"to", "product.code"}}},
                 {"price", {{"to", "template.list_price"}}},
                 {"weight", {{"to", "template.weight"}, {"type", "decimal"}, {"unit", "gr"}}},
                 {"colour", {{"to", "color"}}}});
    const auto end = with({{"mapping", file}}).call("describe");
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_CONFIG);
    for (const char* part :
         {R"(mapping.title: the product template has no "nmae". Did you mean "name"?)",
          "mapping.sku: product.code cannot be written",
          "mapping.price: template.list_price is of type numeric", "symbol gr",
          R"(found "color", expected template.NAME)"}) {
        EXPECT_NE(end.error->message().find(part), std::string::npos) << end.error->message();
    }
    const auto constants = file_of({{"title", {{"to", "template.name"}}}},
                                   {{"template.default_uom", "piece"}, {"template.sort", 1}});
    const auto wrong = with({{"mapping", constants}}).call("describe");
    ASSERT_TRUE(wrong.error);
    EXPECT_NE(wrong.error->message().find("no product.uom with symbol \"piece\""),
              std::string::npos);
    EXPECT_NE(wrong.error->message().find("mapping.constants.template.sort"), std::string::npos);
}

TEST_F(Setup, is_done_again_after_it_failed_and_not_after_it_succeeded) {
    tryton.template_fields.erase("name");
    const auto file = file_of({{"title", {{"to", "template.name"}}}});
    auto& module = with({{"mapping", file}});
    EXPECT_TRUE(module.call("describe").error);
    tryton.template_fields["name"] = {{"type", "char"}, {"readonly", false}};
    EXPECT_FALSE(module.call("describe").error);
    const auto requests = tryton.asked.size();
    EXPECT_FALSE(module.call("describe").error);
    EXPECT_EQ(tryton.asked.size(), requests);
}

TEST_F(Setup, the_attribute_that_holds_our_id_comes_before_codes) {
    tryton.add(1, "p1");
    tryton.add(2, "SHIRT")["products."][0]["attributes"] = {{"medusa_id", "p1"}};
    const json ask = {{"id", "p1"}};
    EXPECT_EQ(
        with(json::object()).call("retrieveProductErpDetails", ask).output()["erp_ids"]["template"],
        "1");
    auto& module = with({{"id_attribute", "medusa_id"}});
    EXPECT_EQ(module.call("retrieveProductErpDetails", ask).output()["erp_ids"]["template"], "2");
    tryton.rows.clear();
    module.call("updateProductErpData",
                {{"id", "p9"}, {"data", {{"title", "New"}}}, {"create", true}});
    EXPECT_EQ(tryton.rows.at(0).at("products.")[0].at("attributes"), (json{{"medusa_id", "p9"}}));
    const auto wrong = with({{"id_attribute", "medusa"}}).call("describe");
    ASSERT_TRUE(wrong.error);
    EXPECT_NE(wrong.error->message().find("medusa_id"), std::string::npos);
}

TEST_F(Setup, skus_name_a_product_that_our_id_does_not_and_two_of_them_are_a_matter_for_people) {
    tryton.add(1, "SHIRT");
    auto& module = with(json::object());
    const json by_sku = {{"id", "p1"}, {"ref", {{"skus", {"SHIRT", "CAP"}}}}};
    EXPECT_EQ(module.call("retrieveProductErpDetails", by_sku).output()["erp_ids"]["template"],
              "1");
    tryton.add(2, "CAP");
    const auto two = module.call("retrieveProductErpDetails", by_sku);
    ASSERT_TRUE(two.error);
    EXPECT_EQ(two.error->code(), GANTRY_E_CONFIG);
    EXPECT_EQ(module.call("retrieveProductErpDetails", {{"id", "p1"}}).error->code(),
              GANTRY_E_NOT_FOUND);
}

TEST_F(Setup, options_choose_company_and_language) {
    with({{"company", 5}, {"language", "de"}}).call("describe").output();
    EXPECT_EQ(tryton.contexts.back().at("company"), 5);
    EXPECT_EQ(tryton.contexts.back().at("language"), "de");
}

TEST_F(Setup, listed_numbers_are_read_as_ours_again) {
    const auto file = file_of(
        {{"size", {{"to", "template.weight"}, {"values", {{"small", 1}, {"large", 0.01207}}}}},
         {"class",
          {{"to", "template.list_price"}, {"values", {{"cheap", 1.5}, {"dear", "20.50"}}}}}});
    tryton.add(1, "p1");
    auto& module = with({{"mapping", file}});
    for (const auto& data : {json{{"size", "large"}, {"class", "dear"}},
                             json{{"size", "small"}, {"class", "cheap"}}}) {
        EXPECT_EQ(
            module.call("updateProductErpData", {{"id", "p1"}, {"data", data}}).output()["data"],
            data);
    }
}

TEST_F(Setup, what_tryton_would_refuse_or_fail_at_is_refused_without_a_write) {
    const auto file = file_of({{"price", {{"to", "template.list_price"}, {"type", "decimal"}}},
                               {"days", {{"to", "template.shelf_days"}, {"type", "integer"}}},
                               {"name", {{"to", "product.short_name"}}}});
    tryton.add(1, "p1");
    auto& module = with({{"mapping", file}});
    const auto update = [&](const json& data) {
        return module.call("updateProductErpData", {{"id", "p1"}, {"data", data}});
    };
    for (const auto& data :
         {json{{"price", "0.00001"}}, json{{"price", "1" + std::string(24, '0')}},
          json{{"days", 2147483648}}, json{{"days", -2147483649}}, json{{"name", "äöüß"}}}) {
        const auto end = update(data);
        ASSERT_TRUE(end.error) << data;
        EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED) << data;
        EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED) << data;
    }
    EXPECT_EQ(tryton.writes(), 0U);
    const json fits = {
        {"price", std::string(24, '9') + ".9999"}, {"days", -2147483648}, {"name", "äöü"}};
    EXPECT_EQ(update(fits).output()["data"], fits);
}

TEST_F(Setup, dates_go_and_come_without_drift) {
    const auto file = file_of({{"launch", {{"to", "template.launched"}, {"type", "date"}}}});
    tryton.add(1, "p1");
    const json change = {{"id", "p1"}, {"data", {{"launch", "2030-02-28"}}}};
    EXPECT_EQ(with({{"mapping", file}}).call("updateProductErpData", change).output()["data"],
              (json{{"launch", "2030-02-28"}}));
    EXPECT_EQ(tryton.rows[0]["launched"],
              (json{{"__class__", "date"}, {"year", 2030}, {"month", 2}, {"day", 28}}));
    EXPECT_THROW(to_wire("date", "2030-02-30"), gantry::Error);
}

TEST_F(Setup, refuses_what_shows_without_a_server) {
    EXPECT_THROW(with({{"url", "erp.example"}}), gantry::Error);
    EXPECT_THROW(with({{"mapping", "/nowhere.json"}}), gantry::Error);
    EXPECT_THROW(with({{"mapping", file_of({{"sku", {{"to", "template.code"}}}})}}), gantry::Error);
    EXPECT_TRUE(tryton.asked.empty());
}

}  // namespace
}  // namespace erp_tryton
