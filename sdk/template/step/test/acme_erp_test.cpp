// The plugin against a scripted Acme: no host, no network.
#include <gantry/testing.hpp>

#include <gtest/gtest.h>

#include <set>

namespace {

using gantry::json;
using gantry::testing::Host;
using gantry::testing::HttpRequest;
using gantry::testing::HttpResponse;
using gantry::testing::Plugin;

const json kOptions = {{"url", "https://acme.example"}, {"token", "secret-token"}};
const json kInput = {{"id", "p1"}, {"title", "Linen"}};
const std::string kUrl = "https://acme.example/products/p1";

/// One product that remembers the keys of its writes.
struct Acme {
    explicit Acme(Host& host) {
        host.http().on("GET", kUrl).does([this](const HttpRequest&) { return answer(); });
        host.http().on("PATCH", kUrl).does([this](const HttpRequest& r) { return change(r); });
    }
    HttpResponse change(const HttpRequest& request) {
        const auto key = request.header("Idempotency-Key");
        if (!keys.insert(key).second) return answer();
        if (request.header("If-Match") != title) return {412};
        title = request.json().at("title");
        changed_by = key;
        return answer();
    }
    HttpResponse answer() const {
        return {
            200, {{"etag", title}, {"x-changed-by", changed_by}}, json{{"title", title}}.dump()};
    }
    std::string title = "Mug";
    std::string changed_by = "somebody";
    std::set<std::string> keys;
};

TEST(Rename, changes_the_title_and_takes_it_back) {
    Host host;
    const Acme acme(host);
    Plugin plugin(host, kOptions);
    EXPECT_EQ(plugin.invoke("rename", kInput).output().at("title"), "Linen");
    EXPECT_EQ(acme.title, "Linen");
    plugin.compensate("rename").output();
    EXPECT_EQ(acme.title, "Mug");
    plugin.compensate("rename").output();  // twice is as once
    EXPECT_EQ(acme.title, "Mug");
}

TEST(Rename, has_one_effect_when_the_host_died_and_asks_again) {
    Host host;
    const Acme acme(host);
    Plugin plugin(host, kOptions);
    EXPECT_TRUE(plugin.invoke("rename", kInput, {.crash = true}).lost);
    plugin.restart();
    plugin.invoke("rename", kInput).output();
    EXPECT_EQ(acme.keys.size(), 1U);
    plugin.compensate("rename").output();
    EXPECT_EQ(acme.title, "Mug");
}

TEST(Rename, does_not_overwrite_what_somebody_else_wrote_since) {
    Host host;
    Acme acme(host);
    Plugin plugin(host, kOptions);
    plugin.invoke("rename", kInput).output();
    acme.title = "Cup";
    acme.changed_by = "somebody";
    EXPECT_EQ(plugin.compensate("rename").error->code(), GANTRY_E_CHANGED);
    EXPECT_EQ(acme.title, "Cup");
}

TEST(Rename, says_changed_when_somebody_deleted_the_product_since) {
    Host host;
    host.http().on("GET", kUrl).answers(200, {{"title", "Mug"}}, {{"ETag", "1"}}).status(404);
    host.http().on("PATCH", kUrl).answers(200, {{"title", "Linen"}}, {{"ETag", "2"}});
    Plugin plugin(host, kOptions);
    plugin.invoke("rename", kInput).output();
    EXPECT_EQ(plugin.compensate("rename").error->code(), GANTRY_E_CHANGED);
}

TEST(Rename, gives_a_product_a_title_and_takes_it_away_again) {
    Host host;
    host.http()
        .on("GET", kUrl)
        .answers(200, json::object(), {{"ETag", "1"}})
        .answers(200, {{"title", "Linen"}},
                 {{"ETag", "2"}, {"X-Changed-By", "run-1/rename/http#1"}});
    host.http()
        .on("PATCH", kUrl)
        .answers(200, {{"title", "Linen"}}, {{"ETag", "2"}})
        .answers(200, json::object());
    Plugin plugin(host, kOptions);
    plugin.invoke("rename", kInput).output();
    plugin.compensate("rename").output();
    EXPECT_EQ(host.http().requests().back().json(), (json{{"title", nullptr}}));
}

TEST(Rename, a_lost_reply_is_asked_for_again_and_a_refusal_is_not) {
    Host host;
    host.http().on("GET", kUrl).answers(200, {{"title", "Mug"}}, {{"ETag", "1"}});
    host.http().on("PATCH", kUrl).loses_reply().answers(422, {{"message", "too long"}});
    Plugin plugin(host, kOptions);
    const auto lost = plugin.invoke("rename", kInput);
    EXPECT_EQ(lost.error->error_class(), GANTRY_CLASS_RETRYABLE);
    EXPECT_TRUE(lost.needs_undo);
    const auto refused = plugin.invoke("rename", kInput);
    EXPECT_EQ(refused.error->code(), GANTRY_E_REJECTED);
    EXPECT_FALSE(host.logged("secret-token"));
}

TEST(Rename, takes_back_nothing_when_it_never_began) {
    Host host;
    host.http().on("GET", kUrl).unreachable();
    Plugin plugin(host, kOptions);
    EXPECT_EQ(plugin.invoke("rename", kInput).error->code(), GANTRY_E_UNAVAILABLE);
    plugin.compensate("rename").output();
}

}  // namespace
