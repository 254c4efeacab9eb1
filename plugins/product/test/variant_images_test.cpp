// Which images of its product a variant has, and that an undo puts that back.
#include "support.hpp"

namespace catalogue {

namespace {

class VariantImages : public CatalogueTest {
protected:
    VariantImages() {
        json data = shirt();
        data["images"] = {{{"url", "front"}}, {{"url", "small"}}, {{"url", "back"}}};
        data["variants"][0]["thumbnail"] = "small-thumb";
        const json made = create(data);
        for (const auto& variant : made.at("variants")) ids_.push_back(variant.at("id"));
        for (const auto& image : made.at("images")) images_.push_back(image.at("id"));
    }

    json pair(std::size_t variant, std::size_t image) const {
        return {{"variant_id", ids_.at(variant)}, {"image_id", images_.at(image)}};
    }
    json add(const json& pairs, const std::string& key = "") {
        return catalogue().call("addImageToVariant", key, {{"data", pairs}});
    }
    json remove(const json& pairs) {
        return catalogue().call("removeImageFromVariant", "", {{"data", pairs}});
    }
    /// The addresses of the images that each variant shows: "front back, front".
    std::string shown() {
        std::string all;
        for (const auto& id : ids_) {
            const json query{{"filters", {{"id", id}}}, {"relations", {"images"}}};
            for (const auto& row : catalogue().call("listProductVariants", "", query)) {
                if (!all.empty()) all += ",";
                for (const auto& url : each(row.at("images"), "url")) {
                    all += (all.empty() ? "" : " ") + url.get<std::string>();
                }
            }
        }
        return all;
    }
    const json& variant(std::size_t i) const { return ids_.at(i); }
    const json& image(std::size_t i) const { return images_.at(i); }

private:
    json ids_ = json::array();
    json images_ = json::array();
};

const std::string kAll = "front small back, front small back";

TEST_F(VariantImages, a_variant_shows_its_own_images_and_those_that_no_variant_has) {
    EXPECT_EQ(shown(), kAll);
    const auto version = retrieve("prod_shirt").at("version");
    EXPECT_EQ(add(pair(0, 1)), pair(0, 1));
    EXPECT_EQ(shown(), "front small back, front back");
    EXPECT_NE(retrieve("prod_shirt").at("version"), version);
    const json both{pair(0, 1), pair(1, 2)};
    EXPECT_EQ(add(both), both);
    EXPECT_EQ(shown(), "front small, front back");
    reopen();
    EXPECT_EQ(shown(), "front small, front back");
    const json product = catalogue().retrieve(
        {{"id", "prod_shirt"},
         {"relations", {"variants.images", "images.variants"}},
         {"select", {"variants.images.url", "images.url", "images.variants.title"}}});
    EXPECT_EQ(each(product.at("variants").at(1).at("images"), "url"), (json{"front", "back"}));
    EXPECT_EQ(product.at("variants").at(1).at("images").at(0).size(), 2U) << "id and url";
    EXPECT_EQ(each(product.at("images").at(1).at("variants"), "title"), json{"S"});
    EXPECT_EQ(each(product.at("images").at(0).at("variants"), "title"), json::array());
    EXPECT_EQ(
        each(catalogue().call("listProductVariants", "", {{"filters", {{"images.url", "back"}}}}),
             "id"),
        json{variant(1)});
    EXPECT_EQ(remove(both), both);
    EXPECT_EQ(remove(pair(0, 0)), pair(0, 0)) << "nothing to do";
    EXPECT_EQ(shown(), kAll);
    EXPECT_EQ(retrieve("prod_shirt").at("version"), version);
}

TEST_F(VariantImages, only_an_image_of_the_variants_product_is_added) {
    const json other = create({{"title", "Hat"}, {"images", {{{"url", "hat"}}}}});
    json foreign = pair(0, 0);
    foreign["image_id"] = other.at("images").at(0).at("id");
    expect_refused(error_from([&] {
                       add({pair(0, 1), foreign});
                   }),
                   GANTRY_E_INVALID_DATA, "has no image with id img_");
    json nobody = pair(0, 0);
    nobody["variant_id"] = "nobody";
    expect_refused(error_from([&] {
                       add({pair(0, 1), nobody});
                   }),
                   GANTRY_E_NOT_FOUND, "ProductVariant with id: nobody was not found");
    EXPECT_EQ(remove(nobody), nobody);
    EXPECT_EQ(shown(), kAll) << "all or none";
}

TEST_F(VariantImages, an_undo_puts_back_what_each_variant_had) {
    add({pair(0, 1), pair(1, 2)});
    const json before = snapshot("prod_shirt");
    auto comes_back_after = [&, step = 0](const auto& change) mutable {
        const auto scope = "run/step" + std::to_string(++step);
        change(scope + "/product.x#1");
        EXPECT_NE(snapshot("prod_shirt").at("version"), before.at("version"));
        EXPECT_EQ(catalogue().restore(scope + "/compensate", {{"snapshot", before}}),
                  (json{{"result", "restored"}, {"version", before.at("version")}}));
        json now = snapshot("prod_shirt");
        now["state"]["product"][0]["updated_at"] =
            before.at("state").at("product").at(0).at("updated_at");
        EXPECT_EQ(now, before);
    };
    comes_back_after([&](const std::string& key) { add(pair(0, 0), key); });
    comes_back_after([&](const std::string& key) {
        catalogue().call("removeImageFromVariant", key, {{"data", pair(0, 1)}});
    });
    comes_back_after([&](const std::string& key) {
        update("prod_shirt", {{"images", json::array()}}, key);
    });
    comes_back_after([&](const std::string& key) {
        update("prod_shirt", {{"variants", {{{"id", variant(1)}, {"thumbnail", "t"}}}}}, key);
    });
    comes_back_after([&](const std::string& key) {
        catalogue().remove(key, {{"ids", {"prod_shirt"}}});
    });
    EXPECT_EQ(each(retrieve("prod_shirt").at("variants"), "thumbnail"),
              (json{"small-thumb", nullptr}));
}

TEST_F(VariantImages, what_is_gone_takes_its_ties_along_and_what_stays_keeps_them) {
    add({pair(0, 1), pair(0, 2), pair(1, 2)});
    update("prod_shirt", {{"images", {{{"url", "back"}}, {{"url", "new"}}}}});
    EXPECT_EQ(shown(), "back new, back new");
    const json ties = snapshot("prod_shirt").at("state").at("product_variant_product_image");
    EXPECT_EQ(ties.size(), 2U) << "one of each variant";
    catalogue().call("deleteProductVariants", "", {{"ids", {variant(1)}}});
    EXPECT_EQ(shown(), "back new");
    catalogue().call("deleteProductImages", "", {{"ids", {image(2)}}});
    EXPECT_EQ(shown(), "new");
    EXPECT_EQ(snapshot("prod_shirt").at("state").at("product_variant_product_image"),
              json::array());
}

TEST_F(VariantImages, what_is_deleted_softly_keeps_its_ties) {
    add({pair(0, 1), pair(1, 2)});
    catalogue().call("softDeleteProductImages", "", {{"ids", {image(1)}}});
    catalogue().call("softDeleteProductVariants", "", {{"ids", {variant(1)}}});
    update("prod_shirt", {{"title", "Other"}});
    EXPECT_EQ(shown(), "front");
    catalogue().call("restoreProductImages", "", {{"ids", {image(1)}}});
    catalogue().call("restoreProductVariants", "", {{"ids", {variant(1)}}});
    EXPECT_EQ(shown(), "front small, front back");
}

TEST_F(VariantImages, a_snapshot_of_an_older_version_is_put_back) {
    json before = snapshot("prod_shirt");
    before.at("state").erase("product_variant_product_image");
    const json written = update("prod_shirt", {{"title", "ours"}}, "run/s/p#1").at("version");
    EXPECT_EQ(catalogue()
                  .restore("run/s/compensate", {{"snapshot", before}, {"written", written}})
                  .at("result"),
              "restored");
    EXPECT_EQ(retrieve("prod_shirt").at("title"), "Shirt");
    update("prod_shirt", {{"title", "again"}});
}

}  // namespace

}  // namespace catalogue
