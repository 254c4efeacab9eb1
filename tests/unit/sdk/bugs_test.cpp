// Each test is a check that a plugin's author would write; the sound plugin passes it, and the one
// with the bug does not.
#include "sdk/bad_plugins.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace gantry::test {
namespace {

using gantry::testing::Host;
using gantry::testing::Plugin;

const json kInput = {{"id", "p1"}, {"title", "Linen"}};
const std::string kUrl = "https://acme.example/products/p1";

/// A record behind HTTP that remembers the keys of its writes.
struct Acme {
    explicit Acme(Host& host) {
        host.http().on("GET", kUrl).does([this](const auto&) { return answer(); });
        host.http().on("PUT", kUrl).does([this](const auto& request) { return put(request); });
    }

    testing::HttpResponse answer() const { return {200, {}, json{{"title", title}}.dump()}; }
    testing::HttpResponse put(const testing::HttpRequest& request) {
        if (keys.insert(request.header("Idempotency-Key")).second) {
            title = request.json().at("title");
        }
        return answer();
    }

    std::string title = "Mug";
    std::set<std::string> keys;
};

Plugin plugin_of(Host& host, const gantry_plugin& table) {
    return Plugin(host, {{"url", "https://acme.example"}, {"token", "s3cret"}}, table);
}

bool records_before_it_writes(const gantry_plugin& table) {
    Host host;
    const Acme acme(host);
    return !plugin_of(host, table).invoke("rename", kInput).error;
}

bool has_one_effect_for_two_attempts(const gantry_plugin& table) {
    Host host;
    const Acme acme(host);
    auto plugin = plugin_of(host, table);
    plugin.invoke("rename", kInput, {.crash = true});
    plugin.restart();
    plugin.invoke("rename", kInput);
    return acme.keys.size() == 1;
}

bool restores_after_a_crash(const gantry_plugin& table) {
    Host host;
    const Acme acme(host);
    auto plugin = plugin_of(host, table);
    plugin.invoke("rename", kInput, {.crash = true});
    plugin.invoke("rename", kInput);
    plugin.compensate("rename");
    return acme.title == "Mug";
}

bool compensates_what_never_began(const gantry_plugin& table) {
    Host host;
    host.http().on("GET", kUrl).unreachable();
    auto plugin = plugin_of(host, table);
    plugin.invoke("rename", kInput);
    return !plugin.compensate("rename").error;
}

bool asks_again_after_a_lost_reply(const gantry_plugin& table) {
    Host host;
    host.http().on("GET", kUrl).answers(200, {{"title", "Mug"}});
    host.http().on("PUT", kUrl).loses_reply();
    const auto end = plugin_of(host, table).invoke("rename", kInput);
    return end.error->error_class() == GANTRY_CLASS_RETRYABLE && end.needs_undo;
}

bool writes_no_more_when_its_time_is_over(const gantry_plugin& table) {
    Host host;
    host.http().on("GET", kUrl).answers(200, {{"title", "Mug"}});
    const auto too_late = [&](const testing::HttpRequest&) -> testing::HttpResponse {
        host.clock().advance(std::chrono::seconds(31));
        throw Error(GANTRY_E_UNAVAILABLE, "its reply was lost", GANTRY_EF_MAYBE_APPLIED);
    };
    host.http().on("PUT", kUrl).unreachable().does(too_late).answers(200, kInput);
    const auto end = plugin_of(host, table).invoke("rename", kInput);
    return end.error->code() == GANTRY_E_DEADLINE && end.needs_undo &&
           host.http().requests().size() == 2;
}

bool keeps_its_secret(const gantry_plugin& table) {
    Host host;
    const Acme acme(host);
    plugin_of(host, table).invoke("rename", kInput);
    return !host.logged("s3cret");
}

using Check = bool (*)(const gantry_plugin&);

bool sound_passes(Check check) { return check(made_of<&rename, &restore>(kRecords)); }

template <auto kInvoke, auto kCompensate = &restore>
bool passes(Check check, const char* manifest = kRecords) {
    return check(made_of<kInvoke, kCompensate>(manifest));
}

TEST(Bugs, a_write_before_record_undo_is_found) {
    EXPECT_TRUE(sound_passes(&records_before_it_writes));
    EXPECT_FALSE(passes<&write_first>(&records_before_it_writes));
}

TEST(Bugs, a_key_that_changes_with_the_attempt_is_found) {
    EXPECT_TRUE(sound_passes(&has_one_effect_for_two_attempts));
    EXPECT_FALSE(passes<&key_of_the_attempt>(&has_one_effect_for_two_attempts));
}

TEST(Bugs, a_before_that_is_read_again_after_a_crash_is_found) {
    EXPECT_TRUE(sound_passes(&restores_after_a_crash));
    EXPECT_FALSE(passes<&read_but_not_record>(&restores_after_a_crash, kDoesNotRecord));
}

TEST(Bugs, a_compensation_that_needs_undo_data_is_found) {
    EXPECT_TRUE(sound_passes(&compensates_what_never_began));
    EXPECT_FALSE((passes<&rename, &restore_what_is_not_there>(&compensates_what_never_began)));
}

TEST(Bugs, a_lost_reply_taken_for_a_refusal_is_found) {
    EXPECT_TRUE(sound_passes(&asks_again_after_a_lost_reply));
    EXPECT_FALSE(passes<&lost_taken_for_refused>(&asks_again_after_a_lost_reply));
}

TEST(Bugs, a_secret_in_the_log_is_found) {
    EXPECT_TRUE(sound_passes(&keeps_its_secret));
    EXPECT_FALSE(passes<&log_the_token>(&keeps_its_secret));
}

TEST(Bugs, asking_a_host_that_no_option_names_is_found) {
    EXPECT_FALSE(passes<&reach_for_another_host>(&records_before_it_writes));
}

TEST(Bugs, a_plugin_that_goes_on_after_its_deadline_reaches_nobody) {
    EXPECT_TRUE(passes<&ask_again_and_again>(&writes_no_more_when_its_time_is_over));
}

struct RawPlugin : ::testing::Test {
    testing::End invoke(Raw::Does does) {
        Raw::does = std::move(does);
        return plugin.invoke("raw", json::object());
    }
    Host host;
    const gantry_plugin table = Raw::table();
    Plugin plugin{host, json::object(), table};
};

TEST_F(RawPlugin, returning_without_an_answer_is_found) {
    const auto end = invoke([](const gantry_host&, gantry_call) {});
    EXPECT_EQ(end.error->message(), "step raw returned without completing its call");
    EXPECT_TRUE(end.needs_undo);
}

TEST_F(RawPlugin, a_second_answer_is_stale_and_the_first_counts) {
    gantry_status second = GANTRY_OK;
    const auto end = invoke([&](const gantry_host& own, gantry_call call) {
        EXPECT_EQ(Raw::answer(own, call, "1"), GANTRY_OK);
        second = Raw::answer(own, call, "2");
    });
    EXPECT_EQ(second, GANTRY_E_STALE);
    EXPECT_EQ(end.output(), 1);
}

TEST_F(RawPlugin, an_answer_that_is_no_json_is_found) {
    gantry_status status = GANTRY_OK;
    const auto end = invoke([&](const gantry_host& own, gantry_call call) {
        status = Raw::answer(own, call, "{'a': 1}");
    });
    EXPECT_EQ(status, GANTRY_E_MISUSE);
    EXPECT_EQ(end.error->code(), GANTRY_E_MISUSE);
    EXPECT_TRUE(end.needs_undo);
}

TEST_F(RawPlugin, an_asynchronous_step_is_awaited) {
    std::thread later;
    Raw::does = [&](const gantry_host& own, gantry_call call) {
        later = std::thread([&own, call] { Raw::answer(own, call, "7"); });
    };
    EXPECT_EQ(plugin.invoke("later", json::object()).output(), 7);
    later.join();
}

}  // namespace
}  // namespace gantry::test
