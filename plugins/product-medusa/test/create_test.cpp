// createProducts: one product each, also when a reply is lost.
#include "support.hpp"

namespace product_medusa {
namespace {

const json kLinen = {{"title", "Linen"},
                     {"handle", "linen"},
                     {"options", {{{"title", "Size"}, {"values", {"M", "S"}}}}},
                     {"variants", {{{"title", "M"}}, {{"title", "S"}}}}};

class Create : public Connected {
protected:
    gantry::testing::End create(const json& product) {
        return plugin.call("createProducts", {{"products", {product}}});
    }
};

TEST_F(Create, is_one_write_and_answers_the_product) {
    const auto rows = create(kLinen).output();
    EXPECT_EQ(rows.at(0).at("title"), "Linen");
    EXPECT_EQ(rows.at(0).at("id"), "prod_new1");
    EXPECT_EQ(medusa.last_body().at("variants").at(0),
              (json{{"title", "M"}, {"prices", json::array()}}));
    EXPECT_EQ(host.http().requests().size(), 1U);
}

TEST_F(Create, whose_reply_was_lost_makes_one_product) {
    medusa.instead_of_reply =
        gantry::Error(GANTRY_E_UNAVAILABLE, "no answer", GANTRY_EF_MAYBE_APPLIED);
    expect_refused(create(kLinen), GANTRY_E_UNAVAILABLE, GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(create(kLinen).output().at(0).at("id"), "prod_new1");
    EXPECT_EQ(medusa.products.size(), 2U);
}

TEST_F(Create, of_a_handle_that_another_product_has_is_refused) {
    expect_refused(create({{"title", "Other"}, {"handle", "shirt"}}), GANTRY_E_INVALID_DATA);
}

TEST_F(Create, with_an_id_is_refused) {
    expect_refused(create({{"title", "Linen"}, {"id", "prod_7"}}), GANTRY_E_REJECTED);
    const auto with = [&](const char* field, const json& row) {
        json data = kLinen;
        data[field] = json::array({row});
        expect_refused(create(data), GANTRY_E_REJECTED);
    };
    with("images", {{"id", "img_7"}, {"url", "u"}});
    with("variants", {{"id", "variant_7"}, {"title", "M"}});
    with("options", {{"id", "opt_7"}, {"title", "Size"}, {"values", {"M", "S"}}});
    const json value = {{"id", "optval_7"}, {"value", "M"}};
    with("options", {{"title", "Size"}, {"values", json::array({value})}});
    EXPECT_EQ(medusa.writes(), 0U);
}

}  // namespace
}  // namespace product_medusa
