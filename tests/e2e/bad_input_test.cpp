// What no sane client sends: each gets a typed answer, and the host goes on.
#include "support/shop.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

class BadInput : public testing::Test {
protected:
    static void SetUpTestSuite() {
        host_ = std::make_unique<HostProcess>(shop_config());
        host_->serve();
        host_->call("product", "createProducts",
                    {{"products", {{{"id", "prod_mug"}, {"title", "Mug"}}}}});
    }
    static void TearDownTestSuite() { host_.reset(); }

    static HostProcess& host() { return *host_; }

    static json expect_typed(const HttpResponse& answer, int status, const std::string& type) {
        EXPECT_EQ(answer.status, status) << answer.body.substr(0, 500);
        const auto body = json::parse(answer.body, nullptr, false);
        if (!body.is_object()) {
            ADD_FAILURE() << "no JSON object: " << answer.body.substr(0, 500);
            return json::object();
        }
        EXPECT_EQ(body.value("type", ""), type) << body;
        EXPECT_NE(body.value("message", ""), "") << body;
        return body;
    }

    static void expect_well() {
        EXPECT_EQ(host().get("/health/live").status, 200);
        EXPECT_EQ(host().get("/health/ready").status, 200);
        EXPECT_FALSE(host().process().wait(std::chrono::milliseconds(0)));
    }

    // Refused before there is a run.
    static void expect_refused(const HttpRequest& request, int status, const std::string& type) {
        const auto before = host().runs();
        expect_typed(host().send(request), status, type);
        EXPECT_EQ(host().runs(), before);
        expect_well();
    }

    // Refused by a step: the run is over, and nothing has changed.
    static void expect_reverted(const std::string& product, const json& changes, int status,
                                const std::string& type) {
        const auto before = state_of(host(), "prod_mug");
        const auto body = expect_typed(update(host(), product, changes), status, type);
        EXPECT_EQ(body.value("state", ""), "reverted") << body;
        EXPECT_EQ(state_of(host(), "prod_mug"), before);
        expect_well();
    }

    static constexpr const char* kRoute = "/store/products/prod_mug/erp";

private:
    static inline std::unique_ptr<HostProcess> host_;
};

TEST_F(BadInput, truncated_json) {
    expect_refused({"POST", kRoute, R"({"title": "Mug)"}, 400, "invalid_data");
}

TEST_F(BadInput, two_values_in_one_body) {
    expect_refused({"POST", kRoute, R"({"title": "Mug"} {})"}, 400, "invalid_data");
}

TEST_F(BadInput, a_body_that_is_no_object) {
    for (const char* body : {"[]", "\"text\"", "12", "null", "true"}) {
        expect_refused({"POST", kRoute, body}, 400, "invalid_data");
    }
}

TEST_F(BadInput, ten_megabytes) {
    const json body = {{"description", std::string(10 << 20, 'x')}};
    expect_refused({"POST", kRoute, body.dump()}, 413, "invalid_data");
}

TEST_F(BadInput, ten_thousand_levels) {
    const std::string deep =
        R"({"metadata":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
    expect_refused({"POST", kRoute, deep}, 400, "invalid_data");
}

TEST_F(BadInput, bytes_that_are_no_utf8) {
    expect_refused({"POST", kRoute, "{\"title\": \"\xc3\x28\"}"}, 400, "invalid_data");
    expect_refused({"POST", kRoute, "{\"title\": \"\xed\xa0\x80\"}"}, 400, "invalid_data");
    expect_refused({"POST", kRoute, R"({"title": "\ud800"})"}, 400, "invalid_data");
}

TEST_F(BadInput, an_idempotency_key_that_is_too_long) {
    expect_refused(
        {"POST", kRoute, R"({"title": "A"})", {{"Idempotency-Key", std::string(129, 'k')}}}, 400,
        "invalid_data");
}

TEST_F(BadInput, an_unknown_route) {
    expect_refused({"GET", "/no/such/route"}, 404, "not_found");
    expect_refused({"GET", "/runs/no-such-run"}, 404, "not_found");
}

TEST_F(BadInput, an_unknown_workflow) {
    expect_refused({"POST", "/admin/workflows-executions/no-such-workflow/run", "{}"}, 404,
                   "not_found");
}

TEST_F(BadInput, a_wrong_method) {
    const auto answer = host().send({"DELETE", kRoute});
    expect_typed(answer, 405, "not_allowed");
    EXPECT_EQ(answer.headers.at("allow"), "POST");
    expect_refused({"GET", kRoute}, 405, "not_allowed");
}

TEST_F(BadInput, values_of_a_wrong_type) {
    for (const char* body :
         {R"({"title": 5})", R"({"title": null})", R"({"weight": "heavy"})",
          R"({"variants": "none"})", R"({"variants": [{"title": {}}]})", R"({"metadata": []})"}) {
        expect_refused({"POST", kRoute, body}, 400, "invalid_data");
    }
}

TEST_F(BadInput, an_unknown_field) {
    expect_refused({"POST", kRoute, R"({"titel": "Mug"})"}, 400, "invalid_data");
    expect_refused({"POST", kRoute, R"({"variants": [{"titel": "Mug"}]})"}, 400, "invalid_data");
}

TEST_F(BadInput, an_unknown_product) {
    expect_reverted("prod_none", {{"title", "None"}}, 404, "not_found");
    EXPECT_FALSE(host().call("erp", "snapshotProduct", {{"id", "prod_none"}}).at("exists"));
}

}  // namespace
}  // namespace gantry::test
