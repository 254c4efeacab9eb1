// The connector against a scripted Acme: no host, no network.
#include <gantry/testing.hpp>

#include <gtest/gtest.h>

namespace {

using gantry::json;
using gantry::testing::Host;
using gantry::testing::HttpRequest;
using gantry::testing::HttpResponse;
using gantry::testing::Plugin;

const json kOptions = {{"url", "https://acme.example"}, {"token", "secret-token"}};
const json kChange = {{"id", "p1"}, {"data", {{"title", "Linen"}}}};
const std::string kUrl = "https://acme.example/products/p1";

/// One product, or none, whose version is its content.
struct Acme {
    explicit Acme(Host& host) {
        for (const char* method : {"GET", "PUT", "PATCH", "DELETE"}) {
            host.http().on(method, kUrl).does([this](const HttpRequest& r) { return answer(r); });
        }
    }
    HttpResponse answer(const HttpRequest& request) {
        if (record.is_null() && request.method != "PUT") return {404};
        const auto expected = request.header("If-Match");
        if (!expected.empty() && expected != record.dump()) return {412};
        if (request.method == "PUT") record = request.json();
        if (request.method == "PATCH") record.merge_patch(request.json());
        if (request.method == "DELETE") record = nullptr;
        if (request.method != "GET") changed_by = request.header("Idempotency-Key");
        return {200, {{"etag", record.dump()}, {"x-changed-by", changed_by}}, record.dump()};
    }
    json record = {{"title", "Mug"}};
    std::string changed_by = "somebody";
};

TEST(AcmeErp, changes_a_title_and_says_what_it_does_not_map) {
    Host host;
    const Acme acme(host);
    Plugin plugin(host, kOptions);
    const json change = {{"id", "p1"}, {"data", {{"title", "Linen"}, {"colour", "red"}}}};
    const auto output = plugin.call("updateProductErpData", change).output();
    EXPECT_EQ(output.at("data"), (json{{"title", "Linen"}}));
    EXPECT_EQ(output.at("ignored"), json::array({"colour"}));
}

TEST(AcmeErp, says_whether_its_system_is_reached) {
    Host host;
    host.http().on("GET", "https://acme.example/health").answers(200, {{"up", true}}).status(401);
    Plugin plugin(host, kOptions);
    EXPECT_FALSE(plugin.ping().error);
    EXPECT_EQ(plugin.ping().error->code(), GANTRY_E_AUTH);
}

TEST(AcmeErp, restores_what_the_snapshot_has_and_only_once) {
    Host host;
    Acme acme(host);
    Plugin plugin(host, kOptions);
    for (const json& before : {json{{"title", "Mug"}}, json(nullptr)}) {
        acme.record = before;
        const auto snapshot = plugin.call("snapshotProduct", {{"id", "p1"}}).output();
        auto change = kChange;
        change["create"] = true;
        const auto written = plugin.call("updateProductErpData", change).output().at("version");
        const json undo = {{"snapshot", snapshot}, {"written", written}};
        EXPECT_EQ(plugin.call("restoreProduct", undo).output().at("result"), "restored");
        EXPECT_EQ(acme.record, before);
        EXPECT_EQ(plugin.call("restoreProduct", undo).output().at("result"), "unchanged");
    }
}

TEST(AcmeErp, restores_in_the_system_of_the_snapshot_and_in_no_other) {
    Host host;
    Acme acme(host);
    auto options = kOptions;
    options["system"] = "acme of the north";
    Plugin north(host, options);
    const auto snapshot = north.call("snapshotProduct", {{"id", "p1"}}).output();
    const auto written = north.call("updateProductErpData", kChange).output().at("version");
    const json undo = {{"snapshot", snapshot}, {"written", written}};
    options["system"] = "acme of the south";
    Plugin south(host, options);
    EXPECT_EQ(south.call("restoreProduct", undo).error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(north.call("restoreProduct", undo).output().at("result"), "restored");
    EXPECT_EQ(acme.record, (json{{"title", "Mug"}}));
}

TEST(AcmeErp, restores_when_the_reply_of_the_write_was_lost) {
    Host host;
    const Acme acme(host);
    Plugin plugin(host, kOptions);
    const auto snapshot = plugin.call("snapshotProduct", {{"id", "p1"}}).output();
    EXPECT_TRUE(plugin.call("updateProductErpData", kChange, {.crash = true}).lost);
    plugin.call("restoreProduct", {{"snapshot", snapshot}, {"written", nullptr}}).output();
    EXPECT_EQ(acme.record, (json{{"title", "Mug"}}));
}

TEST(AcmeErp, does_not_overwrite_what_somebody_else_wrote_since) {
    Host host;
    Acme acme(host);
    Plugin plugin(host, kOptions);
    const auto snapshot = plugin.call("snapshotProduct", {{"id", "p1"}}).output();
    acme.record = {{"title", "Cup"}};
    const auto end = plugin.call("restoreProduct", {{"snapshot", snapshot}, {"written", nullptr}});
    EXPECT_EQ(end.error->code(), GANTRY_E_CHANGED);
    EXPECT_EQ(acme.record, (json{{"title", "Cup"}}));
}

TEST(AcmeErp, a_lost_reply_is_asked_for_again_under_the_same_key) {
    Host host;
    host.http().on("PATCH", kUrl).loses_reply().answers(200, {{"title", "Linen"}}, {{"ETag", "2"}});
    Plugin plugin(host, kOptions);
    const auto lost = plugin.call("updateProductErpData", kChange);
    EXPECT_EQ(lost.error->error_class(), GANTRY_CLASS_RETRYABLE);
    EXPECT_EQ(lost.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    plugin.call("updateProductErpData", kChange, {.key = lost.key}).output();
    const auto sent = host.http().requests();
    EXPECT_EQ(sent.at(0).header("Idempotency-Key"), sent.at(1).header("Idempotency-Key"));
}

TEST(AcmeErp, a_refusal_is_permanent_and_the_token_is_not_logged) {
    Host host;
    host.http().on("PATCH", kUrl).answers(422, {{"message", "the title is too long"}});
    Plugin plugin(host, kOptions);
    const auto end = plugin.call("updateProductErpData", kChange);
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_FALSE(host.logged("secret-token"));
}

}  // namespace
