// What goes wrong between a shop and a real OData server: how the run ends, how many writes arrive,
// and what both sides have then.
#include "support/erp/odata_shop.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace gantry::test {
namespace {

using Kind = ProxyFault::Kind;

const json kChanges = {{"title", "Big mug"}, {"weight", 320}};
constexpr const char* kJob = "update-product-and-erp";

Reaction html() {
    return answer(200, "<html><body>Log in</body></html>", "Content-Type: text/html\r\n");
}

bool is_change(const ServedRequest& request) { return OdataShop::is_write(request); }

class OdataFaults : public testing::TestWithParam<OdataService> {
protected:
    void expect_done(const HttpResponse& answer, std::size_t writes) {
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(shop_.writes(), writes);
        const auto after = shop_.server().record(id_);
        EXPECT_EQ(after.at("GrossWeight"), 0.32);
        EXPECT_EQ(after.at("Descriptions").at(1).at("ProductDescription"), "Big mug");
        const auto product = shop_.host().call("product", "retrieveProduct", {{"id", id_}});
        EXPECT_EQ(product.at("title"), "Big mug");
    }
    void expect_reverted(const HttpResponse& answer, int status, std::size_t writes) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(answer.parsed().value("state", ""), "reverted") << answer.body;
        EXPECT_EQ(shop_.writes(), writes);
        EXPECT_EQ(shop_.state_of(id_), before_);
    }
    // Waiting for a person, with the reason.
    void expect_paused(const std::string& reason) {
        shop_.run(kJob, id_, kChanges);
        json run;
        ASSERT_TRUE(shop_.host().until([&] {
            run = shop_.host().runs().at(0);
            return run.at("state") == "paused";
        })) << run;
        const auto details = shop_.host().get("/admin/workflows-executions/" + std::string(kJob) +
                                              "/" + run.at("run_id").get<std::string>());
        EXPECT_NE(details.body.find(reason), std::string::npos) << details.body;
        EXPECT_EQ(shop_.server().record(id_), before_.at("erp"));
    }

    OdataShop shop_{GetParam()};
    std::string id_ = shop_.known_product();
    json before_ = shop_.state_of(id_);
};

INSTANTIATE_TEST_SUITE_P(Sap, OdataFaults, testing::Values(kOdataV4, kOdataV2),
                         [](const auto& service) { return service.param.name; });

TEST_P(OdataFaults, a_lost_reply_is_no_second_write) {
    for (const auto kind : {Kind::kLoseReply, Kind::kResetAfter, Kind::kTruncate}) {
        shop_.proxy().forget();
        shop_.server().change(id_, {{"GrossWeight", 0.125}});
        shop_.proxy().inject({kind}, 1, is_change);
        expect_done(shop_.run(kJob, id_, kChanges), 1);
    }
}

TEST_P(OdataFaults, an_answer_that_is_no_answer_of_the_erp_is_no_second_write) {
    shop_.proxy().inject({Kind::kReplaceReply, html()}, 1, is_change);
    expect_done(shop_.run(kJob, id_, kChanges), 1);
}

TEST_P(OdataFaults, a_creation_whose_reply_is_lost_makes_one_product) {
    const auto id = shop_.new_product();
    shop_.proxy().inject({Kind::kLoseReply}, 1, is_change);
    EXPECT_EQ(shop_.run(kJob, id, kChanges).status, 200);
    EXPECT_EQ(shop_.writes(), 1U);
    EXPECT_EQ(shop_.server().record(id).at("GrossWeight"), 0.32);
}

TEST_P(OdataFaults, what_never_arrived_is_sent_again) {
    shop_.proxy().inject({Kind::kReset}, 2, is_change);
    expect_done(shop_.run(kJob, id_, kChanges), 1);
}

TEST_P(OdataFaults, a_read_that_is_broken_is_made_again) {
    shop_.proxy().inject({Kind::kReset}, 1);
    shop_.proxy().inject({Kind::kTruncate}, 1);
    shop_.proxy().inject({Kind::kAnswer, answer(500, "oops")}, 1);
    expect_done(shop_.run(kJob, id_, kChanges), 1);
}

TEST_P(OdataFaults, a_write_that_stalls_before_the_erp_is_undone_without_a_write) {
    bool sent = false;
    shop_.proxy().inject({Kind::kStall}, 1, [&](const ServedRequest& request) {
        return is_change(request) && (sent = true);
    });
    expect_reverted(shop_.run("quick", id_, kChanges), 504, 0);
    EXPECT_TRUE(sent);
}

TEST_P(OdataFaults, a_write_whose_reply_stalls_is_taken_back) {
    shop_.proxy().inject({Kind::kStallReply}, 1, is_change);
    expect_reverted(shop_.run("quick", id_, kChanges), 504, 2);
}

TEST_P(OdataFaults, a_creation_whose_reply_stalls_is_marked_for_deletion) {
    const auto id = shop_.new_product();
    shop_.proxy().inject({Kind::kStallReply}, 1, is_change);
    EXPECT_EQ(shop_.run("quick", id, kChanges).status, 504);
    EXPECT_EQ(shop_.writes(), 2U);
    EXPECT_EQ(shop_.server().record(id).at("IsMarkedForDeletion"), true);
}

TEST_P(OdataFaults, a_busy_erp_is_asked_again_when_it_says) {
    shop_.proxy().inject({Kind::kAnswer, answer(429, "{}", "Retry-After: 1\r\n")}, 1, is_change);
    const auto begin = std::chrono::steady_clock::now();
    expect_done(shop_.run(kJob, id_, kChanges), 1);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST_P(OdataFaults, an_erp_that_is_down_for_a_while_is_waited_for) {
    shop_.proxy().inject({Kind::kAnswer, answer(503, "<html></html>")}, 3);
    expect_done(shop_.run(kJob, id_, kChanges), 1);
}

TEST_P(OdataFaults, a_session_that_is_over_is_opened_again_within_the_attempt) {
    ASSERT_EQ(shop_.run(kJob, id_, {{"weight", 1}}).status, 200);
    shop_.server().send("POST", "/lab/forget-sessions");
    shop_.proxy().forget();
    // The write that is refused for its token, and the one that is not.
    expect_done(shop_.run(kJob, id_, kChanges), 2);
    EXPECT_EQ(shop_.proxy().passed().size(), 5U);
}

TEST_P(OdataFaults, somebody_elses_change_in_between_is_kept) {
    bool first = true;
    shop_.proxy().inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (is_change(request) && std::exchange(first, false)) {
            shop_.server().change(id_, {{"Division", "X1"}});
        }
        return false;
    });
    expect_done(shop_.run(kJob, id_, kChanges), 2);  // the first met another ETag
    shop_.proxy().heal();
    EXPECT_EQ(shop_.server().record(id_).at("Division"), "X1");
}

TEST_P(OdataFaults, somebody_elses_change_of_the_same_before_the_undo_fails_it_and_stays) {
    bool wrote = false;
    shop_.proxy().inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (is_change(request)) {
            wrote = true;
        } else if (std::exchange(wrote, false)) {
            shop_.server().change(id_, {{"GrossWeight", 0.777}});
        }
        return false;
    });
    const auto failed = shop_.run("change-then-fail", id_, kChanges);
    shop_.proxy().heal();
    EXPECT_EQ(failed.status, 500) << failed.body;
    EXPECT_EQ(failed.parsed().value("state", ""), "failed") << failed.body;
    EXPECT_EQ(shop_.writes(), 1U);
    EXPECT_EQ(shop_.server().record(id_).at("GrossWeight"), 0.777);
    EXPECT_EQ(shop_.state_of(id_).at("product"), before_.at("product"));
}

TEST_P(OdataFaults, somebody_elses_change_before_a_write_that_is_tried_again_is_not_taken_back) {
    json theirs;
    const auto change_then = [&](const ProxyFault& fault) {
        shop_.server().change(id_, {{"GrossWeight", 0.125}});
        shop_.proxy().inject(fault, 1, [&](const ServedRequest& request) {
            if (!is_change(request)) return false;
            shop_.server().change(id_, {{"GrossWeight", 0.777}});
            theirs = shop_.server().record(id_);
            return true;
        });
        return shop_.run("change-then-fail", id_, {{"title", "Big mug"}}).parsed();
    };
    // Refused: the next attempt begins with a snapshot of its own, and all is as they left it.
    const auto refused = change_then({Kind::kAnswer, answer(503, "", "Retry-After: 0\r\n")});
    EXPECT_EQ(refused.value("state", ""), "reverted") << refused;
    EXPECT_EQ(shop_.server().record(id_), theirs);
    // Not known whether it arrived: the snapshot stands, and what is there is not all ours.
    const auto lost = change_then({Kind::kReset});
    EXPECT_EQ(lost.value("state", ""), "failed") << lost;
    EXPECT_EQ(shop_.server().record(id_).at("GrossWeight"), 0.777);
}

TEST_P(OdataFaults, somebody_elses_change_after_a_lost_reply_is_not_taken_back) {
    bool wrote = false;
    shop_.proxy().inject({Kind::kLoseReply}, 1, [&](const ServedRequest& request) {
        return is_change(request) && (wrote = true);
    });
    shop_.proxy().inject({Kind::kReset}, 1, [&](const ServedRequest& request) {
        if (!is_change(request) && std::exchange(wrote, false)) {
            shop_.server().change(id_, {{"GrossWeight", 0.777}});
        }
        return false;
    });
    const auto failed = shop_.run("change-then-fail", id_, {{"title", "Big mug"}});
    EXPECT_EQ(failed.parsed().value("state", ""), "failed") << failed.body;
    EXPECT_EQ(shop_.server().record(id_).at("GrossWeight"), 0.777);
    EXPECT_EQ(shop_.writes(), 1U);
}

TEST_P(OdataFaults, a_product_that_somebody_else_made_in_between_is_not_taken_away) {
    for (const ProxyFault& fault : {ProxyFault{Kind::kAnswer, answer(503)}, {Kind::kReset}}) {
        const auto id = shop_.new_product();
        shop_.proxy().inject(fault, 1, [&](const ServedRequest& request) {
            if (!is_change(request)) return false;
            shop_.server().create(id, "Theirs");
            return true;
        });
        const auto end = shop_.run("change-then-fail", id, {{"title", "Big mug"}}).parsed();
        const bool known = fault.kind == Kind::kAnswer;
        EXPECT_EQ(end.value("state", ""), known ? "reverted" : "failed") << end;
        const auto record = shop_.server().record(id);
        EXPECT_EQ(record.at("IsMarkedForDeletion"), false);
        EXPECT_EQ(record.at("Descriptions").at(1).at("ProductDescription"),
                  known ? "Theirs" : "Big mug");
    }
}

TEST_P(OdataFaults, an_undo_whose_reply_is_lost_is_not_made_twice) {
    std::size_t n = 0;
    shop_.proxy().inject({Kind::kLoseReply}, 1, [&](const ServedRequest& request) {
        return is_change(request) && ++n == 2;
    });
    expect_reverted(shop_.run("change-then-fail", id_, kChanges), 400, 2);
}

TEST_P(OdataFaults, a_redirect_to_another_host_pauses_the_run_and_is_not_followed) {
    shop_.proxy().inject({Kind::kAnswer, answer(302, "", "Location: https://login.example/x\r\n")},
                         0, is_change);
    expect_paused("login.example");
    EXPECT_EQ(shop_.writes(), 0U);
}

TEST_P(OdataFaults, a_wrong_password_pauses_the_run_and_is_not_told) {
    OdataShop shop(GetParam(), {{"password", "wrong-secret"}});
    const auto id = shop.known_product();
    const auto before = shop.server().record(id);
    shop.host().send(
        {"POST", "/store/products/" + id + "/erp", kChanges.dump(), {{"Prefer", "wait=0"}}});
    json run;
    ASSERT_TRUE(shop.host().until([&] {
        const auto runs = shop.host().runs();
        run = runs.empty() ? json() : runs.at(0);
        return run.is_object() && run.at("state") == "paused";
    })) << run;
    EXPECT_EQ(shop.writes(), 0U);
    EXPECT_EQ(shop.server().record(id), before);
    EXPECT_EQ(shop.host().log().find("wrong-secret"), std::string::npos);
}

}  // namespace
}  // namespace gantry::test
