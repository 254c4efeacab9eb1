// Of a large product a snapshot is packed, answers are as small as they are asked for, and what
// would be too large is refused before anything is changed.
#include <random>

#include "kept_state.hpp"
#include "support.hpp"

namespace catalogue {

namespace {

json of_variants(int count) {
    json sizes = json::array();
    json variants = json::array();
    for (int i = 0; i < count; ++i) {
        const auto size = std::to_string(i);
        sizes.push_back(size);
        variants.push_back(
            {{"title", "T" + size}, {"sku", "S-" + size}, {"options", {{"Size", size}}}});
    }
    return {{"id", "prod_large"},
            {"title", "Large"},
            {"options", {{{"title", "Size"}, {"values", sizes}}}},
            {"variants", variants}};
}

class LargeStates : public CatalogueTest {
protected:
    json make(const json& data) {
        return catalogue().create("", {{"products", {data}}, {"relations", json::array()}}).at(0);
    }
    json own(const std::string& id) {
        return catalogue().retrieve({{"id", id}, {"relations", json::array()}});
    }
    gantry::Error refusal_of(const json& snapshot, const json& written) {
        return error_from([&] {
            catalogue().restore("", {{"snapshot", snapshot}, {"written", written}});
        });
    }
};

TEST_F(LargeStates, of_a_small_product_are_readable_and_of_a_large_one_its_own_row_is) {
    make(shirt());
    EXPECT_EQ(snapshot("prod_shirt").at("state").at("product_variant").size(), 2U);

    make(of_variants(200));
    const json state = snapshot("prod_large").at("state");
    EXPECT_EQ(state.at("product").at(0).at("title"), "Large");
    EXPECT_EQ(state.size(), 2U);
    EXPECT_LT(state.dump().size(), 30'000U);
    EXPECT_GT(state.at("rest").at("bytes"), 150'000U);
}

TEST_F(LargeStates, are_put_back_from_a_packed_and_from_a_readable_snapshot) {
    make(of_variants(200));
    const json before = snapshot("prod_large");
    json readable = before;
    readable["state"] = unkept(before.at("state"));
    ASSERT_EQ(readable.at("state").at("product_variant").size(), 200U);
    for (const auto& one : {before, readable}) {
        const json written = update("prod_large", {{"title", "x"}, {"variants", json::array()}});
        ASSERT_TRUE(written.at("variants").empty());
        const json input = {{"snapshot", one}, {"written", written.at("version")}};
        EXPECT_EQ(catalogue().restore("", input).at("version"), before.at("version"));
        EXPECT_EQ(unkept(snapshot("prod_large").at("state")).at("product_variant"),
                  readable.at("state").at("product_variant"));
    }
}

TEST_F(LargeStates, that_are_damaged_are_refused_and_nothing_is_changed) {
    make(of_variants(200));
    const json before = snapshot("prod_large");
    const json written = update("prod_large", {{"title", "x"}}).at("version");
    const auto& rest = before.at("state").at("rest");
    const auto text = rest.at("zlib").get<std::string>();
    const std::size_t bytes = rest.at("bytes");
    const auto packed = [](const json& other) {
        return kept({{"product", {json::object()}}, {"other", {std::string(70'000, 'x'), other}}})
            .at("rest");
    };
    // A few hundred bytes: none may be looked for among all others.
    const auto of_many_rows = [] {
        const json rows(60'000, json{{"", 0}});
        return kept({{"product", {json::object()}}, {"product_variant", rows}}).at("rest");
    };
    json deep = "bottom";
    for (int i = 0; i < 300; ++i) deep = json::array({deep});
    const std::pair<json, const char*> kinds[] = {
        {{{"zlib", "%%%%" + text.substr(4)}, {"bytes", bytes}}, "is no base64"},
        {{{"zlib", text.substr(0, text.size() / 2 / 4 * 4)}, {"bytes", bytes}}, "is no zlib data"},
        {{{"zlib", text}, {"bytes", bytes - 1}}, "is no zlib data of "},
        {{{"zlib", text}, {"bytes", bytes + 1}}, "is no zlib data of "},
        {{{"zlib", text}, {"bytes", kMostUnpacked + 1}}, "at most 16777216 are allowed"},
        {packed(deep), "holds no rows"},
        {packed("no rows"), "holds no rows"},
        {{{"zlib", text}, {"bytes", -1}}, "has no \"bytes\" and \"zlib\""},
        {{{"zlib", text}}, "has no \"bytes\" and \"zlib\""},
        {of_many_rows(), "the shape of gantry.product/1"}};
    for (const auto& [bad, why] : kinds) {
        json snapshot = before;
        snapshot["state"]["rest"] = bad;
        expect_refused(refusal_of(snapshot, written), GANTRY_E_INVALID_DATA, why);
        EXPECT_EQ(own("prod_large").at("version"), written) << why;
    }
    const json input = {{"snapshot", before}, {"written", written}};
    EXPECT_EQ(catalogue().restore("", input).at("result"), "restored") << "the right one still is";
}

TEST_F(LargeStates, that_somebody_else_changed_are_told_by_what_differs) {
    make(of_variants(200));
    const json before = snapshot("prod_large");
    const json ours = update("prod_large", {{"title", "ours"}}).at("version");
    json variants = json::array();
    const json state = unkept(before.at("state"));
    for (const auto& row : state.at("product_variant")) {
        variants.push_back({{"id", row.at("id")}});
    }
    variants[0]["title"] = "theirs";
    const json theirs = update("prod_large", {{"weight", 5}, {"variants", variants}});
    const auto e = refusal_of(before, ours);
    expect_refused(e, GANTRY_E_CHANGED);
    EXPECT_EQ(e.details(), (json{{"before", before.at("version")},
                                 {"ours", ours},
                                 {"now",
                                  {{"id", "prod_large"},
                                   {"version", theirs.at("version")},
                                   {"differs", {"title", "variants", "weight"}}}}}));
}

std::string noise_of(std::size_t size) {
    std::mt19937 random(size);
    std::uniform_int_distribution<> letter(0, 63);
    std::string text(size, ' ');
    for (auto& c : text) c = static_cast<char>('0' + letter(random));
    return text;
}

TEST_F(LargeStates, beyond_the_limit_have_no_snapshot) {
    json data = of_variants(2);
    data["variants"][0]["metadata"] = {{"noise", noise_of(700'000)}};
    data["variants"][1]["metadata"] = {{"noise", noise_of(700'001)}};
    make(data);
    const auto e = error_from([&] { snapshot("prod_large"); });
    expect_refused(e, GANTRY_E_TOO_LARGE, "packed, at most 1048576 are allowed");

    const json long_one = {{"product", {json::object()}},
                           {"other", std::string(kMostUnpacked, 'x')}};
    expect_refused(error_from([&] { kept(long_one); }), GANTRY_E_TOO_LARGE,
                   "before it is packed, at most 16777216 are allowed");
}

TEST_F(LargeStates, an_answer_has_the_relations_that_are_asked_for) {
    EXPECT_FALSE(make(shirt()).contains("variants"));
    const json input = {
        {"id", "prod_shirt"}, {"data", {{"title", "x"}}}, {"relations", {"options"}}};
    const json changed = catalogue().update("", input);
    EXPECT_TRUE(changed.contains("options"));
    EXPECT_FALSE(changed.contains("variants"));
    const auto upsert = [&](const json& product) {
        return catalogue().call("upsertProducts", "",
                                {{"products", {product}}, {"relations", json::array()}});
    };
    EXPECT_FALSE(upsert({{"id", "prod_shirt"}, {"title", "y"}}).at(0).contains("options"));
    EXPECT_FALSE(upsert({{"title", "New"}}).at(0).contains("variants"));
    expect_refused(
        error_from([&] {
            catalogue().update(
                "", {{"id", "prod_shirt"}, {"data", {{"title", "z"}}}, {"relations", {"variant"}}});
        }),
        GANTRY_E_INVALID_DATA, "unknown relation 'variant'");
    EXPECT_EQ(own("prod_shirt").at("title"), "y");
}

TEST_F(LargeStates, a_write_whose_answer_would_be_too_large_changes_nothing) {
    json data = of_variants(1);
    data["variants"][0]["metadata"] = {{"noise", std::string(600'000, 'x')}};
    make(data);
    const json before = own("prod_large");
    const auto refused = [&](const std::string& method, const std::string& key, const json& input) {
        expect_refused(error_from([&] { catalogue().call(method, key, input); }),
                       GANTRY_E_TOO_LARGE, "at most 1048576 are allowed; nothing was changed");
    };
    const json change = {{"description", std::string(600'000, 'y')}};
    for (const auto* key : {"", "run/step/product.updateProducts#1"}) {
        refused("updateProducts", key, {{"id", "prod_large"}, {"data", change}});
        EXPECT_EQ(own("prod_large"), before) << key;
    }
    data["id"] = "prod_other";
    data["handle"] = "other";
    data["variants"][0]["sku"] = "other";
    data["description"] = change.at("description");
    refused("createProducts", "", {{"products", {data}}});
    EXPECT_EQ(catalogue().list(json::object()).size(), 1U);
}

TEST_F(LargeStates, many_variants_made_at_once_load_their_product_once) {
    make(of_variants(1));
    std::string sizes[3] = {"a", "b", "c"};
    const json option = catalogue().call("listProductOptions", "", json::object()).at(0);
    catalogue().call("updateProductOptions", "",
                     {{"id", option.at("id")}, {"data", {{"values", {"0", "a", "b", "c"}}}}});
    json list = json::array();
    for (const auto& size : sizes) {
        list.push_back(
            {{"product_id", "prod_large"}, {"title", size}, {"options", {{"Size", size}}}});
    }
    const auto since = catalogue().call("listProductEvents", "", json::object()).at("next");
    const json made = catalogue().call("createProductVariants", "", {{"data", list}});
    EXPECT_EQ(each(made, "title"), (json{"a", "b", "c"}));
    EXPECT_EQ(made.at(1).at("options").at(0).at("value"), "b");
    const auto events = catalogue().call("listProductEvents", "", {{"since", since}}).at("events");
    EXPECT_EQ(each(events, "name"),
              (json{"product.product.updated", "product.product-variant.created",
                    "product.product-variant.created", "product.product-variant.created"}));
}

}  // namespace

}  // namespace catalogue
