// Collections are given their products, and categories are read with all above and below them.
#include "support.hpp"

namespace catalogue {

namespace {

class Groups : public CatalogueTest {
protected:
    void SetUp() override {
        for (const auto* id : {"a", "b", "c"}) create({{"id", id}, {"title", id}});
    }
    json call(const std::string& method, const json& input, const std::string& key = "") {
        return catalogue().call(method, key, input);
    }
    json collect(const json& id, const json& product_ids, const std::string& key = "") {
        return call("updateProductCollections",
                    {{"id", id}, {"data", {{"product_ids", product_ids}}}}, key);
    }
    json members(const json& id) {
        return each(call("listProducts", {{"filters", {{"collection_id", id}}}}), "id");
    }
};

TEST_F(Groups, a_collection_has_the_products_it_is_given) {
    const json made = call("createProductCollections",
                           {{"data", {{"title", "Summer"}, {"product_ids", {"b", "a", "b"}}}}});
    const json id = made.at("id");
    EXPECT_FALSE(made.contains("product_ids"));
    EXPECT_EQ(members(id), (json{"a", "b"}));
    collect(id, {"b", "c"});
    EXPECT_EQ(members(id), (json{"b", "c"})) << "the whole set";
    EXPECT_EQ(retrieve("a").at("collection"), nullptr);
    EXPECT_EQ(retrieve("c").at("version"), snapshot("c").at("version"));
    call("updateProductCollections", {{"id", id}, {"data", {{"title", "Fall"}}}});
    EXPECT_EQ(members(id), (json{"b", "c"})) << "absent stays";
    const json other =
        call("createProductCollections", {{"data", {{"title", "Other"}, {"product_ids", {"c"}}}}});
    EXPECT_EQ(members(id), json{"b"});
    EXPECT_EQ(
        call("upsertProductCollections", {{"data", {{"id", id}, {"product_ids", json::array()}}}})
            .at("title"),
        "Fall");
    EXPECT_EQ(members(id), json::array());
    EXPECT_EQ(members(other.at("id")), json{"c"});
}

TEST_F(Groups, a_collection_of_products_that_are_not_there_is_refused) {
    call("softDeleteProducts", {{"ids", {"c"}}});
    for (const auto* none : {"c", "x"}) {
        const json data = {{"title", "Summer"}, {"product_ids", {"a", none}}};
        expect_refused(error_from([&] {
                           call("createProductCollections", {{"data", data}});
                       }),
                       GANTRY_E_NOT_FOUND, "Product with id: " + std::string(none));
        EXPECT_EQ(call("listProductCollections", json::object()), json::array());
        EXPECT_EQ(retrieve("a").at("collection_id"), nullptr);
    }
    const json id = call("createProductCollections", {{"data", {{"title", "S"}}}}).at("id");
    expect_refused(error_from([&] { collect(id, "a"); }), GANTRY_E_INVALID_DATA,
                   "product_ids is \"a\"; it takes a list");
    expect_refused(
        error_from([&] {
            call("createProductTags", {{"data", {{"value", "t"}, {"product_ids", {"a"}}}}});
        }),
        GANTRY_E_INVALID_DATA, "Unknown field 'product_ids' of Product tag");
}

TEST_F(Groups, products_that_a_collection_was_given_are_put_back) {
    const json id =
        call("createProductCollections", {{"data", {{"title", "Summer"}, {"product_ids", {"a"}}}}})
            .at("id");
    const json before = {snapshot("a"), snapshot("b")};
    collect(id, {"b"}, "r/s/product.updateProductCollections#1");
    for (const auto& one : before) {
        EXPECT_EQ(call("restoreProduct", {{"snapshot", one}},
                       "r/s/compensate/" + one.at("id").get<std::string>() + "#1")
                      .at("result"),
                  "restored");
    }
    EXPECT_EQ(members(id), json{"a"});
    EXPECT_EQ(snapshot("b").at("version"), before.at(1).at("version"));
}

class Trees : public Groups {
protected:
    void SetUp() override {
        make("root", nullptr);
        make("left", "root");
        make("right", "root", {{"is_active", false}});
        make("leaf", "left");
        make("under", "right");
        make("alone", nullptr);
    }
    void make(const std::string& id, const json& parent, json data = json::object()) {
        data.update({{"id", id}, {"name", id}, {"parent_category_id", parent}});
        data.emplace("is_active", true);
        call("createProductCategories", {{"data", std::move(data)}});
    }
    json list(const json& filters) {
        return call("listProductCategories", {{"filters", filters}, {"select", {"name"}}});
    }
};

TEST_F(Trees, a_category_comes_with_all_that_is_below_it) {
    const json rows = list({{"id", "root"}, {"include_descendants_tree", true}});
    const json leaf = {{"id", "leaf"}, {"name", "leaf"}, {"category_children", json::array()}};
    const json under = {{"id", "under"}, {"name", "under"}, {"category_children", json::array()}};
    const json left = {{"id", "left"}, {"name", "left"}, {"category_children", {leaf}}};
    const json right = {{"id", "right"}, {"name", "right"}, {"category_children", {under}}};
    EXPECT_EQ(
        rows,
        (json::array({{{"id", "root"}, {"name", "root"}, {"category_children", {left, right}}}})));
    EXPECT_EQ(list({{"id", "root"}, {"include_descendants_tree", false}}),
              (json::array({{{"id", "root"}, {"name", "root"}}})));
    const json active =
        list({{"id", "root"}, {"is_active", true}, {"include_descendants_tree", true}});
    EXPECT_EQ(each(active.at(0).at("category_children"), "id"), json{"left"})
        << "what is below is active too";
}

TEST_F(Trees, a_category_comes_with_all_that_is_above_it) {
    const json root = {{"id", "root"}, {"name", "root"}, {"parent_category", nullptr}};
    const json left = {{"id", "left"}, {"name", "left"}, {"parent_category", root}};
    EXPECT_EQ(list({{"id", "leaf"}, {"include_ancestors_tree", true}}),
              (json::array({{{"id", "leaf"}, {"name", "leaf"}, {"parent_category", left}}})));
    const json both = list(
        {{"id", "left"}, {"include_ancestors_tree", true}, {"include_descendants_tree", true}});
    EXPECT_EQ(both.at(0).at("parent_category"), root);
    EXPECT_EQ(each(both.at(0).at("category_children"), "id"), json{"leaf"});
    EXPECT_FALSE(both.at(0).at("category_children").at(0).contains("parent_category"));
}

TEST_F(Trees, are_part_of_a_page_and_what_is_deleted_is_not_part_of_them) {
    call("softDeleteProductCategories", {{"ids", {"left"}}});
    const json page =
        call("listAndCountProductCategories",
             {{"filters", {{"parent_category_id", nullptr}, {"include_descendants_tree", true}}},
              {"order", {{"name", "DESC"}}},
              {"take", 1}});
    EXPECT_EQ(page.at("count"), 2);
    EXPECT_EQ(each(page.at("rows").at(0).at("category_children"), "id"), json{"right"});
    expect_refused(error_from([&] {
                       list({{"include_ancestors_tree", "yes"}});
                   }),
                   GANTRY_E_INVALID_DATA,
                   "filter 'include_ancestors_tree' is \"yes\"; it takes a boolean");
    expect_refused(error_from([&] {
                       call("listProducts", {{"filters", {{"include_ancestors_tree", true}}}});
                   }),
                   GANTRY_E_INVALID_DATA, "unknown filter 'include_ancestors_tree'");
}

}  // namespace

}  // namespace catalogue
