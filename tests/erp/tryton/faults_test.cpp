// Everything that a network and a server can do to one update: how the run ends, how often Tryton
// was written to, and what is there afterwards on both sides.
#include <gtest/gtest.h>

#include "erp/tryton/tryton.hpp"

namespace gantry::test {
namespace {

using Kind = ProxyFault::Kind;
using std::chrono::seconds;

const json kChange = {{"title", "Linen"}, {"weight", 250}, {"description", "Soft"}};

class TrytonFaults : public testing::Test {
protected:
    static void SetUpTestSuite() { shop_ = std::make_unique<TrytonShop>(); }
    static void TearDownTestSuite() { shop_.reset(); }
    void SetUp() override {
        shop().make(id());
        // Signed in and set up, so that what a test counts is the update's.
        shop().host.call("erp", "describe", json::object());
        before_ = shop().state(id());
        shop().proxy.forget();
    }
    void TearDown() override { shop().proxy.heal(); }

    static TrytonShop& shop() { return *shop_; }
    static Tryton& tryton() { return Tryton::get(); }
    static std::string id() {
        return new_id(testing::UnitTest::GetInstance()->current_test_info()->name());
    }

    void expect_done(std::size_t writes) {
        const auto answer = shop().update(id(), kChange);
        EXPECT_EQ(answer.status, 200) << answer.body;
        expect_changed();
        EXPECT_EQ(shop().writes(), writes);
    }
    void expect_changed() {
        const auto now = shop().state(id());
        EXPECT_EQ(now.at("tryton").at("name"), "Linen");
        EXPECT_EQ(now.at("tryton").at("weight"), 250.0);
        EXPECT_EQ(now.at("tryton").at("products.").at(0).at("description"), "Soft");
        EXPECT_EQ(now.at("product").at("state").dump().find("Shirt"), std::string::npos);
    }
    json run_in_haste() {
        json input = kChange;
        input["id"] = id();
        return run_workflow(shop().host, "change-in-haste", input).parsed();
    }
    // The end of a run whose third step fails, without a change of the price.
    json change_then_fail(const std::string& product = id()) {
        return run_workflow(shop().host, "change-then-fail",
                            {{"id", product}, {"title", "Linen"}, {"weight", 250}})
            .parsed();
    }
    // A run that waits for a person, and what it says.
    std::string paused(const HttpResponse& answer) {
        EXPECT_EQ(answer.status, 202) << answer.body;
        EXPECT_EQ(shop().run_state(), "paused");
        return shop().host.get("/admin/workflows-executions?limit=1").body;
    }

    json before_;

private:
    static inline std::unique_ptr<TrytonShop> shop_;
};

TEST_F(TrytonFaults, a_reply_lost_after_the_write_is_no_second_write) {
    shop().proxy.inject({Kind::kLoseReply}, 1, is_write);
    expect_done(1);
}

TEST_F(TrytonFaults, a_connection_reset_before_the_write_is_tried_again) {
    shop().proxy.inject({Kind::kReset}, 1, is_write);
    expect_done(1);
}

TEST_F(TrytonFaults, a_connection_reset_after_the_write_is_no_second_write) {
    shop().proxy.inject({Kind::kResetAfter}, 1, is_write);
    expect_done(1);
}

TEST_F(TrytonFaults, a_truncated_reply_is_no_second_write) {
    shop().proxy.inject({Kind::kTruncate}, 1, is_write);
    expect_done(1);
}

TEST_F(TrytonFaults, a_page_in_the_place_of_the_reply_is_no_second_write) {
    shop().proxy.inject({Kind::kReplaceReply,
                         answer(200, "<html>Bad gateway</html>", "Content-Type: text/html\r\n")},
                        1, is_write);
    expect_done(1);
}

TEST_F(TrytonFaults, an_outage_of_the_reading_is_waited_out) {
    shop().proxy.inject({Kind::kAnswer, answer(502, "<html>")}, 2, is_read);
    expect_done(1);
}

TEST_F(TrytonFaults, a_server_that_is_busy_for_a_while_is_asked_again) {
    shop().proxy.inject({Kind::kAnswer, answer(503)}, 2, is_write);
    expect_done(1);
}

TEST_F(TrytonFaults, a_server_that_says_when_is_not_asked_before) {
    shop().proxy.inject({Kind::kAnswer, answer(429, "", "Retry-After: 2\r\n")}, 1, is_write);
    const auto begin = std::chrono::steady_clock::now();
    expect_done(1);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, seconds(2));
}

TEST_F(TrytonFaults, a_write_whose_reply_never_comes_is_taken_back) {
    shop().proxy.inject({Kind::kStallReply}, 1, is_write);
    const auto run = run_in_haste();
    EXPECT_EQ(run.value("state", ""), "reverted") << run;
    EXPECT_EQ(shop().state(id()), before_);
    EXPECT_EQ(shop().writes(), 2U) << "the write and its undo";
}

TEST_F(TrytonFaults, a_write_that_never_arrives_leaves_all_as_it_was) {
    shop().proxy.inject({Kind::kStall}, 1, is_write);
    const auto run = run_in_haste();
    EXPECT_EQ(run.value("state", ""), "reverted") << run;
    EXPECT_EQ(shop().state(id()), before_);
    EXPECT_EQ(shop().writes(), 1U) << "what makes Tryton refuse a late write";
}

TEST_F(TrytonFaults, a_write_that_arrives_after_its_undo_is_refused_by_tryton) {
    std::optional<ServedRequest> late;
    shop().proxy.inject({Kind::kStall}, 1, [&](const ServedRequest& request) {
        if (is_write(request)) late = request;
        return late.has_value();
    });
    EXPECT_EQ(run_in_haste().value("state", ""), "reverted");
    ASSERT_TRUE(late);
    const auto answer = send_http(
        tryton().port(),
        {"POST",
         late->target,
         late->body,
         {{"Content-Type", "application/json"}, {"Authorization", late->header("authorization")}}});
    EXPECT_NE(answer.body.find("ConcurrencyException"), std::string::npos) << answer.body;
    EXPECT_EQ(shop().state(id()), before_);
}

TEST_F(TrytonFaults, a_session_that_tryton_forgot_is_renewed_within_the_call) {
    std::string session;
    shop().proxy.inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (is_read(request)) session = request.header("authorization");
        return false;
    });
    shop().host.call("erp", "retrieveProductErpDetails", {{"id", id()}});
    const auto gone = send_http(
        tryton().port(), {"POST",
                          "/shop/",
                          R"({"id":1,"method":"common.db.logout","params":[]})",
                          {{"Content-Type", "application/json"}, {"Authorization", session}}});
    ASSERT_EQ(gone.status, 200) << gone.body;
    shop().proxy.heal();
    shop().proxy.forget();
    expect_done(1);
    EXPECT_EQ(shop().proxy.passed(is_sign_in), 1U);
}

TEST_F(TrytonFaults, a_record_that_changed_in_between_is_read_again) {
    bool changed = false;
    shop().proxy.inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (is_write(request) && !changed) {
            changed = true;
            tryton().write(id(), {{"list_price", decimal("7")}});
        }
        return false;
    });
    expect_done(2);  // one of them refused
    EXPECT_EQ(tryton().product(id()).at("list_price"), decimal("7")) << "theirs stays";
}

TEST_F(TrytonFaults, what_somebody_changed_before_the_undo_stays_and_the_run_asks_for_a_person) {
    bool written = false;
    shop().proxy.inject({Kind::kStallReply}, 1, [&](const ServedRequest& request) {
        written = written || is_write(request);
        return is_write(request);
    });
    bool changed = false;
    shop().proxy.inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (written && is_read(request) && !changed) {  // the undo's
            changed = true;
            tryton().write(id(), {{"name", "Theirs"}});
        }
        return false;
    });
    const auto run = run_in_haste();
    EXPECT_EQ(run.value("state", ""), "failed") << run;
    EXPECT_EQ(tryton().product(id()).at("name"), "Theirs");
}

TEST_F(TrytonFaults, somebody_elses_change_before_a_write_that_is_tried_again_is_not_taken_back) {
    const auto change_then = [&](const ProxyFault& fault, const char* price) {
        shop().proxy.inject(fault, 1, [&, price](const ServedRequest& request) {
            if (!is_write(request)) return false;
            tryton().write(id(), {{"list_price", decimal(price)}});
            return true;
        });
        return change_then_fail().value("state", "");
    };
    // Refused: the next attempt begins with a snapshot of its own.
    EXPECT_EQ(change_then({Kind::kAnswer, answer(503)}, "7"), "reverted");
    EXPECT_EQ(tryton().product(id()).at("list_price"), decimal("7"));
    EXPECT_EQ(tryton().product(id()).at("name"), before_.at("tryton").at("name"));
    // Not known whether it arrived: the snapshot stands, and what is there is not all ours.
    EXPECT_EQ(change_then({Kind::kReset}, "8"), "failed");
    EXPECT_EQ(tryton().product(id()).at("list_price"), decimal("8"));
}

TEST_F(TrytonFaults, somebody_elses_change_after_a_lost_reply_is_not_taken_back) {
    bool wrote = false;
    shop().proxy.inject({Kind::kLoseReply}, 1, [&](const ServedRequest& request) {
        return is_write(request) && (wrote = true);
    });
    shop().proxy.inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (is_read(request) && std::exchange(wrote, false)) {
            tryton().write(id(), {{"list_price", decimal("7")}});
        }
        return false;
    });
    EXPECT_EQ(change_then_fail().value("state", ""), "failed");
    EXPECT_EQ(tryton().product(id()).at("list_price"), decimal("7"));
    EXPECT_EQ(shop().writes(), 1U);
}

TEST_F(TrytonFaults, a_product_that_somebody_else_made_in_between_is_not_taken_away) {
    for (const ProxyFault& fault : {ProxyFault{Kind::kAnswer, answer(503)}, {Kind::kReset}}) {
        const bool known = fault.kind == Kind::kAnswer;
        const auto made = id() + (known ? "-2" : "-3");
        shop().make(made, /*in_tryton=*/false);
        shop().proxy.inject(fault, 1, [&](const ServedRequest& request) {
            if (!is_write(request)) return false;
            tryton().make(made, {{"name", "Theirs"}});
            return true;
        });
        EXPECT_EQ(change_then_fail(made).value("state", ""), known ? "reverted" : "failed");
        EXPECT_EQ(tryton().product(made).at("name"), known ? "Theirs" : "Linen");
    }
}

TEST_F(TrytonFaults, a_product_of_ours_that_somebody_else_went_on_with_is_not_taken_away) {
    const auto made = id() + "-2";
    const json product = {{"id", made}};
    const auto before = shop().host.call("erp", "snapshotProduct", product);
    const auto written =
        shop().host.call("erp", "updateProductErpData",
                         {{"id", made}, {"data", {{"title", "A"}}}, {"create", true}});
    tryton().write(made, {{"consumable", true}});  // which nobody maps
    EXPECT_ANY_THROW(shop().host.call("erp", "restoreProduct",
                                      {{"snapshot", before}, {"written", written.at("version")}}));
    EXPECT_FALSE(tryton().product(made).is_null());
}

TEST_F(TrytonFaults, a_redirect_is_not_followed_and_waits_for_a_person) {
    shop().proxy.inject(
        {Kind::kAnswer, answer(302, "", "Location: https://elsewhere.example/shop/\r\n")}, 0,
        is_read);
    const auto said = paused(shop().update(id(), kChange, {{"Prefer", "wait=20"}}));
    EXPECT_NE(said.find("elsewhere.example"), std::string::npos) << said;
    EXPECT_EQ(shop().writes(), 0U);
    shop().proxy.heal();
    shop().host.resume_paused();
    EXPECT_TRUE(shop().host.until([&] { return shop().run_state() == "done"; }, seconds(20)));
    expect_changed();
}

TEST_F(TrytonFaults, a_product_made_by_a_run_whose_reply_was_lost_is_there_once) {
    const auto made = id() + "_new";
    shop().make(made, false);
    shop().proxy.inject({Kind::kLoseReply}, 1, is_write);
    const auto answer = shop().update(made, kChange);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(tryton().count(made), 1U);
    EXPECT_EQ(shop().writes(), 1U);
}

TEST_F(TrytonFaults, a_product_made_without_a_word_is_taken_away_again) {
    const auto made = id() + "_new";
    shop().make(made, false);
    shop().proxy.inject({Kind::kStallReply}, 1, is_write);
    json input = kChange;
    input["id"] = made;
    const auto run = run_workflow(shop().host, "change-in-haste", input);
    EXPECT_EQ(run.parsed().value("state", ""), "reverted") << run.body;
    EXPECT_EQ(tryton().count(made), 0U);
}

TEST(TrytonPassword, a_wrong_one_is_tried_once_and_the_run_waits_for_a_person) {
    TrytonShop shop([](json& config) {
        config["modules"]["erp"]["options"]["user"] = "locked";
        config["modules"]["erp"]["options"]["password"] = "Not-the-password-1";
    });
    for (int i = 0; i < 3; ++i) {
        const auto id = new_id("password_" + std::to_string(i));
        shop.make(id);
        const auto before = shop.state(id);
        const auto answer = shop.update(id, kChange, {{"Prefer", "wait=20"}});
        EXPECT_EQ(answer.status, 202) << answer.body;
        EXPECT_EQ(shop.run_state(), "paused");
        EXPECT_EQ(Tryton::get().product(id), before.at("tryton"));
    }
    const auto runs = shop.host.get("/admin/workflows-executions?limit=3").body;
    EXPECT_NE(runs.find("AUTH"), std::string::npos) << runs;
    EXPECT_EQ(runs.find("Not-the-password-1"), std::string::npos);
    EXPECT_EQ(shop.host.log().find("Not-the-password-1"), std::string::npos);
    EXPECT_EQ(shop.proxy.passed(is_sign_in), 1U);
}

}  // namespace
}  // namespace gantry::test
