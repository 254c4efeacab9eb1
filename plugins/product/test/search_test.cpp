// `q`: what it finds, the same on every database, and that the index follows what is written.
#include <soci/sqlite3/soci-sqlite3.h>

#include "support.hpp"

namespace catalogue {

namespace {

class SearchTest : public CatalogueTest {
protected:
    /// The ids of the rows of `plural`, "Products", that `q` finds.
    json found(const std::string& q, const std::string& plural = "Products", bool deleted = false) {
        return each(catalogue().call("list" + plural, "",
                                     {{"filters", {{"q", q}}}, {"withDeleted", deleted}}),
                    "id");
    }
};

const json kNobody = json::array();

TEST_F(SearchTest, words_are_found_anywhere_in_a_text_as_they_stand) {
    create({{"id", "a"},
            {"title", "Linen \"Shirt\" 100%_x"},
            {"subtitle", "it's a\\b"},
            {"description", "long AND (thin) OR* not"},
            {"handle", "linen-1"}});
    create({{"id", "b"}, {"title", "Hat"}, {"handle", "linen-2"}});
    for (const auto* q : {"linen \"shirt", "0%_", "%_x", "%", "\"", "s a\\b", "\\", "AND (",
                          "OR* not", "en-1", "LINEN-1", "t\" 1"}) {
        EXPECT_EQ(found(q), json{"a"}) << q;
    }
    for (const auto* q : {"linen-3", "linenshirt", "x it", "%x", "100__", "ahat", "^lin", "ha*",
                          "title:hat", "shirt linen"}) {
        EXPECT_EQ(found(q), kNobody) << q;
    }
    EXPECT_EQ(found("linen"), (json{"a", "b"}));
    EXPECT_EQ(found(""), (json{"a", "b"}));
    EXPECT_EQ(found(std::string("lin\0en", 6)), kNobody);
}

TEST_F(SearchTest, capital_letters_of_any_script_are_found_as_small_ones) {
    create({{"id", "a"}, {"title", "Überwurf ΩΜΕΓΑ КУРТКА コットン 👕👖🧦"}});
    for (const auto* q : {"überwurf", "ÜBER", "ü", "Ü", "ωμεγ", "куртка", "Куртка", "кУ",
                          "コットン", "ット", "👖🧦", "👕👖🧦", "👕"}) {
        EXPECT_EQ(found(q), json{"a"}) << q;
    }
    for (const auto* q : {"uberwurf", "курка", "🧦👖", "u\xcc\x88"})
        EXPECT_EQ(found(q), kNobody) << q;
    EXPECT_EQ(each(catalogue().list({{"filters", {{"title", {{"$ilike", "%куртка%"}}}}}}), "id"),
              json{"a"});
}

TEST_F(SearchTest, every_entity_is_searched_in_its_own_texts) {
    json data = shirt();
    data.update({{"tags", {{{"value", "summer"}}}},
                 {"type", {{"value", "clothing"}}},
                 {"collection", {{"title", "Beach 26"}}},
                 {"images", {{{"url", "http://i/front.png"}}}}});
    const json made = create(data);
    EXPECT_EQ(found("tsh-m", "ProductVariants"), json{made.at("variants").at(1).at("id")});
    EXPECT_EQ(found("size", "ProductOptions"), each(made.at("options"), "id"));
    EXPECT_EQ(found("m", "ProductOptionValues").size(), 1U);
    EXPECT_EQ(found("front", "ProductImages"), each(made.at("images"), "id"));
    EXPECT_EQ(found("summer", "ProductTags"), each(made.at("tags"), "id"));
    EXPECT_EQ(found("cloth", "ProductTypes"), json{made.at("type_id")});
    EXPECT_EQ(found("h-26", "ProductCollections"), json{made.at("collection_id")});
    const json category = catalogue().call(
        "createProductCategories", "", {{"data", {{"name", "Men"}, {"description", "for men"}}}});
    EXPECT_EQ(found("for men", "ProductCategories"), json{category.at("id")});
    EXPECT_EQ(found("tsh-m"), kNobody) << "a product's own texts";
    EXPECT_EQ(each(catalogue().list({{"filters", {{"variants", {{"q", "tsh-m"}}}}}}), "id"),
              json{"prod_shirt"});
    EXPECT_EQ(each(catalogue().list({{"filters", {{"$not", {{"q", "shirt"}}}}}}), "id"), kNobody);
    const json both = catalogue().call("listAndCountProducts", "", {{"filters", {{"q", "shirt"}}}});
    EXPECT_EQ(both.at("count"), 1);
}

TEST_F(SearchTest, the_index_follows_changes_deletions_and_undos) {
    create({{"id", "a"},
            {"title", "Linen shirt"},
            {"variants", {{{"title", "V"}, {"sku", "TSH-1"}}}}});
    const json before = snapshot("a");
    const auto finds = [&](const char* q, const json& sku, bool old, bool is_new) {
        EXPECT_EQ(found("linen shirt"), old ? json{"a"} : kNobody);
        EXPECT_EQ(found("woollen hat"), is_new ? json{"a"} : kNobody);
        EXPECT_EQ(found(q, "ProductVariants").size(), sku);
    };
    finds("tsh-1", 1, true, false);
    const json variant{{"id", before.at("state").at("product_variant").at(0).at("id")},
                       {"sku", "HAT-1"}};
    const json written =
        update("a", {{"title", "Woollen hat"}, {"variants", {variant}}}, "run/step/p#1");
    finds("tsh-1", 0, false, true);
    finds("hat-1", 1, false, true);
    catalogue().restore("run/step/compensate",
                        {{"snapshot", before}, {"written", written.at("version")}});
    finds("tsh-1", 1, true, false);
    finds("hat-1", 0, true, false);
    catalogue().call("softDeleteProducts", "", {{"ids", {"a"}}});
    finds("tsh-1", 0, false, false);
    EXPECT_EQ(found("linen", "Products", true), json{"a"});
    catalogue().call("restoreProducts", "", {{"ids", {"a"}}});
    finds("tsh-1", 1, true, false);
    const json whole = snapshot("a");
    catalogue().remove("run/remove/p#1", {{"ids", {"a"}}});
    finds("tsh-1", 0, false, false);
    EXPECT_EQ(found("linen", "Products", true), kNobody);
    catalogue().restore("run/remove/compensate", {{"snapshot", whole}, {"written", nullptr}});
    finds("tsh-1", 1, true, false);
}

TEST_F(SearchTest, a_refused_write_leaves_nothing_in_the_index) {
    create({{"title", "A"}, {"handle", "taken"}});
    expect_refused(error_from([&] {
                       create({{"title", "Never there"}, {"handle", "taken"}});
                   }),
                   GANTRY_E_INVALID_DATA, "already exists");
    EXPECT_EQ(found("never"), kNobody);
    EXPECT_EQ(found("taken").size(), 1U);
}

TEST_F(SearchTest, the_index_stands_changes_by_hand_and_a_vacuum) {
    for (const auto* id : {"a", "b", "c"})
        create({{"id", id}, {"title", std::string("shirt ") + id}});
    catalogue().remove("", {{"ids", {"a"}}});
    {
        soci::session by_hand = on_a_server() ? soci::session("postgresql", server())
                                              : soci::session(soci::sqlite3, "db=" + path());
        const std::string table = on_a_server() ? "product.product" : "product";
        by_hand << "UPDATE " + table + " SET title = 'Trousers' WHERE id = 'b'";
        by_hand << "VACUUM";
    }
    reopen();
    EXPECT_EQ(found("shirt b"), kNobody);
    EXPECT_EQ(found("trousers"), json{"b"});
    EXPECT_EQ(found("shirt c"), json{"c"});
    update("c", {{"title", "Coat"}});
    EXPECT_EQ(found("shirt c"), kNobody);
    EXPECT_EQ(found("coat"), json{"c"});
}

}  // namespace

}  // namespace catalogue
