// What each answer becomes, and that the key shows nowhere.
#include "support.hpp"

namespace product_medusa {
namespace {

const std::string kOne = "https://shop.example/admin/products/prod_1?fields=*categories";

class Answers : public testing::Test {
protected:
    gantry::testing::End read(const std::function<void(gantry::testing::HttpRoute&)>& script) {
        host_ = std::make_unique<gantry::testing::Host>();
        script(host_->http().on("GET", kOne));
        gantry::testing::Plugin plugin(*host_, shop_options());
        return plugin.call("retrieveProduct", {{"id", "prod_1"}});
    }
    gantry_status code(int status, const json& body) {
        return read([&](auto& route) { route.answers(status, body); }).error->code();
    }

    std::unique_ptr<gantry::testing::Host> host_;
};

TEST_F(Answers, of_medusa_have_the_class_of_its_own_word) {
    const auto said = [](const char* type) { return json{{"type", type}, {"message", "no"}}; };
    EXPECT_EQ(code(400, said("invalid_data")), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(code(422, said("duplicate_error")), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(code(400, said("not_allowed")), GANTRY_E_REJECTED);
    EXPECT_EQ(code(404, said("not_found")), GANTRY_E_NOT_FOUND);
    EXPECT_EQ(code(409, said("conflict")), GANTRY_E_CONFLICT);
    EXPECT_EQ(code(500, said("unknown_error")), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(code(413, said("unknown_error")), GANTRY_E_TOO_LARGE);
}

TEST_F(Answers, of_anything_else_have_the_class_of_their_status) {
    EXPECT_EQ(code(400, {{"message", "no"}}), GANTRY_E_REJECTED);
    EXPECT_EQ(code(401, {{"message", "Unauthorized"}}), GANTRY_E_AUTH);
    EXPECT_EQ(code(403, json::object()), GANTRY_E_AUTH);
    EXPECT_EQ(code(404, {{"message", "no Route matched"}}), GANTRY_E_CONFIG);
    EXPECT_EQ(code(429, json::object()), GANTRY_E_RATE_LIMITED);
    EXPECT_EQ(code(503, json::object()), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(code(302, json::object()), GANTRY_E_CONFIG);
    EXPECT_EQ(code(200, {{"products", 1}}), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(code(200, {{"product", {{"id", "prod_1"}}}}), GANTRY_E_UNAVAILABLE);
    const auto page = read([](auto& route) { route.answers_text(200, "<html>"); });
    EXPECT_EQ(page.error->code(), GANTRY_E_UNAVAILABLE);
}

TEST_F(Answers, sign_in_by_the_key_and_show_it_nowhere) {
    const auto end = read([](auto& route) { route.answers(401, {{"message", "Unauthorized"}}); });
    EXPECT_EQ(host_->http().requests().at(0).header("authorization"), "Basic c2tfc2VjcmV0Og==");
    EXPECT_EQ(end.error->message().find("sk_secret"), std::string::npos);
    EXPECT_FALSE(host_->logged("sk_secret"));
    EXPECT_FALSE(host_->logged("c2tfc2VjcmV0Og=="));
}

TEST_F(Answers, need_an_address) {
    gantry::testing::Host host;
    auto options = shop_options();
    options["url"] = "shop.example";
    EXPECT_THROW(gantry::testing::Plugin(host, options), gantry::Error);
}

class Ping : public Connected {};

TEST_F(Ping, asks_for_one_product) {
    EXPECT_FALSE(plugin.ping().error);
    EXPECT_EQ(host.http().requests().size(), 1U);
}

}  // namespace
}  // namespace product_medusa
