// The main job by every way in: one product and its ERP data change together or not at all.
#include "support/shop.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

const json kMug = {{"id", "prod_mug"}, {"title", "Mug"}, {"metadata", {{"colour", "blue"}}}};
const json kChanges = {{"title", "Big mug"}, {"weight", 320.5}, {"hs_code", "691200"}};

json create_input() { return {{"products", {kMug}}}; }

json with_id(json changes) {
    changes["id"] = "prod_mug";
    return changes;
}

// What may differ between two shops with equal histories.
json comparable(const json& result) { return without(without(result, "updated_at"), "created_at"); }

std::vector<std::string> run_of(const json& changes) {
    return {"run", "update-product-and-erp", "--input", with_id(changes).dump()};
}

TEST(MainJob, route_and_command_line_with_and_without_a_host_give_one_result) {
    HostProcess alone(shop_config());
    ASSERT_EQ(alone.cli({"call", "product", "createProducts", "--input", create_input().dump()})
                  .exit_code,
              0);
    const auto by_itself = alone.cli(run_of(kChanges));
    ASSERT_EQ(by_itself.exit_code, 0) << by_itself.err;
    alone.serve();

    HostProcess asked(shop_config());
    asked.serve();
    asked.call("product", "createProducts", create_input());
    const auto by_host = asked.cli(run_of(kChanges));
    ASSERT_EQ(by_host.exit_code, 0) << by_host.err;

    HostProcess served(shop_config());
    served.serve();
    served.call("product", "createProducts", create_input());
    const auto by_route = update(served, "prod_mug", kChanges);
    ASSERT_EQ(by_route.status, 200) << by_route.body;

    const auto result = comparable(by_route.parsed());
    EXPECT_EQ(result.at("product").at("title"), "Big mug");
    EXPECT_EQ(result.at("product").at("metadata"), json({{"colour", "blue"}}));
    EXPECT_EQ(result.at("erpData").at("data"), kChanges);
    // Versions are tags of the content, of which the time of creation is a part.
    const auto bare = [](json value) {
        value["product"].erase("version");
        return value;
    };
    EXPECT_EQ(bare(comparable(json::parse(by_host.out))), bare(result));
    EXPECT_EQ(bare(comparable(json::parse(by_itself.out))), bare(result));
    for (const auto* host : {&alone, &asked, &served}) {
        EXPECT_EQ(host->call("product", "retrieveProduct", {{"id", "prod_mug"}}).at("title"),
                  "Big mug");
        EXPECT_EQ(host->call("erp", "retrieveProductErpDetails", {{"id", "prod_mug"}}).at("data"),
                  kChanges);
    }
}

TEST(MainJob, what_only_the_erp_manages_is_given_beside_the_products_fields) {
    HostProcess host(shop_config());
    host.serve();
    host.call("product", "createProducts", create_input());
    const auto done = update(host, "prod_mug", {{"title", "Stool"}, {"erp", {{"price", "12.50"}}}});
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.parsed().at("product").at("title"), "Stool");
    EXPECT_EQ(done.parsed().at("erpData").at("data"),
              (json{{"title", "Stool"}, {"price", "12.50"}}));
    EXPECT_EQ(done.parsed().at("erpData").at("ignored"), json::array());

    const auto before = state_of(host, "prod_mug");
    const auto refused = [&](const json& changes, const std::string& why) {
        const auto answer = update(host, "prod_mug", changes);
        EXPECT_EQ(answer.status, 400) << answer.body;
        EXPECT_EQ(answer.parsed().value("type", ""), "invalid_data") << answer.body;
        EXPECT_EQ(answer.parsed().value("state", ""), "reverted") << answer.body;
        EXPECT_EQ(answer.parsed().value("step", ""), "update-product") << "before it is written";
        EXPECT_NE(answer.parsed().value("message", "").find(why), std::string::npos) << answer.body;
        EXPECT_EQ(state_of(host, "prod_mug"), before);
    };
    refused({{"title", "Chair"}, {"erp", {{"pirce", "1.00"}}}},
            "erp: the ERP has no field \"pirce\" to write; did you mean \"price\"?");
    refused({{"title", "Chair"}, {"erp", {{"title", "Bench"}}}},
            "erp: title is \"Bench\" here and \"Chair\" beside it");
    const auto same = update(host, "prod_mug", {{"title", "Stool"}, {"erp", {{"title", "Stool"}}}});
    EXPECT_EQ(same.status, 200) << same.body;
    EXPECT_EQ(update(host, "prod_mug", {{"erp", "12.50"}}).status, 400);

    const auto undone =
        update(host, "prod_mug", {{"title", long_title()}, {"erp", {{"price", "9.00"}}}});
    EXPECT_EQ(undone.status, 400) << undone.body;
    EXPECT_EQ(state_of(host, "prod_mug"), before);
}

TEST(MainJob, a_refused_update_answers_with_the_reason_of_the_erp_and_leaves_no_trace) {
    HostProcess host(shop_config());
    host.serve();
    host.call("product", "createProducts", create_input());
    ASSERT_EQ(update(host, "prod_mug", {{"title", "Known to the ERP"}}).status, 200);
    const auto before = state_of(host, "prod_mug");

    const auto refused = update(host, "prod_mug", {{"title", long_title()}, {"weight", 1}});
    EXPECT_EQ(refused.status, 400) << refused.body;
    const auto body = refused.parsed();
    EXPECT_EQ(body.at("type"), "not_allowed");
    EXPECT_NE(body.at("message").get<std::string>().find("at most 40"), std::string::npos) << body;
    EXPECT_EQ(body.at("state"), "reverted");
    const auto run = host.get("/runs/" + body.at("run_id").get<std::string>());
    EXPECT_EQ(run.status, 400);
    EXPECT_EQ(run.parsed(), body);
    EXPECT_EQ(state_of(host, "prod_mug"), before);
}

TEST(MainJob, the_command_line_ends_with_3_after_a_refusal_with_and_without_a_host) {
    HostProcess host(shop_config());
    host.serve();
    host.call("product", "createProducts", create_input());
    ASSERT_EQ(update(host, "prod_mug", {{"title", "Known to the ERP"}}).status, 200);
    const auto before = state_of(host, "prod_mug");
    const auto expect_refusal = [&] {
        const auto refused = host.cli(run_of({{"title", long_title()}}));
        EXPECT_EQ(refused.exit_code, 3);
        EXPECT_EQ(refused.out, "");
        EXPECT_NE(refused.err.find("is reverted: REJECTED: title has"), std::string::npos)
            << refused.err;
    };
    expect_refusal();
    EXPECT_EQ(state_of(host, "prod_mug"), before);
    ASSERT_EQ(host.stop(), 0);
    expect_refusal();
    host.serve();
    EXPECT_EQ(state_of(host, "prod_mug"), before);
}

TEST(MainJob, a_product_new_to_the_erp_is_there_after_success_and_absent_after_a_refusal) {
    HostProcess host(shop_config());
    host.serve();
    host.call("product", "createProducts", create_input());
    const auto before = state_of(host, "prod_mug");
    ASSERT_FALSE(before.at("erp").at("exists"));

    EXPECT_EQ(update(host, "prod_mug", {{"title", long_title()}}).status, 400);
    EXPECT_EQ(state_of(host, "prod_mug"), before);

    EXPECT_EQ(update(host, "prod_mug", {{"title", "Mug two"}}).status, 200);
    const auto after = state_of(host, "prod_mug").at("erp");
    EXPECT_TRUE(after.at("exists"));
    EXPECT_EQ(after.at("state").at("data").at("title"), "Mug two");
}

TEST(MainJob, an_id_in_the_body_must_be_that_of_the_path) {
    HostProcess host(shop_config());
    host.serve();
    host.call("product", "createProducts", create_input());
    const auto other = update(host, "prod_mug", {{"id", "prod_cup"}, {"title", "Cup"}});
    EXPECT_EQ(other.status, 400);
    EXPECT_EQ(other.parsed().at("type"), "invalid_data");
    EXPECT_EQ(host.runs().size(), 0U);
    EXPECT_EQ(update(host, "prod_mug", {{"id", "prod_mug"}, {"title", "Cup"}}).status, 200);
}

}  // namespace
}  // namespace gantry::test
