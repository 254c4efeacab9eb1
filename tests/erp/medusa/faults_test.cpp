// What a network and a server can do to one update: how the run ends, how often Medusa was written
// to, and what is there afterwards on both sides.
#include <gtest/gtest.h>

#include "erp/medusa/medusa.hpp"

namespace gantry::test {
namespace {

using Kind = ProxyFault::Kind;
using std::chrono::seconds;

const json kChange = {{"title", "Linen"}, {"weight", 251}, {"metadata", {{"fit", "slim"}}}};

class MedusaFaults : public testing::Test {
protected:
    static void SetUpTestSuite() { shop_ = std::make_unique<MedusaShop>(); }
    static void TearDownTestSuite() { shop_.reset(); }
    void SetUp() override {
        name_ = new_name(testing::UnitTest::GetInstance()->current_test_info()->name());
        id_ = medusa().make_product(name_);
        before_ = shop().state(id_);
        shop().proxy.forget();
    }
    void TearDown() override { shop().proxy.heal(); }

    static MedusaShop& shop() { return *shop_; }
    static Medusa& medusa() { return Medusa::get(); }

    void expect_done(std::size_t writes) {
        const auto answer = shop().update(id_, kChange);
        EXPECT_EQ(answer.status, 200) << answer.body;
        expect_changed();
        EXPECT_EQ(shop().writes(), writes);
    }
    void expect_changed() {
        const auto now = shop().state(id_);
        EXPECT_EQ(now.at("medusa").at("title"), "Linen");
        EXPECT_EQ(now.at("medusa").at("weight"), 251);
        EXPECT_EQ(now.at("medusa").at("metadata").at("fit"), "slim");
        EXPECT_NE(now.at("erp"), before_.at("erp"));
    }
    // A run that waits for a person, and what it says.
    std::string paused() {
        const auto answer = shop().update(id_, kChange, {{"Prefer", "wait=20"}});
        EXPECT_EQ(answer.status, 202) << answer.body;
        EXPECT_EQ(shop().run_state(), "paused");
        return shop().host.get("/admin/workflows-executions?limit=1").body;
    }

    std::string name_;
    std::string id_;
    json before_;

private:
    static inline std::unique_ptr<MedusaShop> shop_;
};

TEST_F(MedusaFaults, a_reply_lost_after_the_write_is_no_second_write) {
    shop().proxy.inject({Kind::kLoseReply}, 1, is_write);
    expect_done(1);
}

TEST_F(MedusaFaults, a_connection_reset_before_the_write_is_tried_again) {
    shop().proxy.inject({Kind::kReset}, 1, is_write);
    expect_done(1);
}

TEST_F(MedusaFaults, a_truncated_reply_is_no_second_write) {
    shop().proxy.inject({Kind::kTruncate}, 1, is_write);
    expect_done(1);
}

TEST_F(MedusaFaults, a_page_in_the_place_of_the_reply_is_no_second_write) {
    shop().proxy.inject({Kind::kReplaceReply,
                         answer(200, "<html>Bad gateway</html>", "Content-Type: text/html\r\n")},
                        1, is_write);
    expect_done(1);
}

TEST_F(MedusaFaults, a_server_that_is_busy_for_a_while_is_asked_again) {
    shop().proxy.inject({Kind::kAnswer, answer(503)}, 2, is_write);
    shop().proxy.inject({Kind::kAnswer, answer(502, "<html>")}, 1, is_read);
    expect_done(1);
}

TEST_F(MedusaFaults, a_server_that_says_when_is_not_asked_before) {
    shop().proxy.inject({Kind::kAnswer, answer(429, "", "Retry-After: 2\r\n")}, 1, is_write);
    const auto begin = std::chrono::steady_clock::now();
    expect_done(1);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, seconds(2));
}

TEST_F(MedusaFaults, a_write_whose_reply_never_comes_is_taken_back) {
    shop().proxy.inject({Kind::kStallReply}, 1, is_write);
    const auto run = shop().run("change-in-haste", kChange, id_);
    EXPECT_EQ(run.value("state", ""), "reverted") << run;
    EXPECT_EQ(shop().state(id_), before_);
    EXPECT_EQ(shop().writes(), 2U) << "the write and its undo";
}

TEST_F(MedusaFaults, a_write_that_never_arrives_leaves_all_as_it_was) {
    shop().proxy.inject({Kind::kStall}, 1, is_write);
    const auto run = shop().run("change-in-haste", kChange, id_);
    EXPECT_EQ(run.value("state", ""), "reverted") << run;
    EXPECT_EQ(shop().state(id_), before_);
    EXPECT_EQ(shop().writes(), 0U);
}

TEST_F(MedusaFaults, a_variant_added_without_a_word_is_taken_away_again) {
    shop().proxy.inject({Kind::kStallReply}, 1, is_write);
    const auto& variants = before_.at("medusa").at("variants");
    const json change = {{"variants",
                          {{{"id", variants.at(0).at("id")}},
                           {{"id", variants.at(1).at("id")}},
                           {{"title", "New"}, {"sku", name_ + "-new"}}}}};
    const auto run = shop().run("change-in-haste", change, id_);
    EXPECT_EQ(run.value("state", ""), "reverted") << run;
    EXPECT_EQ(shop().state(id_), before_);
}

TEST_F(MedusaFaults, what_somebody_changed_meanwhile_stays_and_the_run_asks_for_a_person) {
    bool changed = false;
    shop().proxy.inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (is_write(request) && !changed) {  // between our reading and our write
            changed = true;
            medusa().change(id_, {{"subtitle", "Theirs"}});
        }
        return false;
    });
    const auto run = shop().run("change-then-fail", kChange, id_);
    EXPECT_EQ(run.value("state", ""), "failed") << run;
    EXPECT_EQ(medusa().product(id_).at("subtitle"), "Theirs");
}

TEST_F(MedusaFaults, a_redirect_is_not_followed_and_waits_for_a_person) {
    shop().proxy.inject(
        {Kind::kAnswer, answer(302, "", "Location: https://elsewhere.example/\r\n")}, 0, is_read);
    const auto said = paused();
    EXPECT_NE(said.find("elsewhere.example"), std::string::npos) << said;
    EXPECT_EQ(shop().writes(), 0U);
    shop().proxy.heal();
    shop().host.resume_paused();
    EXPECT_TRUE(shop().host.until([&] { return shop().run_state() == "done"; }, seconds(20)));
    expect_changed();
}

TEST_F(MedusaFaults, a_key_that_medusa_does_not_take_waits_for_a_person_and_shows_nowhere) {
    MedusaShop other([](json& config) {
        config["modules"]["product"]["options"]["api_key"] = "sk_not-the-key";
    });
    const auto answer = other.update(id_, kChange, {{"Prefer", "wait=20"}});
    EXPECT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(other.run_state(), "paused");
    const auto runs = other.host.get("/admin/workflows-executions?limit=1").body;
    EXPECT_NE(runs.find("AUTH"), std::string::npos) << runs;
    EXPECT_EQ(runs.find("sk_not-the-key"), std::string::npos);
    EXPECT_EQ(other.host.log().find("sk_not-the-key"), std::string::npos);
    EXPECT_EQ(medusa().product(id_), before_.at("medusa"));
}

TEST_F(MedusaFaults, a_product_whose_making_lost_its_reply_is_there_once) {
    shop().proxy.inject({Kind::kLoseReply}, 1, is_write);
    const auto handle = name_ + "-made";
    const json input = {{"products",
                         {{{"title", "Made"},
                           {"handle", handle},
                           {"options", {{{"title", "Size"}, {"values", {"S"}}}}}}}}};
    EXPECT_ANY_THROW(shop().host.call("product", "createProducts", input));
    shop().host.call("product", "createProducts", input);
    EXPECT_EQ(medusa().count(handle), 1U);
}

}  // namespace
}  // namespace gantry::test
