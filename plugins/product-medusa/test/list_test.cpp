// The reads: pages, filters, and what is shown.
#include "support.hpp"

namespace product_medusa {
namespace {

class Lists : public Connected {
protected:
    json list(const json& input) { return plugin.call("listProducts", input).output(); }
    std::string last_url() { return host.http().requests().back().url; }
};

TEST_F(Lists, ask_page_by_page_until_there_are_enough) {
    for (int i = 2; i <= 5; ++i) {
        medusa.products.push_back(shirt());
        medusa.products.back()["id"] = "prod_" + std::to_string(i);
    }
    EXPECT_EQ(list(json::object()).size(), 5U);
    EXPECT_EQ(host.http().requests().size(), 3U);
    EXPECT_EQ(list({{"skip", 1}, {"take", 3}}).at(2).at("id"), "prod_4");
    const auto page = plugin.call("listAndCountProducts", {{"take", 1}}).output();
    EXPECT_EQ(page.at("rows").size(), 1U);
    EXPECT_EQ(page.at("count"), 5);
}

TEST_F(Lists, filter_as_medusa_does) {
    list({{"filters",
           {{"title", "A & B"},
            {"id", {"prod_1", "prod_2"}},
            {"variants.sku", "X"},
            {"created_at", {{"$gt", "2026"}}}}},
          {"order", {{"title", "DESC"}}},
          {"withDeleted", true}});
    EXPECT_NE(last_url().find("?fields=*categories&order=-title&with_deleted=true"
                              "&created_at%5B%24gt%5D=2026&id%5B%5D=prod_1&id%5B%5D=prod_2"
                              "&title=A%20%26%20B&variants%5Bsku%5D=X&offset=0&limit=2"),
              std::string::npos)
        << last_url();
}

TEST_F(Lists, refuse_what_medusa_passes_over_in_silence) {
    for (const json& filters :
         {json{{"weight", 5}}, json{{"title", {{"$like", "S%"}}}}, json{{"$or", json::array()}}}) {
        expect_refused(plugin.call("listProducts", {{"filters", filters}}), GANTRY_E_INVALID_DATA);
    }
    expect_refused(plugin.call("listProducts", {{"order", {{{"title", "ASC"}}, {{"id", "ASC"}}}}}),
                   GANTRY_E_INVALID_DATA);
}

TEST_F(Lists, show_relations_when_they_are_asked_for) {
    const auto plain = list(json::object()).at(0);
    EXPECT_FALSE(plain.contains("variants"));
    EXPECT_TRUE(plain.contains("version"));
    EXPECT_TRUE(list({{"relations", {"variants.options"}}}).at(0).contains("variants"));
    const auto few = list({{"select", {"title"}}}).at(0);
    EXPECT_EQ(few, (json{{"id", "prod_1"}, {"title", "Shirt"}}));
    expect_refused(plugin.call("listProducts", {{"select", {"titel"}}}), GANTRY_E_INVALID_DATA);
}

TEST_F(Lists, retrieve_shows_all_unless_told_which) {
    const auto whole = plugin.call("retrieveProduct", {{"id", "prod_1"}}).output();
    for (const char* name : {"variants", "options", "images", "tags"}) {
        EXPECT_TRUE(whole.contains(name)) << name;
    }
    const auto bare =
        plugin.call("retrieveProduct", {{"id", "prod_1"}, {"relations", json::array()}}).output();
    EXPECT_FALSE(bare.contains("variants"));
    EXPECT_EQ(bare.at("version"), whole.at("version"));
}

}  // namespace
}  // namespace product_medusa
