// The rules of createProducts and updateProducts, one test for each.
#include "handle.hpp"
#include "support.hpp"

namespace catalogue {

namespace {

class Rules : public CatalogueTest {
protected:
    void refuses(const json& data, const std::string& text,
                 gantry_status code = GANTRY_E_INVALID_DATA) {
        const json before = snapshot("prod_shirt");
        expect_refused(error_from([&] { update("prod_shirt", data); }), code, text);
        EXPECT_EQ(snapshot("prod_shirt"), before) << text;
    }
    void refuses_to_create(const json& data, const std::string& text) {
        expect_refused(error_from([&] { create(data); }), GANTRY_E_INVALID_DATA, text);
        EXPECT_EQ(catalogue().list(json::object()), json::array()) << text;
    }
    json variant(const std::string& sku) {
        return find_by(retrieve("prod_shirt").at("variants"), "sku", sku);
    }
};

TEST_F(Rules, given_fields_replace_null_clears_absent_stays) {
    const json made = create(shirt());
    const json now = update("prod_shirt", {{"subtitle", "x"}, {"weight", nullptr}});
    EXPECT_EQ(now.at("subtitle"), "x");
    EXPECT_EQ(now.at("weight"), nullptr);
    EXPECT_EQ(now.at("title"), "Shirt");
    EXPECT_EQ(now.at("variants"), made.at("variants"));
    EXPECT_NE(now.at("version"), made.at("version"));
    EXPECT_EQ(now, retrieve("prod_shirt"));
}

TEST_F(Rules, an_update_that_changes_nothing_leaves_the_product_as_it_is) {
    const json made = create(shirt());
    EXPECT_EQ(update("prod_shirt", {{"title", "Shirt"}, {"weight", 250.0}}), made);
    EXPECT_EQ(update("prod_shirt", json::object()), made);
}

TEST_F(Rules, unknown_fields_wrong_types_and_null_where_one_is_needed_are_refused) {
    create(shirt());
    refuses({{"colour", "red"}}, "Unknown field 'colour' of Product");
    refuses({{"id", "x"}}, "Unknown field 'id' of Product");
    refuses({{"version", "x"}}, "Unknown field 'version' of Product");
    refuses({{"title", nullptr}}, "Cannot set field 'title' of Product to null");
    refuses({{"title", 5}}, "Expected type: 'string' for field 'title' of Product, got: 5");
    refuses({{"weight", "5"}}, "Expected type: 'number' for field 'weight'");
    refuses({{"status", "sold"}}, "status is 'sold'; it is draft, proposed, published or rejected");
    refuses({{"title", std::string("a\0b", 3)}}, "character of code 0");
    refuses({{"variants", nullptr}}, "variants is null; it takes a list");
    refuses({{"variants", {{{"title", "x"}, {"prices", 1}}}}}, "'prices' of Product variant");
}

TEST_F(Rules, an_id_with_a_character_of_code_0_is_refused_and_never_taken_for_another) {
    create(shirt());
    const std::string id("prod_shirt\0x", 12);
    const auto refused = [&](const std::function<void()>& call) {
        const auto error = error_from(call);
        expect_refused(error, GANTRY_E_INVALID_DATA);
        EXPECT_NE(error.message().find("character of code 0"), std::string::npos);
    };
    refused([&] { create({{"id", id}, {"title", "Other"}}); });
    const json tag = {{"id", id}, {"value", "x"}};
    refused([&] { catalogue().call("createProductTags", "", {{"data", tag}}); });
    refused([&] { update(id, {{"title", "Other"}}); });
    refused([&] { update("prod_shirt", {{"type_id", id}}); });
    refused([&] { retrieve(id); });
    refused([&] { snapshot(id); });
    refused([&] { catalogue().call("deleteProducts", "", {{"ids", json::array({id})}}); });
    const json filters = {{"id", json::array({id})}};
    refused([&] { catalogue().list({{"filters", filters}}); });
    EXPECT_EQ(retrieve("prod_shirt").at("title"), "Shirt");
}

TEST_F(Rules, metadata_is_merged_key_by_key_and_an_empty_text_deletes) {
    create({{"id", "p"}, {"title", "A"}, {"metadata", {{"a", 1}, {"b", 2}, {"c", 3}}}});
    const json now = update("p", {{"metadata", {{"a", ""}, {"b", nullptr}, {"d", {{"x", 1}}}}}});
    EXPECT_EQ(now.at("metadata"), (json{{"b", nullptr}, {"c", 3}, {"d", {{"x", 1}}}}));
    EXPECT_EQ(update("p", {{"metadata", nullptr}}).at("metadata"), nullptr);
}

TEST_F(Rules, a_gift_card_is_never_discountable) {
    EXPECT_EQ(create({{"id", "p"}, {"title", "A"}, {"is_giftcard", true}}).at("discountable"),
              false);
    create(shirt());
    EXPECT_EQ(update("prod_shirt", {{"is_giftcard", true}}).at("discountable"), false);
}

TEST_F(Rules, handles_are_made_of_the_title_and_must_be_url_safe) {
    EXPECT_EQ(to_handle("  Größe_XL  -- 50%! "), "größe-xl-50");
    EXPECT_EQ(to_handle("ÄRMEL Футболка コットン"), "ärmel-футболка-コットン");
    EXPECT_EQ(to_handle("👕!"), "");
    EXPECT_TRUE(is_handle("футболка-1"));
    EXPECT_FALSE(is_handle(""));
    EXPECT_EQ(create({{"title", "👕"}}).at("handle").get<std::string>().substr(0, 8), "product-");
    create(shirt());
    refuses({{"handle", "a b"}},
            "Invalid product handle 'a b'. It must contain URL safe characters");
    refuses({{"handle", "a/b"}}, "Invalid product handle 'a/b'");
    create({{"title", "Hat"}});
    refuses({{"handle", "hat"}}, "Product with handle: hat, already exists.");
}

TEST_F(Rules, a_title_is_required) {
    refuses_to_create({{"handle", "x"}}, "Product title is required");
    refuses_to_create({{"title", ""}}, "Product title is required");
}

TEST_F(Rules, given_tags_replace_all_and_are_found_by_value_or_created) {
    create({{"id", "p"}, {"title", "A"}, {"tags", {{{"value", "x"}}, {{"value", "y"}}}}});
    const json y = find_by(retrieve("p").at("tags"), "value", "y");
    const json now =
        update("p", {{"tags", {{{"value", "z"}}, {{"value", "y"}}, {{"value", "z"}}}}});
    EXPECT_EQ(each(now.at("tags"), "value"), (json{"y", "z"}));
    EXPECT_EQ(now.at("tags").at(0), y);
    EXPECT_EQ(update("p", {{"tag_ids", {y.at("id")}}}).at("tags"), json::array({y}));
    EXPECT_EQ(update("p", {{"tags", json::array()}}).at("tags"), json::array());
    create(shirt());
    refuses({{"tag_ids", {y.at("id"), "ptag_0"}}},
            "Tag with id ptag_0 not found. Please create the tag before associating it with the "
            "product.");
    refuses({{"tags", {{{"name", "x"}}}}}, "expected {\"value\": \"...\"}");
    refuses({{"tags", json::array()}, {"tag_ids", json::array()}}, "both tags and tag_ids");
}

TEST_F(Rules, type_and_collection_are_found_created_set_by_id_or_cleared) {
    const json hat = create(
        {{"title", "Hat"}, {"type", {{"value", "warm"}}}, {"collection", {{"title", "Winter!"}}}});
    create(shirt());
    const json now =
        update("prod_shirt", {{"type", {{"value", "warm"}}}, {"collection", {{"title", "Fall"}}}});
    EXPECT_EQ(now.at("type"), hat.at("type"));
    EXPECT_NE(now.at("collection_id"), hat.at("collection_id"));
    EXPECT_EQ(update("prod_shirt", {{"collection_id", hat.at("collection_id")}}).at("collection"),
              hat.at("collection"));
    EXPECT_EQ(update("prod_shirt", {{"type", nullptr}}).at("type"), nullptr);
    EXPECT_EQ(update("prod_shirt", {{"collection_id", nullptr}}).at("collection"), nullptr);
    refuses({{"type_id", "x"}},
            "You tried to set relationship type_id: x, but such entity does not exist",
            GANTRY_E_NOT_FOUND);
    EXPECT_EQ(catalogue().list({{"filters", {{"type_id", hat.at("type_id")}}}}).size(), 1U);
}

TEST_F(Rules, given_images_replace_all_and_are_ranked_by_position) {
    create({{"id", "p"}, {"title", "A"}, {"images", {{{"url", "1"}}, {{"url", "2"}}}}});
    const json before = retrieve("p").at("images");
    const json now = update("p", {{"images", {{{"url", "3"}}, {{"url", "1"}}, {{"url", "1"}}}}});
    EXPECT_EQ(each(now.at("images"), "url"), (json{"3", "1", "1"}));
    EXPECT_EQ(each(now.at("images"), "rank"), (json{0, 1, 2}));
    EXPECT_EQ(now.at("images").at(1).at("id"), before.at(0).at("id"));
    EXPECT_EQ(update("p", {{"images", json::array()}}).at("images"), json::array());
    create(shirt());
    refuses({{"images", {{{"id", "img_0"}, {"url", "x"}}}}},
            "Cannot update non-existing images with ids: img_0");
}

TEST_F(Rules, given_variants_replace_all_with_an_id_update_without_create) {
    create(shirt());
    const json small = variant("TSH-S");
    const json now = update(
        "prod_shirt", {{"variants",
                        {{{"id", small.at("id")}, {"weight", 1.5}, {"metadata", {{"k", "v"}}}},
                         {{"title", "Medium"}, {"sku", "TSH-M"}, {"options", {{"Size", "M"}}}}}}});
    ASSERT_EQ(now.at("variants").size(), 2U);
    const json kept = find_by(now.at("variants"), "id", small.at("id"));
    EXPECT_EQ(kept.at("weight"), 1.5);
    EXPECT_EQ(kept.at("sku"), "TSH-S");
    EXPECT_EQ(kept.at("options"), small.at("options"));
    EXPECT_EQ(kept.at("created_at"), small.at("created_at"));
    EXPECT_EQ(find_by(now.at("variants"), "sku", "TSH-M").at("title"), "Medium");
    EXPECT_EQ(update("prod_shirt", {{"variants", json::array()}}).at("variants"), json::array());
}

TEST_F(Rules, two_variants_may_swap_their_skus) {
    create(shirt());
    const json s = variant("TSH-S").at("id");
    const json m = variant("TSH-M").at("id");
    update("prod_shirt",
           {{"variants", {{{"id", s}, {"sku", "TSH-M"}}, {{"id", m}, {"sku", "TSH-S"}}}}});
    EXPECT_EQ(variant("TSH-S").at("id"), m);
}

TEST_F(Rules, variants_that_are_not_there_are_not_updated) {
    create(shirt());
    refuses({{"variants", {{{"id", "x"}}, {{"id", "y"}}}}},
            "Cannot update non-existing variants with ids: x, y");
    const json s = variant("TSH-S").at("id");
    refuses({{"variants", {{{"id", s}}, {{"id", s}}}}}, "Product variant with id");
    refuses({{"variants", {{{"options", {{"Size", "S"}}}}}}}, "Product variant title is required");
}

TEST_F(Rules, unique_fields_of_variants_are_unique_over_products) {
    create(shirt());
    for (const auto* field : {"sku", "barcode", "ean", "upc"}) {
        const std::string title = std::string("P-") + field;
        create({{"title", title}, {"variants", {{{"title", "v"}, {field, "X1"}}}}});
        refuses({{"variants", {{{"title", "v"}, {field, "X1"}, {"options", {{"Size", "S"}}}}}}},
                std::string("Product variant with ") + field + ": X1, already exists.");
    }
}

TEST_F(Rules, a_variant_has_one_existing_value_of_each_option) {
    json two = shirt();
    two["options"].push_back({{"title", "Color"}, {"values", {"red"}}});
    refuses_to_create(two, "Product \"Shirt\" has variants with missing options: [Color]");
    json more = shirt();
    more["variants"][0]["options"]["Color"] = "red";
    refuses_to_create(more,
                      "Product has 1 option values but there were 2 provided option values for "
                      "the variant: S.");
    json unknown = shirt();
    unknown["variants"][0]["options"]["Size"] = "XXL";
    refuses_to_create(unknown, "Option value XXL does not exist for option Size");
    create(shirt());
    refuses({{"variants", {{{"title", "V"}}}}},
            "Product has 1 option values but there were 0 provided option values for the variant: "
            "V.");
    refuses({{"variants", {{{"title", "V"}, {"options", {{"Colour", "S"}}}}}}},
            "Option value S does not exist for option Colour");
}

TEST_F(Rules, no_two_variants_have_the_same_combination) {
    json twice = shirt();
    twice["variants"][1]["options"]["Size"] = "S";
    refuses_to_create(twice, "Variant \"M\" has same combination of option values as \"S\".");
    create(shirt());
    refuses(
        {{"variants",
          {{{"id", variant("TSH-S").at("id")}}, {{"title", "V"}, {"options", {{"Size", "S"}}}}}}},
        "Variant (V) with provided options already exists.");
}

TEST_F(Rules, options_are_matched_by_title_and_value_and_unlisted_ones_deleted) {
    json data = shirt();
    data["options"].push_back({{"title", "Color"}, {"values", {"red"}}});
    data["variants"][0]["options"]["Color"] = "red";
    data["variants"][1]["options"]["Color"] = "red";
    create(data);
    const json before = find_by(retrieve("prod_shirt").at("options"), "title", "Size");
    const json now =
        update("prod_shirt", {{"options", {{{"title", "Size"}, {"values", {"M", "S", "L"}}}}}});
    ASSERT_EQ(now.at("options").size(), 1U);
    const json& size = now.at("options").at(0);
    EXPECT_EQ(size.at("id"), before.at("id"));
    EXPECT_EQ(size.at("values").at(0), before.at("values").at(0));
    EXPECT_EQ(each(size.at("values"), "value"), (json{"S", "M", "L"}));
    EXPECT_EQ(now.at("variants").at(0).at("options").size(), 1U);
    refuses({{"options", {{{"title", "Size"}, {"values", {"S"}}}}}},
            "Cannot delete product option values that are associated with products.");
    refuses(
        {{"options",
          {{{"title", "Size"}, {"values", {"S", "M"}}}, {{"title", "Size"}, {"values", {"S"}}}}}},
        "Product option with title: Size, already exists.");
    refuses({{"options", {{{"title", "Size"}, {"values", {"S", "S"}}}}}},
            "Product option value with value: S, already exists.");
    refuses({{"options", {{{"title", "Size"}, {"value", "S"}}}}}, "Unknown field 'value'");
}

TEST_F(Rules, options_and_variants_change_together) {
    create(shirt());
    const json small = variant("TSH-S").at("id");
    const json now = update(
        "prod_shirt",
        {{"options",
          {{{"title", "Size"}, {"values", {"XL"}}}, {{"title", "Fit"}, {"values", {"slim"}}}}},
         {"variants", {{{"id", small}, {"options", {{"Size", "XL"}, {"Fit", "slim"}}}}}}});
    EXPECT_EQ(now.at("variants").at(0).at("options").size(), 2U);
    EXPECT_EQ(now, retrieve("prod_shirt"));
}

TEST_F(Rules, a_write_at_another_version_is_a_conflict) {
    const json made = create(shirt());
    const auto at = [&](const json& version, const char* title) {
        return catalogue().update(
            "", {{"id", "prod_shirt"}, {"data", {{"title", title}}}, {"if_version", version}});
    };
    const json now = at(made.at("version"), "A");
    const auto e = error_from([&] { at(made.at("version"), "B"); });
    expect_refused(e, GANTRY_E_CONFLICT, "read it again");
    EXPECT_EQ(e.details().at("found"), now.at("version"));
    EXPECT_EQ(at(now.at("version"), "Shirt").at("version"), made.at("version"));
}

}  // namespace

}  // namespace catalogue
