// Every entity's nine methods, what hangs together by them, and what a list is asked for.
#include "support.hpp"

namespace catalogue {

namespace {

class Entities : public CatalogueTest {
protected:
    json call(const std::string& method, const json& input) {
        return catalogue().call(method, "", input);
    }
    gantry::Error refusal(const std::string& method, const json& input) {
        return error_from([&] { call(method, input); });
    }
    json titles(const json& input) { return each(call("listProducts", input), "title"); }
};

const json kNone = json::object();

TEST_F(Entities, tags_types_and_collections_are_made_found_changed_and_removed) {
    struct Case {
        std::string name, plural, field;
    };
    for (const auto& [name, plural, field] :
         {Case{"ProductTag", "ProductTags", "value"},
          {"ProductType", "ProductTypes", "value"},
          {"ProductCollection", "ProductCollections", "title"}}) {
        const json two = call("create" + plural, {{"data", {{{field, "B"}}, {{field, "A"}}}}});
        EXPECT_EQ(each(two, field), (json{"B", "A"})) << name;
        const json one =
            call("create" + plural, {{"data", {{field, "C"}, {"metadata", {{"a", 1}}}}}});
        const json id = one.at("id");
        EXPECT_EQ(call("retrieve" + name, {{"id", id}}), one);
        EXPECT_EQ(each(call("list" + plural, {{"order", {{field, "ASC"}}}}), field),
                  (json{"A", "B", "C"}));
        const json page =
            call("listAndCount" + plural, {{"take", 1}, {"order", {{field, "DESC"}}}});
        EXPECT_EQ(page.at("count"), 3);
        EXPECT_EQ(each(page.at("rows"), field), json{"C"});
        const json changed = call("update" + plural, {{"id", id}, {"data", {{field, "D"}}}});
        EXPECT_EQ(changed.at(field), "D");
        EXPECT_EQ(changed.at("metadata"), (json{{"a", 1}}));
        const json many = call("update" + plural, {{"selector", {{field, {"A", "B"}}}},
                                                   {"data", {{"metadata", {{"m", 2}}}}}});
        EXPECT_EQ(many.size(), 2U);
        EXPECT_EQ(call("update" + plural, {{"selector", {{field, "nobody"}}}, {"data", kNone}}),
                  json::array());
        const json both =
            call("upsert" + plural, {{"data", {{{"id", id}, {field, "E"}}, {{field, "F"}}}}});
        EXPECT_EQ(each(both, field), (json{"F", "E"})) << "the created ones stand first";
        expect_refused(refusal("create" + plural, {{"data", {{field, "F"}}}}),
                       GANTRY_E_INVALID_DATA, "already exists.");
        expect_refused(refusal("update" + plural, {{"id", "x"}, {"data", kNone}}),
                       GANTRY_E_NOT_FOUND, name + " with id: x was not found");
        call("softDelete" + plural, {{"ids", {id, "x"}}});
        expect_refused(refusal("retrieve" + name, {{"id", id}}), GANTRY_E_NOT_FOUND);
        EXPECT_EQ(call("list" + plural, {{"withDeleted", true}}).size(), 4U);
        EXPECT_EQ(call("restore" + plural, {{"ids", {id}}}).begin().value(), json{id});
        EXPECT_EQ(call("retrieve" + name, {{"id", id}}).at(field), "E");
        call("delete" + plural, {{"ids", {id, "x"}}});
        EXPECT_EQ(call("list" + plural, {{"withDeleted", true}}).size(), 3U);
    }
}

TEST_F(Entities,
       a_product_loses_the_tag_type_or_collection_that_is_deleted_and_gets_a_new_version) {
    const json made = create({{"title", "Shirt"},
                              {"tags", {{{"value", "new"}}, {{"value", "old"}}}},
                              {"type", {{"value", "clothes"}}},
                              {"collection", {{"title", "Summer"}}}});
    const json tag = find_by(made.at("tags"), "value", "new").at("id");
    call("softDeleteProductTags", {{"ids", {tag}}});
    EXPECT_EQ(each(retrieve(made.at("id")).at("tags"), "value"), json{"old"});
    call("restoreProductTags", {{"ids", {tag}}});
    EXPECT_EQ(retrieve(made.at("id")).at("tags").size(), 2U);
    EXPECT_EQ(retrieve(made.at("id")).at("version"), made.at("version"));
    call("deleteProductTags", {{"ids", {tag}}});
    call("deleteProductTypes", {{"ids", {made.at("type_id")}}});
    call("deleteProductCollections", {{"ids", {made.at("collection_id")}}});
    const json now = retrieve(made.at("id"));
    EXPECT_EQ(each(now.at("tags"), "value"), json{"old"});
    EXPECT_EQ(now.at("type"), nullptr);
    EXPECT_EQ(now.at("collection"), nullptr);
    EXPECT_NE(now.at("version"), made.at("version"));
    EXPECT_EQ(now.at("version"), snapshot(made.at("id")).at("version"));
}

TEST_F(Entities, a_tag_with_another_name_leaves_the_products_versions_alone) {
    const json made = create({{"title", "Shirt"}, {"tags", {{{"value", "new"}}}}});
    const json before = snapshot(made.at("id"));
    call("updateProductTags", {{"id", made.at("tags").at(0).at("id")}, {"data", {{"value", "x"}}}});
    EXPECT_EQ(snapshot(made.at("id")).at("version"), before.at("version"));
    EXPECT_EQ(retrieve(made.at("id")).at("tags").at(0).at("value"), "x");
}

TEST_F(Entities, variants_are_added_changed_and_taken_away_one_by_one) {
    const json shirt_made = create(shirt());
    const json data = {{"product_id", "prod_shirt"}, {"title", "L"}, {"options", {{"Size", "L"}}}};
    expect_refused(refusal("createProductVariants", {{"data", data}}), GANTRY_E_INVALID_DATA,
                   "Option value L does not exist for option Size");
    const json option = shirt_made.at("options").at(0).at("id");
    call("createProductOptionValues", {{"data", {{"option_id", option}, {"value", "L"}}}});
    const json variant = call("createProductVariants", {{"data", data}});
    EXPECT_EQ(variant.at("options").at(0).at("value"), "L");
    expect_refused(refusal("createProductVariants", {{"data", data}}), GANTRY_E_INVALID_DATA,
                   "with provided options already exists");
    expect_refused(refusal("createProductVariants", {{"data", {{"title", "X"}}}}),
                   GANTRY_E_INVALID_DATA,
                   "Unable to create variants without specifying a product_id");
    expect_refused(
        refusal("createProductVariants", {{"data", {{"product_id", "nobody"}, {"title", "X"}}}}),
        GANTRY_E_NOT_FOUND, "Product with id: nobody was not found");
    const json changed =
        call("updateProductVariants", {{"id", variant.at("id")}, {"data", {{"sku", "TSH-L"}}}});
    EXPECT_EQ(changed.at("sku"), "TSH-L");
    EXPECT_EQ(changed.at("options"), variant.at("options"));
    expect_refused(
        refusal("updateProductVariants", {{"id", variant.at("id")}, {"data", {{"sku", "TSH-S"}}}}),
        GANTRY_E_INVALID_DATA, "Product variant with sku: TSH-S, already exists.");
    EXPECT_EQ(each(call("listProductVariants",
                        {{"filters", {{"product_id", "prod_shirt"}, {"sku", {{"$like", "TSH-%"}}}}},
                         {"order", {{"sku", "ASC"}}}}),
                   "sku"),
              (json{"TSH-L", "TSH-M", "TSH-S"}));
    call("deleteProductVariants", {{"ids", {variant.at("id"), "x"}}});
    const json now = retrieve("prod_shirt");
    EXPECT_EQ(each(now.at("variants"), "title"), (json{"S", "M"}));
    EXPECT_EQ(now.at("version"), snapshot("prod_shirt").at("version"));
}

TEST_F(Entities, a_variant_deleted_softly_frees_its_sku_and_comes_back_with_its_options) {
    const json made = create(shirt());
    const json id = find_by(made.at("variants"), "sku", "TSH-S").at("id");
    EXPECT_EQ(call("softDeleteProductVariants", {{"ids", {id}}}).at("variant_id"), json{id});
    EXPECT_EQ(retrieve("prod_shirt").at("variants").size(), 1U);
    EXPECT_EQ(titles({{"filters", {{"sku", "TSH-S"}}}}), json::array());
    update("prod_shirt", {{"title", "Other"}});
    const json other =
        create({{"title", "Taker"}, {"variants", {{{"title", "T"}, {"sku", "TSH-S"}}}}});
    expect_refused(refusal("restoreProductVariants", {{"ids", {id}}}), GANTRY_E_INVALID_DATA,
                   "Product variant with sku: TSH-S, already exists.");
    catalogue().remove("", {{"ids", {other.at("id")}}});
    call("restoreProductVariants", {{"ids", {id}}});
    const json back = find_by(retrieve("prod_shirt").at("variants"), "id", id);
    EXPECT_EQ(back.at("options").at(0).at("value"), "S");
}

TEST_F(Entities, options_and_values_are_changed_and_a_value_in_use_stays) {
    create(shirt());
    const json option = call("listProductOptions", {{"relations", {"values"}}}).at(0);
    const json id = option.at("id");
    const json renamed =
        call("updateProductOptions", {{"id", id}, {"data", {{"title", "Size EU"}}}});
    EXPECT_EQ(renamed.at("title"), "Size EU");
    expect_refused(refusal("updateProductOptions", {{"id", id}, {"data", {{"values", {"S"}}}}}),
                   GANTRY_E_INVALID_DATA,
                   "Cannot delete product option values that are associated with products.");
    const json value = find_by(option.at("values"), "value", "S").at("id");
    expect_refused(refusal("deleteProductOptionValues", {{"ids", {value}}}), GANTRY_E_INVALID_DATA,
                   "Cannot delete product option values");
    call("updateProductOptionValues", {{"id", value}, {"data", {{"value", "XS"}, {"rank", 3}}}});
    EXPECT_EQ(call("retrieveProductOptionValue", {{"id", value}}).at("rank"), 3);
    const json fit = call(
        "createProductOptions",
        {{"data", {{"product_id", "prod_shirt"}, {"title", "Fit"}, {"values", {"slim", "wide"}}}}});
    EXPECT_EQ(each(fit.at("values"), "value"), (json{"slim", "wide"}));
    call("deleteProductOptions", {{"ids", {fit.at("id")}}});
    call("deleteProductOptions", {{"ids", {id}}});
    const json now = retrieve("prod_shirt");
    EXPECT_EQ(now.at("options"), json::array());
    EXPECT_EQ(now.at("variants").at(0).at("options"), json::array());
}

TEST_F(Entities, images_keep_their_places) {
    const json made = create({{"title", "A"}, {"images", {{{"url", "u1"}}, {{"url", "u2"}}}}});
    const json third =
        call("createProductImages", {{"data", {{"product_id", made.at("id")}, {"url", "u3"}}}});
    EXPECT_EQ(third.at("rank"), 2);
    call("deleteProductImages", {{"ids", {made.at("images").at(0).at("id")}}});
    const json images = retrieve(made.at("id")).at("images");
    EXPECT_EQ(each(images, "url"), (json{"u2", "u3"}));
    EXPECT_EQ(each(images, "rank"), (json{0, 1}));
    expect_refused(refusal("createProductImages", {{"data", {{"product_id", made.at("id")}}}}),
                   GANTRY_E_INVALID_DATA, "Product image url is required");
}

TEST_F(Entities, categories_are_a_tree) {
    const auto make = [&](const std::string& name, const json& parent = nullptr) {
        return call("createProductCategories",
                    {{"data", {{"name", name}, {"parent_category_id", parent}}}})
            .at("id");
    };
    const json clothes = make("Clothes");
    const json men = make("Men", clothes);
    const json women = make("Women", clothes);
    const json shirts = make("Shirts", men);
    const auto children = [&](const json& id) {
        return each(
            call("retrieveProductCategory", {{"id", id}, {"relations", {"category_children"}}})
                .at("category_children"),
            "name");
    };
    EXPECT_EQ(children(clothes), (json{"Men", "Women"}));
    call("updateProductCategories", {{"id", women}, {"data", {{"rank", 0}}}});
    EXPECT_EQ(children(clothes), (json{"Women", "Men"}));
    call("updateProductCategories", {{"id", men}, {"data", {{"parent_category_id", women}}}});
    const json moved = call("retrieveProductCategory",
                            {{"id", shirts}, {"relations", {"parent_category.parent_category"}}});
    EXPECT_EQ(moved.at("mpath"), clothes.get<std::string>() + "." + women.get<std::string>() + "." +
                                     men.get<std::string>() + "." + shirts.get<std::string>() +
                                     ".");
    EXPECT_EQ(moved.at("parent_category").at("parent_category").at("name"), "Women");
    expect_refused(refusal("updateProductCategories",
                           {{"id", women}, {"data", {{"parent_category_id", shirts}}}}),
                   GANTRY_E_INVALID_DATA, "cannot stand below itself");
    expect_refused(refusal("deleteProductCategories", {{"ids", {men}}}), GANTRY_E_REJECTED,
                   "with category children is not allowed");
    expect_refused(refusal("createProductCategories",
                           {{"data", {{"name", "X"}, {"parent_category_id", "nobody"}}}}),
                   GANTRY_E_NOT_FOUND, "ProductCategory with id: nobody was not found");
    EXPECT_EQ(
        call("softDeleteProductCategories", {{"ids", {women}}}).at("product_category_id").size(),
        3U);
    EXPECT_EQ(call("listProductCategories", kNone).size(), 1U);
    call("restoreProductCategories", {{"ids", {women}}});
    EXPECT_EQ(call("listProductCategories", kNone).size(), 4U);
    const json made = create({{"title", "Shirt"}, {"category_ids", {shirts}}});
    EXPECT_EQ(each(made.at("categories"), "handle"), json{"shirts"});
    EXPECT_EQ(titles({{"filters", {{"categories.id", shirts}}}}), json{"Shirt"});
    const json before = snapshot(made.at("id"));
    const json written = update(made.at("id"), {{"category_ids", {men, clothes}}}, "r/s/a#1");
    catalogue().restore("r/s/compensate",
                        {{"snapshot", before}, {"written", written.at("version")}});
    EXPECT_EQ(each(retrieve(made.at("id")).at("categories"), "id"), json{shirts});
    call("deleteProductCategories", {{"ids", {shirts}}});
    EXPECT_EQ(retrieve(made.at("id")).at("categories"), json::array());
    expect_refused(error_from([&] {
                       update(made.at("id"), {{"category_ids", {"x"}}});
                   }),
                   GANTRY_E_INVALID_DATA, "Category with id x not found");
}

TEST_F(Entities, filters_have_operators_and_reach_through_relations) {
    create({{"title", "Light"}, {"weight", 100}, {"tags", {{{"value", "new"}}}}});
    create({{"title", "Heavy"}, {"weight", 900.5}, {"status", "published"}});
    create({{"title", "Unknown"}, {"variants", {{{"title", "V"}, {"sku", "U-1"}}}}});
    const auto found = [&](const json& filters) {
        return titles({{"filters", filters}, {"order", {{"title", "ASC"}}}});
    };
    EXPECT_EQ(found({{"weight", {{"$gt", 100}}}}), json{"Heavy"});
    EXPECT_EQ(found({{"weight", {{"$gte", 100}, {"$lt", 900}}}}), json{"Light"});
    EXPECT_EQ(found({{"weight", nullptr}}), json{"Unknown"});
    EXPECT_EQ(found({{"weight", {{"$ne", nullptr}}}}), (json{"Heavy", "Light"}));
    EXPECT_EQ(found({{"weight", {{"$exists", false}}}}), json{"Unknown"});
    EXPECT_EQ(found({{"title", {{"$in", {"Light", "Heavy"}}}}}), (json{"Heavy", "Light"}));
    EXPECT_EQ(found({{"title", {{"$nin", {"Light", "Heavy"}}}}}), json{"Unknown"});
    EXPECT_EQ(found({{"title", {{"$like", "L%"}}}}), json{"Light"});
    EXPECT_EQ(found({{"title", {{"$like", "l%"}}}}), json::array());
    EXPECT_EQ(found({{"title", {{"$ilike", "l%"}}}}), json{"Light"});
    EXPECT_EQ(found({{"title", {{"$not", {{"$like", "%o%"}}}}}}), (json{"Heavy", "Light"}));
    EXPECT_EQ(found({{"$or", {{{"title", "Light"}}, {{"status", "published"}}}}}),
              (json{"Heavy", "Light"}));
    EXPECT_EQ(found({{"$and", {{{"title", "Light"}}, {{"status", "published"}}}}}), json::array());
    EXPECT_EQ(found({{"$not", {{"title", "Light"}}}}), (json{"Heavy", "Unknown"}));
    EXPECT_EQ(found({{"tags.value", "new"}}), json{"Light"});
    EXPECT_EQ(found({{"tags", {{"value", {{"$like", "n%"}}}}}}), json{"Light"});
    EXPECT_EQ(found({{"variants", {{"sku", "U-1"}}}}), json{"Unknown"});
    EXPECT_EQ(found({{"is_giftcard", false}}).size(), 3U);
    for (const auto& [filters, says] :
         {std::pair<json, std::string>{{{"weight", "heavy"}}, "filter 'weight' is \"heavy\""},
          {{{"weight", {{"$near", 1}}}}, "unknown operator '$near'"},
          {{{"weight", {{"$like", "1%"}}}}, "filter 'weight'"},
          {{{"tags.colour", "x"}}, "unknown filter 'colour'; ProductTag knows"},
          {{{"metadata", {{"$eq", kNone}}}}, "filter 'metadata'"},
          {{{"$or", kNone}}, "$or is {}"},
          {{{"q", 1}}, "q is 1"}}) {
        expect_refused(error_from([&, &f = filters] { found(f); }), GANTRY_E_INVALID_DATA, says);
    }
}

TEST_F(Entities, what_is_selected_is_loaded_and_nothing_else) {
    create(shirt());
    const json one = call("retrieveProduct", {{"id", "prod_shirt"},
                                              {"select", {"title", "variants.sku"}},
                                              {"relations", json::array()}});
    EXPECT_EQ(one.size(), 3U) << one;
    EXPECT_EQ(one.at("title"), "Shirt");
    EXPECT_EQ(one.at("variants").at(0).size(), 2U) << one;
    const json nested = call("retrieveProductVariant", {{"id", one.at("variants").at(0).at("id")},
                                                        {"select", {"sku", "product.title"}}});
    EXPECT_EQ(nested.at("product").at("title"), "Shirt");
    EXPECT_FALSE(nested.contains("product_id"));
    expect_refused(refusal("listProducts", {{"select", {"colour"}}}), GANTRY_E_INVALID_DATA,
                   "unknown field 'colour'; Product has id");
    create({{"title", "A"}, {"status", "published"}});
    create({{"title", "B"}});
    EXPECT_EQ(titles({{"order", {{{"status", "DESC"}}, {{"title", "DESC"}}}}}),
              (json{"A", "Shirt", "B"}));
}

TEST_F(Entities, a_product_deleted_softly_is_gone_with_all_it_has_and_comes_back_whole) {
    const json made = create(shirt());
    const json before = retrieve("prod_shirt");
    const json touched = call("softDeleteProducts", {{"ids", {"prod_shirt", "x"}}});
    EXPECT_EQ(touched.at("product_id"), json{"prod_shirt"});
    EXPECT_EQ(touched.at("variant_id").size(), 2U);
    EXPECT_EQ(touched.at("option_id").size(), 1U);
    EXPECT_EQ(titles(kNone), json::array());
    EXPECT_EQ(titles({{"withDeleted", true}}), json{"Shirt"});
    expect_refused(error_from([&] { update("prod_shirt", {{"title", "x"}}); }), GANTRY_E_NOT_FOUND);
    create({{"title", "Shirt"}});  // its handle is free
    expect_refused(refusal("restoreProducts", {{"ids", {"prod_shirt"}}}), GANTRY_E_INVALID_DATA,
                   "Product with handle: shirt, already exists.");
    call("updateProducts", {{"selector", {{"handle", "shirt"}}}, {"data", {{"handle", "other"}}}});
    EXPECT_EQ(call("restoreProducts", {{"ids", {"prod_shirt"}}}), touched);
    EXPECT_EQ(retrieve("prod_shirt"), before);
    EXPECT_EQ(call("restoreProducts", {{"ids", {"prod_shirt"}}}), kNone);
    const json both =
        call("upsertProducts",
             {{"products", {{{"id", "prod_shirt"}, {"title", "U"}}, {{"title", "New"}}}}});
    EXPECT_EQ(each(both, "title"), (json{"New", "U"}));
}

TEST_F(Entities, what_happened_is_told_in_order) {
    const json made = create(shirt());
    update("prod_shirt", {{"title", "Linen"}});
    update("prod_shirt", {{"title", "Linen"}});
    const json variant = made.at("variants").at(0).at("id");
    call("softDeleteProductVariants", {{"ids", {variant}}});
    call("restoreProductVariants", {{"ids", {variant}}});
    catalogue().remove("", {{"ids", {"prod_shirt"}}});
    const json first = call("listProductEvents", {{"limit", 4}});
    EXPECT_EQ(each(first.at("events"), "name"),
              (json{"product.product.created", "product.product-variant.created",
                    "product.product-variant.created", "product.product-option.created"}));
    const json rest = call("listProductEvents", {{"since", first.at("next")}});
    json names = each(rest.at("events"), "name");
    EXPECT_EQ(names.at(0), "product.product.updated");
    EXPECT_EQ(std::count(names.begin(), names.end(), "product.product-variant.deleted"), 3);
    EXPECT_EQ(std::count(names.begin(), names.end(), "product.product-variant.restored"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "product.product.deleted"), 1);
    EXPECT_EQ(find_by(rest.at("events"), "name", "product.product-variant.restored").at("id"),
              variant);
    const long long last = rest.at("next");
    EXPECT_EQ(call("listProductEvents", {{"since", last}}).at("events"), json::array());
}

TEST_F(Entities, events_that_will_never_be_told_are_an_error_that_says_where_to_go_on) {
    create(shirt());
    const long long last = call("listProductEvents", json::object()).at("next");
    const auto refused = [&](long long since) {
        return error_from([&] { call("listProductEvents", {{"since", since}}); });
    };
    const auto beyond = refused(last + 1);
    EXPECT_EQ(beyond.code(), GANTRY_E_CHANGED);
    EXPECT_NE(beyond.message().find("older copy"), std::string::npos) << beyond.message();
    EXPECT_EQ(beyond.details().at("last"), last);
    Database(options().at("database"), kSchema).write([](soci::session& sql) {
        sql << "DELETE FROM event WHERE seq < 4";
        return true;
    });
    EXPECT_EQ(call("listProductEvents", {{"since", 3}}).at("next"), last);
    const auto forgotten = refused(2);
    EXPECT_EQ(forgotten.code(), GANTRY_E_CHANGED);
    EXPECT_NE(forgotten.message().find("up to 3 are forgotten"), std::string::npos)
        << forgotten.message();
}

TEST_F(Entities, a_database_of_an_older_version_is_brought_up_with_what_it_holds) {
    for (std::size_t version = 1; version < kSchema.versions.size(); ++version) {
        reopen_from(version, [](soci::session& sql) {
            sql << "INSERT INTO product (id, title, handle, is_giftcard, status, discountable, "
                   "version, created_at, updated_at) VALUES ('p', 'Old Shirt', 'shirt', 0, "
                   "'draft', 1, 'v', 'now', 'now')";
            sql << "INSERT INTO product_tag (id, value, created_at, updated_at) VALUES ('t', "
                   "'summer', 'now', 'now')";
            return true;
        });
        EXPECT_EQ(retrieve("p").at("title"), "Old Shirt");
        EXPECT_EQ(call("listProductCategories", kNone), json::array());
        EXPECT_EQ(titles({{"filters", {{"q", "old"}}}}), json{"Old Shirt"});
        EXPECT_EQ(each(call("listProductTags", {{"filters", {{"q", "umm"}}}}), "id"), json{"t"});
        update("p", {{"title", "New Shirt"}});
        EXPECT_EQ(titles({{"filters", {{"q", "old"}}}}), json::array());
        EXPECT_EQ(titles({{"filters", {{"q", "new"}}}}), json{"New Shirt"});
        catalogue().remove("", {{"ids", {"p"}}});
    }
}

}  // namespace

}  // namespace catalogue
