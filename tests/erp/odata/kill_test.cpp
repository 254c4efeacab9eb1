// kill -9 of the host while its write is with a real OData server: after a restart the run ends by
// itself, with one effect or none.
#include "support/erp/odata_shop.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace gantry::test {
namespace {

using Kind = ProxyFault::Kind;

constexpr int kRounds = 3;  // of each of the eight that are told apart below

struct Round {
    OdataService service;
    const char* workflow;
    bool creates;
    bool arrives;
};

class OdataKill : public testing::TestWithParam<Round> {};

INSTANTIATE_TEST_SUITE_P(Sap, OdataKill,
                         testing::Values(Round{kOdataV4, "update-product-and-erp", false, true},
                                         Round{kOdataV4, "update-product-and-erp", true, true},
                                         Round{kOdataV4, "change-then-fail", false, true},
                                         Round{kOdataV4, "change-then-fail", true, true},
                                         Round{kOdataV4, "update-product-and-erp", false, false},
                                         Round{kOdataV2, "update-product-and-erp", false, true},
                                         Round{kOdataV2, "update-product-and-erp", true, false},
                                         Round{kOdataV2, "change-then-fail", false, true}));

void expect_kept(OdataShop& shop, const Round& round, const std::string& id, const json& before) {
    const auto now = shop.state_of(id);
    if (std::string(round.workflow) == "update-product-and-erp") {
        EXPECT_EQ(shop.writes(), 1U);
        EXPECT_EQ(now.at("erp").at("GrossWeight"), 0.32);
        EXPECT_NE(now.at("product"), before.at("product"));
    } else if (round.creates) {
        EXPECT_EQ(shop.writes(), 2U);
        EXPECT_EQ(now.at("erp").at("IsMarkedForDeletion"), true);
        EXPECT_EQ(now.at("product"), before.at("product"));
    } else {
        EXPECT_EQ(shop.writes(), 2U);
        EXPECT_EQ(now, before);
    }
}

TEST_P(OdataKill, the_run_ends_by_itself_with_one_effect_or_none) {
    const auto& round = GetParam();
    OdataShop shop(round.service);
    for (int i = 0; i < kRounds; ++i) {
        const auto id = round.creates ? shop.new_product() : shop.known_product();
        const auto before = shop.state_of(id);
        shop.proxy().forget();
        std::atomic<bool> sent = false;
        shop.proxy().inject({round.arrives ? Kind::kStallReply : Kind::kStall}, 1,
                            [&](const ServedRequest& request) {
                                return OdataShop::is_write(request) && !sent.exchange(true);
                            });
        shop.host().send(
            {"POST",
             "/admin/workflows-executions/" + std::string(round.workflow) + "/run",
             json{{"input", {{"id", id}, {"title", "Big mug"}, {"weight", 320}}}}.dump(),
             {{"Prefer", "wait=0"}}});
        ASSERT_TRUE(
            shop.host().until([&] { return round.arrives ? shop.writes() == 1 : sent.load(); }));
        shop.host().kill9();
        shop.host().serve();
        json run;
        ASSERT_TRUE(shop.host().until([&] {
            run = shop.host().runs().at(0);
            return run.at("state") == "done" || run.at("state") == "reverted" ||
                   run.at("state") == "failed";
        })) << run;
        EXPECT_NE(run.at("state"), "failed") << run;
        expect_kept(shop, round, id, before);
    }
}

}  // namespace
}  // namespace gantry::test
