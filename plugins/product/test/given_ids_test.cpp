// Ids that are brought along when something is made: taken when they are new, else refused.
#include "support.hpp"

namespace catalogue {

namespace {

class GivenIds : public CatalogueTest {
protected:
    json call(const std::string& method, const json& input) {
        return catalogue().call(method, "", input);
    }
    /// The call is refused, and both products are as they were.
    void clashes(const std::string& method, const json& input, const std::string& text) {
        const json before = {snapshot("p"), snapshot("prod_shirt"),
                             call("listProducts", {{"withDeleted", true}})};
        expect_refused(error_from([&] { call(method, input); }), GANTRY_E_INVALID_DATA, text);
        EXPECT_EQ((json{snapshot("p"), snapshot("prod_shirt"),
                        call("listProducts", {{"withDeleted", true}})}),
                  before)
            << text;
    }
};

json cap() {
    return {{"id", "p"},
            {"title", "Cap"},
            {"images", {{{"id", "img_1"}, {"url", "u1"}}, {{"url", "u2"}}}},
            {"options",
             {{{"id", "opt_1"},
               {"title", "Size"},
               {"values", {{{"id", "optval_1"}, {"value", "S"}}, "M"}}}}},
            {"variants",
             {{{"id", "variant_1"}, {"title", "S"}, {"sku", "s"}, {"options", {{"Size", "S"}}}},
              {{"title", "M"}, {"sku", "m"}, {"options", {{"Size", "M"}}}}}}};
}

TEST_F(GivenIds, of_a_new_products_variants_options_values_and_images_are_taken) {
    const json made = create(cap());
    EXPECT_EQ(find_by(made.at("variants"), "sku", "s").at("id"), "variant_1");
    EXPECT_EQ(each(made.at("options"), "id"), json{"opt_1"});
    EXPECT_EQ(find_by(made.at("options").at(0).at("values"), "value", "S").at("id"), "optval_1");
    EXPECT_EQ(made.at("images").at(0).at("id"), "img_1");
    EXPECT_EQ(find_by(made.at("variants"), "id", "variant_1").at("options").at(0).at("id"),
              "optval_1");
}

TEST_F(GivenIds, are_taken_by_every_method_that_makes_one) {
    create(cap());
    const auto makes = [&](const std::string& plural, const json& data) {
        EXPECT_EQ(call("create" + plural, {{"data", data}}).at("id"), data.at("id")) << plural;
    };
    makes("ProductOptionValues", {{"id", "optval_2"}, {"option_id", "opt_1"}, {"value", "L"}});
    makes("ProductVariants",
          {{"id", "variant_2"}, {"product_id", "p"}, {"title", "L"}, {"options", {{"Size", "L"}}}});
    makes("ProductImages", {{"id", "img_2"}, {"product_id", "p"}, {"url", "u3"}});
    makes("ProductOptions",
          {{"id", "opt_2"},
           {"product_id", "p"},
           {"title", "Color"},
           {"values", {{{"id", "optval_3"}, {"value", "red"}, {"rank", 4}}, "blue"}}});
    EXPECT_EQ(call("retrieveProductOptionValue", {{"id", "optval_3"}}).at("rank"), 4);
}

TEST_F(GivenIds, that_are_there_already_are_refused_and_change_nothing) {
    create(cap());
    create(shirt());
    call("softDeleteProductVariants", {{"ids", {"variant_1"}}});
    const std::string variant = "Product variant with id: variant_1, already exists.";
    for (const auto* product : {"p", "prod_shirt"}) {
        clashes("createProductVariants",
                {{"data",
                  {{"id", "variant_1"},
                   {"product_id", product},
                   {"title", "x"},
                   {"options", {{"Size", "S"}}}}}},
                product == std::string("p") ? variant : "already exists.");
        clashes("createProductImages",
                {{"data", {{"id", "img_1"}, {"product_id", product}, {"url", "x"}}}},
                "Product image with id: img_1, already exists.");
        clashes("createProductOptions",
                {{"data",
                  {{"id", "opt_1"}, {"product_id", product}, {"title", "x"}, {"values", {"1"}}}}},
                "Product option with id: opt_1, already exists.");
        const json value = {{"id", "optval_1"}, {"value", "y"}};
        clashes(
            "createProductOptions",
            {{"data", {{"product_id", product}, {"title", "x"}, {"values", json::array({value})}}}},
            "Product option value with id: optval_1, already exists.");
    }
    clashes("createProductOptionValues",
            {{"data", {{"id", "optval_1"}, {"option_id", "opt_1"}, {"value", "y"}}}},
            "Product option value with id: optval_1, already exists.");
    const auto fresh = [](const char* field, const json& item) {
        return json{{"products",
                     {{{"id", "first"}, {"title", "First"}},
                      {{"title", "Second"}, {field, json::array({item})}}}}};
    };
    clashes("createProducts", fresh("variants", {{"id", "variant_1"}, {"title", "x"}}), variant);
    clashes("createProducts", fresh("images", {{"id", "img_1"}, {"url", "x"}}),
            "Product image with id: img_1, already exists.");
    clashes("createProducts",
            fresh("options", {{"id", "opt_1"}, {"title", "x"}, {"values", {"1"}}}),
            "Product option with id: opt_1, already exists.");
    json twice = {{"title", "Twice"}, {"images", {{{"id", "i"}, {"url", "x"}}}}};
    twice["images"].push_back({{"id", "i"}, {"url", "y"}});
    clashes("createProducts", {{"products", {twice}}}, "Product image with id: i, already exists.");
    const json dup = {{"id", "v"}, {"title", "x"}};
    clashes("createProducts", {{"products", {{{"title", "Twice"}, {"variants", {dup, dup}}}}}},
            "Product variant with id: v, already exists.");
    clashes("createProducts",
            {{"products",
              {{{"title", "One"}, {"variants", {dup}}}, {{"title", "Two"}, {"variants", {dup}}}}}},
            "Product variant with id: v, already exists.");
    clashes("createProductImages", {{"data", {{"id", ""}, {"product_id", "p"}, {"url", "x"}}}},
            "Product image id is required");
}

TEST_F(GivenIds, know_the_options_and_values_of_an_update) {
    create(cap());
    const json now = update("p", {{"options",
                                   {{{"id", "opt_1"},
                                     {"title", "Size EU"},
                                     {"values", {{{"id", "optval_1"}, {"value", "XS"}}, "M"}}},
                                    {{"id", "opt_2"}, {"title", "Color"}, {"values", {"red"}}}}}});
    EXPECT_EQ(each(now.at("options"), "title"), (json{"Size EU", "Color"}));
    EXPECT_EQ(find_by(now.at("variants"), "id", "variant_1").at("options").at(0).at("value"), "XS");
    create(shirt());
    clashes("updateProducts",
            {{"id", "prod_shirt"},
             {"data",
              {{"options",
                {{{"title", "Size"}, {"values", {"S", "M"}}},
                 {{"id", "opt_1"}, {"title", "x"}, {"values", {"1"}}}}}}}},
            "Product option with id: opt_1, already exists.");
}

TEST_F(GivenIds, are_there_again_after_an_undo) {
    create(cap());
    const json before = snapshot("p");
    const json value = {{"id", "optval_3"}, {"value", "red"}};
    const json given = {
        {"id", "opt_2"}, {"product_id", "p"}, {"title", "Color"}, {"values", json::array({value})}};
    catalogue().call("createProductOptions", "r/s/a#1", {{"data", given}});
    catalogue().restore("r/s/compensate", {{"snapshot", before}});
    EXPECT_EQ(snapshot("p").at("version"), before.at("version"));
    call("createProductOptions", {{"data", given}});
    const json with = snapshot("p");
    const json gone = catalogue().remove("r2/s/a#1", {{"ids", {"p"}}});
    catalogue().restore("r2/s/compensate", {{"snapshot", with}});
    EXPECT_EQ(snapshot("p").at("state").at("product_option_value"),
              with.at("state").at("product_option_value"));
}

}  // namespace

}  // namespace catalogue
