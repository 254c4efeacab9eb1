// Signing in, and what Tryton's answers mean.
#include "reply.hpp"
#include "support.hpp"

namespace erp_tryton {
namespace {

class Session : public Connected {
protected:
    Session() { tryton.add(1, "p1"); }
    // What a write ends with that is answered like this.
    gantry::Error write_answered(const HttpResponse& answer) {
        plugin.call("describe").output();
        auto old = row();
        old["weight_uom."] = nullptr;
        tryton.next = {FakeTryton::result(json::array({old})), answer};
        return refused("updateProductErpData", input({{"title", "Linen"}}));
    }
};

TEST_F(Session, one_sign_in_serves_all_calls) {
    for (int i = 0; i < 3; ++i) snapshot();
    EXPECT_EQ(tryton.logins, 1);
}

TEST_F(Session, that_tryton_forgot_is_renewed_once_and_the_write_carried_out_once) {
    snapshot();
    tryton.session.clear();
    EXPECT_EQ(update({{"title", "Linen"}}).at("data").at("title"), "Linen");
    EXPECT_EQ(tryton.logins, 2);
    tryton.next = {HttpResponse{401}, HttpResponse{401}};
    EXPECT_EQ(refused("snapshotProduct", {{"id", "p1"}}).code(), GANTRY_E_AUTH);
    EXPECT_EQ(tryton.logins, 3);
}

TEST_F(Session, a_wrong_password_is_tried_once_and_never_shown) {
    tryton.password = "other";
    for (int i = 0; i < 3; ++i) {
        const auto error = refused("snapshotProduct", {{"id", "p1"}});
        EXPECT_EQ(error.code(), GANTRY_E_AUTH);
        EXPECT_EQ(error.message().find("right"), error.message().find("right one"));
    }
    EXPECT_EQ(tryton.asked.size(), 1U);
    EXPECT_FALSE(host.logged("\"right\""));
}

TEST_F(Session, user_errors_are_refusals_with_trytons_words) {
    const auto error =
        write_answered(FakeTryton::error({"UserError", {"Not so.", "Because.", nullptr}}));
    EXPECT_EQ(error.code(), GANTRY_E_REJECTED);
    EXPECT_EQ(error.message(), "Tryton refuses: Not so. Because.");
    EXPECT_EQ(error.details().at("tryton"), "UserError");
}

TEST_F(Session, warnings_and_stale_records_have_classes_of_their_own) {
    const auto warned =
        write_answered(FakeTryton::error({"UserWarning", {"8c.name", "Sure?", ""}}));
    EXPECT_EQ(warned.code(), GANTRY_E_REJECTED);
    EXPECT_EQ(warned.details().at("message"), "Sure?");
    EXPECT_EQ(write_answered(FakeTryton::error({"ConcurrencyException", "stale"})).code(),
              GANTRY_E_CONFLICT);
}

TEST_F(Session, anything_else_may_have_been_carried_out) {
    for (const auto& answer : {FakeTryton::error({"server closed the connection unexpectedly", ""}),
                               HttpResponse{500, {}, "<html>"}, HttpResponse{200, {}, "<html>"},
                               HttpResponse{200, {}, "{\"half\":"}, HttpResponse{200, {}, "{}"}}) {
        const auto error = write_answered(answer);
        EXPECT_EQ(error.code(), GANTRY_E_UNAVAILABLE) << error.message();
        EXPECT_EQ(error.flags(), GANTRY_EF_MAYBE_APPLIED) << error.message();
    }
}

TEST_F(Session, statuses_that_say_that_nothing_was_done) {
    EXPECT_EQ(write_answered({404}).code(), GANTRY_E_CONFIG) << "no such database, not no product";
    const auto busy = write_answered({429, {{"retry-after", "7"}}});
    EXPECT_EQ(busy.code(), GANTRY_E_RATE_LIMITED);
    EXPECT_EQ(busy.retry_after(), std::chrono::seconds(7));
    EXPECT_EQ(write_answered({503}).code(), GANTRY_E_UNAVAILABLE);
}

// The flags by themselves: of a call that sent a write the host believes no NOT_APPLIED.
TEST(Reply, named_errors_say_that_nothing_was_done) {
    const auto flags_of = [](std::uint32_t status, const json& body) {
        gantry::HttpResponse answer{status, {}, body.dump(), "POST https://erp.example", true};
        try {
            result_of(answer, "model.product.template.write");
        } catch (const gantry::Error& e) {
            return e.flags();
        }
        return 0U;
    };
    for (const char* name :
         {"UserError", "UserWarning", "ConcurrencyException", "LoginException"}) {
        EXPECT_EQ(flags_of(200, {{"error", {name, {"a", "b", ""}}}}), GANTRY_EF_NOT_APPLIED)
            << name;
    }
    EXPECT_EQ(flags_of(503, nullptr), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(flags_of(404, nullptr), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(flags_of(200, {{"error", {"text", ""}}}), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(flags_of(200, {{"result", nullptr}}), 0U);
}

}  // namespace
}  // namespace erp_tryton
