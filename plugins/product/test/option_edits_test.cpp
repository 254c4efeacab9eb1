// Options are added to and taken from a product that has variants: everything can be edited then,
// and every edit can be undone.
#include <random>

#include "support.hpp"

namespace catalogue {

namespace {

class OptionEdits : public CatalogueTest {
protected:
    json call(const std::string& method, const json& input) {
        return catalogue().call(method, "", input);
    }
    json variants(const std::string& id) { return retrieve(id).at("variants"); }
    json id_of(const std::string& product, const std::string& sku) {
        return find_by(variants(product), "sku", sku).at("id");
    }
    json change(const json& variant, const json& data) {
        return call("updateProductVariants", {{"id", variant}, {"data", data}});
    }
    /// The state, without the time of the product's last change.
    json state(const std::string& id) {
        json taken = snapshot(id);
        taken.at("state").at("product").at(0).erase("updated_at");
        return taken;
    }
    void undo(const json& before) {
        const auto id = before.at("id").get<std::string>();
        catalogue().restore("", {{"snapshot", before}, {"written", snapshot(id).at("version")}});
    }
};

const json kSizes = {{"title", "Size"}, {"values", {"S", "M"}}};
const json kColors = {{"title", "Color"}, {"values", {"red", "blue"}}};

json sock() {
    return {{"id", "p"},
            {"title", "Sock"},
            {"options", {kSizes, kColors}},
            {"variants",
             {{{"title", "a"}, {"sku", "a"}, {"options", {{"Size", "S"}, {"Color", "red"}}}},
              {{"title", "b"}, {"sku", "b"}, {"options", {{"Size", "S"}, {"Color", "blue"}}}},
              {{"title", "c"}, {"sku", "c"}, {"options", {{"Size", "M"}, {"Color", "red"}}}}}}};
}

TEST_F(OptionEdits, after_an_option_is_added_each_variant_can_be_edited_and_given_its_value) {
    create(shirt());
    update("prod_shirt", {{"options", {kSizes, kColors}}});
    const json small = id_of("prod_shirt", "TSH-S");
    EXPECT_EQ(change(small, {{"title", "Small"}}).at("title"), "Small");
    const json now = change(small, {{"options", {{"Size", "S"}, {"Color", "red"}}}});
    EXPECT_EQ(now.at("options").size(), 2U);
    call("softDeleteProductVariants", {{"ids", {small}}});
    EXPECT_EQ(call("restoreProductVariants", {{"ids", {small}}}).at("variant_id"), json{small});
    const json medium = id_of("prod_shirt", "TSH-M");
    expect_refused(error_from([&] {
                       change(medium, {{"options", {{"Size", "M"}}}});
                   }),
                   GANTRY_E_INVALID_DATA,
                   "Product has 2 option values but there were 1 provided option values for the "
                   "variant: M.");
    update("prod_shirt",
           {{"variants", {{{"id", small}, {"weight", 5}}, {{"id", medium}, {"weight", 6}}}}});
}

TEST_F(OptionEdits, after_an_option_is_taken_variants_that_are_alike_can_be_edited) {
    create(sock());
    update("p", {{"options", {kSizes}}});
    for (const auto* sku : {"a", "b", "c"}) {
        const json id = id_of("p", sku);
        EXPECT_EQ(change(id, {{"title", std::string(sku) + "2"}}).at("title"),
                  std::string(sku) + "2");
        call("softDeleteProductVariants", {{"ids", {id}}});
        call("restoreProductVariants", {{"ids", {id}}});
    }
    EXPECT_EQ(variants("p").size(), 3U);
    for (const auto* sku : {"a", "c"}) {
        expect_refused(error_from([&] {
                           change(id_of("p", sku), {{"options", {{"Size", "S"}}}});
                       }),
                       GANTRY_E_INVALID_DATA,
                       "Variant (" + std::string(sku) + "2) with provided options already exists.");
    }
    call("deleteProductVariants", {{"ids", {id_of("p", "c")}}});
    EXPECT_EQ(each(change(id_of("p", "a"), {{"options", {{"Size", "M"}}}}).at("options"), "value"),
              json{"M"});
}

TEST_F(OptionEdits, a_value_that_comes_back_leaves_the_one_its_variant_has_by_then) {
    create(shirt());
    update("prod_shirt", {{"options", {{{"title", "Size"}, {"values", {"S", "M", "L"}}}}}});
    const json value = call("listProductOptionValues", {{"filters", {{"value", "S"}}}}).at(0);
    call("softDeleteProductOptionValues", {{"ids", {value.at("id")}}});
    const json small = id_of("prod_shirt", "TSH-S");
    change(small, {{"options", {{"Size", "L"}}}});
    call("restoreProductOptionValues", {{"ids", {value.at("id")}}});
    EXPECT_EQ(each(find_by(variants("prod_shirt"), "id", small).at("options"), "value"), json{"L"});
}

// One edit at random; what it is about may be refused.
class Edits {
public:
    explicit Edits(unsigned seed) : random_(seed) {}

    std::pair<std::string, json> next(const json& product, const json& deleted) {
        switch (below(15)) {
            case 0:
                return change(product, {{"options", options()}});
            case 1:
                return change(product, {{"options", options()}, {"variants", variants(product)}});
            case 2:
                return change(product, {{"variants", variants(product)}});
            case 3:
                return {
                    "createProductOptions",
                    {{"data", {{"product_id", "p"}, {"title", title()}, {"values", values()}}}}};
            case 4:
                return {"updateProductOptions",
                        {{"id", one_of(product.at("options"))}, {"data", {{"values", values()}}}}};
            case 5:
                return {"deleteProductOptions", ids(product.at("options"))};
            case 6:
                return {"softDeleteProductOptions", ids(product.at("options"))};
            case 7:
                return {"restoreProductOptions", ids(deleted.at("product_option"))};
            case 8:
                return {"softDeleteProductVariants", ids(product.at("variants"))};
            case 9:
                return {"restoreProductVariants", ids(deleted.at("product_variant"))};
            case 10:
                return {"softDeleteProductOptionValues", ids(values_of(product))};
            case 11:
                return {"restoreProductOptionValues", ids(deleted.at("product_option_value"))};
            case 12:
                return {"deleteProductVariants", ids(product.at("variants"))};
            case 13:
                return {
                    "createProductVariants",
                    {{"data", {{"product_id", "p"}, {"title", "n"}, {"options", links(product)}}}}};
            default:
                return {"updateProductVariants",
                        {{"id", one_of(product.at("variants"))},
                         {"data", {{"options", links(product)}}}}};
        }
    }
    bool chance() { return below(2) == 0; }

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    std::string title() { return std::string(1, "ABC"[below(3)]); }
    json values() {
        json texts = json::array();
        for (const auto* text : {"1", "2", "3"}) {
            if (chance()) texts.push_back(text);
        }
        return texts;
    }
    json options() {
        json all = json::array();
        for (const auto* text : {"A", "B", "C"}) {
            if (chance()) all.push_back({{"title", text}, {"values", {"1", "2", "3"}}});
        }
        return all;
    }
    json links(const json& product) {
        json all = json::object();
        for (const auto& option : product.at("options")) {
            all[option.at("title").get<std::string>()] = std::string(1, "123"[below(3)]);
        }
        return all;
    }
    json variants(const json& product) {
        json all = json::array();
        for (const auto& variant : product.at("variants")) {
            if (!chance()) all.push_back({{"id", variant.at("id")}, {"weight", below(9)}});
        }
        if (chance()) all.push_back({{"title", "n"}, {"options", links(product)}});
        return all;
    }
    static json values_of(const json& product) {
        json all = json::array();
        for (const auto& option : product.at("options")) {
            for (const auto& value : option.at("values")) all.push_back(value);
        }
        return all;
    }
    json one_of(const json& rows) {
        return rows.empty() ? json("none") : rows.at(below(rows.size())).at("id");
    }
    json ids(const json& rows) { return {{"ids", {one_of(rows)}}}; }
    static std::pair<std::string, json> change(const json&, const json& data) {
        return {"updateProducts", {{"id", "p"}, {"data", data}}};
    }

    std::mt19937 random_;
};

json deleted_of(const json& snapshot) {
    json deleted;
    for (const auto* table : {"product_option", "product_option_value", "product_variant"}) {
        deleted[table] = json::array();
        for (const auto& row : snapshot.at("state").at(table)) {
            if (!row.at("deleted_at").is_null()) deleted[table].push_back(row);
        }
    }
    return deleted;
}

TEST_F(OptionEdits, whatever_was_edited_each_variant_can_be_edited_and_each_edit_undone) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
        call("deleteProducts", {{"ids", {"p"}}});
        create(sock());
        Edits edits(seed);
        for (int i = 0; i < 30; ++i) {
            const json before = snapshot("p");
            const json comparable = state("p");
            const auto [method, input] = edits.next(retrieve("p"), deleted_of(before));
            SCOPED_TRACE(std::to_string(seed) + "/" + std::to_string(i) + " " + method + " " +
                         input.dump());
            try {
                call(method, input);
            } catch (const gantry::Error& e) {
                EXPECT_TRUE(e.code() == GANTRY_E_INVALID_DATA || e.code() == GANTRY_E_NOT_FOUND)
                    << e.message();
                ASSERT_EQ(state("p"), comparable) << "a refusal changes nothing";
                continue;
            }
            const json between = snapshot("p");
            const json as_between = state("p");
            for (const auto& variant : variants("p")) {
                ASSERT_NO_THROW(change(variant.at("id"), {{"title", "edited"}}));
            }
            undo(between);
            ASSERT_EQ(state("p"), as_between);
            undo(before);
            ASSERT_EQ(state("p"), comparable);
            if (edits.chance()) call(method, input);
        }
    }
}

}  // namespace

}  // namespace catalogue
