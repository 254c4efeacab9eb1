// What an operator asks of runs by the command line: the same with a running host and without.
#include "support/shop.hpp"

#include <gantry/abi.h>
#include <gtest/gtest.h>

#include <regex>

namespace gantry::test {
namespace {

using Words = std::vector<std::string>;

/// Whether a host runs while the commands are given.
class Operator : public testing::TestWithParam<bool> {
protected:
    Operator() : host_(misbehaving_shop_config()) {
        const json input = "${ .input }";
        add_workflow(host_, "asks",
                     {{{"step", "echo"}, {"with", input}},
                      {{"wait", "go"}, {"id", "answer"}},
                      {{"step", "echo"}, {"id", "last"}, {"with", "${ .steps.answer }"}}});
        add_workflow(host_, "signs-in",
                     {{{"step", "echo"}, {"with", input}},
                      {{"step", "fails"}, {"with", {{"code", GANTRY_E_AUTH}}}}});
        // Somebody else changes the product between our write and its undo.
        add_workflow(host_, "crossed",
                     {{{"step", "update-product"}, {"with", input}},
                      {{"call", "product.updateProducts"},
                       {"id", "somebody"},
                       {"with", {{"id", "${ .input.id }"}, {"data", {{"title", "Theirs"}}}}}},
                      {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}}});
        if (GetParam()) host_.serve();
    }

    CliResult runs(Words words) {
        words.insert(words.begin(), "runs");
        return host_.cli(words);
    }

    CliResult expect_done(const Words& words) {
        auto result = runs(words);
        EXPECT_EQ(result.exit_code, 0) << json(words) << result.err;
        return result;
    }

    /// Starts a run; its id.
    std::string start(const std::string& workflow, int exit_code, const json& input = {{"n", 1}},
                      const Words& more = {}) {
        Words words = {"run", workflow, "--wait", "1s", "--input", input.dump()};
        words.insert(words.end(), more.begin(), more.end());
        const auto run = host_.cli(words);
        EXPECT_EQ(run.exit_code, exit_code) << run.err;
        return newest().at("run_id");
    }

    json newest() { return json::parse(expect_done({"show", "--json"}).out); }
    json show(const std::string& id) {
        return json::parse(expect_done({"show", id, "--json"}).out);
    }

    bool becomes(const std::string& id, const std::string& state) {
        return !GetParam() ? show(id).at("state") == state
                           : host_.until([&] { return show(id).at("state") == state; });
    }

    HostProcess host_;
};

INSTANTIATE_TEST_SUITE_P(Commands, Operator, testing::Bool(),
                         [](const auto& one) { return one.param ? "to_a_running_host" : "alone"; });

TEST_P(Operator, sends_a_signal_once) {
    const auto id = start("asks", 5);
    EXPECT_EQ(show(id).at("waits_for"), "signal: go");
    const auto shown = expect_done({"show", id}).out;
    EXPECT_NE(shown.find("gantry runs signal " + id.substr(24) + " go --payload JSON"),
              std::string::npos)
        << shown;
    EXPECT_EQ(expect_done({"signal", id, "later", "--id", "s-1"}).out, "sent\n");
    EXPECT_EQ(expect_done({"signal", id, "later", "--id", "s-1"}).out,
              "known: it was sent before\n");
    const Words go = {"signal", id.substr(24), "go", "--payload", R"({"by":"Ada"})"};
    EXPECT_EQ(expect_done(go).out, "sent\n");
    EXPECT_TRUE(becomes(id, "done"));
    const auto again = runs(go);
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_NE(again.err.find("is done"), std::string::npos) << again.err;
    EXPECT_EQ(runs({"signal", id, "go", "--payload", "{"}).exit_code, 2);
}

TEST_P(Operator, pauses_resumes_and_cancels) {
    const auto id = start("asks", 5);
    EXPECT_EQ(expect_done({"pause", id}).out, id + "  paused  person: paused\n");
    EXPECT_EQ(runs({"pause", id}).exit_code, 1);
    EXPECT_NE(expect_done({"ls", "--needs-person", "--since", "2h"}).out.find(id),
              std::string::npos);
    EXPECT_EQ(expect_done({"ls", "--waits-for", "configuration"}).out, "");
    EXPECT_NE(expect_done({"ls", "--waits-for", "person"}).out.find("person: paused"),
              std::string::npos);
    expect_done({"resume", id});
    EXPECT_TRUE(becomes(id, "waiting"));
    EXPECT_EQ(expect_done({"ls", "--needs-person"}).out, "");
    expect_done({"cancel", id});
    EXPECT_TRUE(becomes(id, "reverted"));
    EXPECT_EQ(runs({"cancel", id}).exit_code, 1);
    EXPECT_EQ(runs({"cancel", "nobody"}).exit_code, 2);
    EXPECT_EQ(runs({"ls", "--since", "yesterday"}).exit_code, 2);
    EXPECT_EQ(runs({"ls", "--needs-person", "--state", "done"}).exit_code, 2);
}

TEST_P(Operator, resumes_many_and_answers_a_step) {
    const auto first = start("signs-in", 5);
    const auto second = start("signs-in", 5);
    const auto listed = expect_done({"resume", "--waits-for", "configuration", "--dry-run"}).out;
    for (const auto& id : {first, second}) {
        EXPECT_NE(listed.find(id + "  would be resumed"), std::string::npos) << listed;
        EXPECT_EQ(show(id).at("state"), "paused");
    }
    const auto resumed = expect_done({"resume", "--waits-for", "configuration"}).out;
    EXPECT_NE(resumed.find(second + "  resumed  signs-in"), std::string::npos) << resumed;
    ASSERT_TRUE(becomes(first, "paused")) << "nothing was mended";
    ASSERT_TRUE(becomes(second, "paused"));
    EXPECT_EQ(runs({"resume"}).exit_code, 2);
    EXPECT_EQ(runs({"resume", first, "--waits-for", "x"}).exit_code, 2);

    expect_done({"supply", first, "fails", "--response", R"({"token":"new"})"});
    EXPECT_TRUE(becomes(first, "done"));
    expect_done({"supply", second, "fails", "--failure", R"({"message":"no such user"})"});
    EXPECT_TRUE(becomes(second, "reverted"));
    EXPECT_NE(expect_done({"show", second}).out.find("no such user"), std::string::npos);
    EXPECT_EQ(runs({"supply", second, "fails", "--response", "1"}).exit_code, 1);
    EXPECT_EQ(runs({"supply", second, "fails"}).exit_code, 2);

    const auto forked = expect_done({"fork", first, "fails"}).out.substr(0, first.size());
    EXPECT_TRUE(becomes(forked, "paused"));
    EXPECT_NE(expect_done({"show", forked}).out.find("forked from run " + first),
              std::string::npos);
}

// Ids, times and lengths replaced.
std::string fixed(std::string text, const std::string& id) {
    const std::regex times(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})");
    text = std::regex_replace(text, times, "TIME");
    text = std::regex_replace(text, std::regex(R"(\((\d+ ms|\d+\.\d s))"), "(LENGTH");
    text = std::regex_replace(text, std::regex("\"[0-9a-f]{16}\""), "\"VERSION\"");
    text = std::regex_replace(text, std::regex(id), "RUN");
    return std::regex_replace(text, std::regex(id.substr(24)), "ID");
}

TEST_P(Operator, reads_what_a_failed_undo_found_and_decides) {
    const json mug = {{"products", {{{"id", "prod_mug"}, {"title", "Mug"}}}}};
    ASSERT_EQ(host_.cli({"call", "product", "createProducts", "-i", mug.dump()}).exit_code, 0);
    const auto id =
        start("crossed", 4, {{"id", "prod_mug"}, {"title", "Ours"}}, {"--key", "order-7"});
    EXPECT_EQ(fixed(expect_done({"show"}).out, id), R"(run RUN of crossed
input   {"id":"prod_mug","title":"Ours"}

TIME  accepted with the key order-7
TIME  update-product: done (LENGTH)
TIME  somebody: done (LENGTH)
TIME  fails: failed, REJECTED: failed as told (LENGTH)
TIME  what was done is undone, because of fails
TIME  update-product: could not be undone, CHANGED: somebody else changed product prod_mug since our write: it is at version "VERSION", we wrote "VERSION"; compare the two and decide which is to stay (LENGTH)
TIME  failed

state   failed

update-product is not undone (module catalog)
    CHANGED: somebody else changed product prod_mug since our write: it is at version "VERSION", we wrote "VERSION"; compare the two and decide which is to stay
    field    before              ours                now
    title    "Mug"               "Ours"              "Theirs"
    version  "VERSION"  "VERSION"  "VERSION"

go on with
  gantry runs retry ID    asks for each of these undos again
  gantry runs skip ID update-product --note WHY    leaves it as it is
)");
    expect_done({"retry", id});
    ASSERT_TRUE(becomes(id, "failed")) << "it is still changed";
    EXPECT_EQ(runs({"skip", id, "update-product"}).exit_code, 2) << "without a note";
    EXPECT_EQ(expect_done({"skip", id, "update-product", "--note", "theirs is right"}).out,
              id + "  reverted\n");
    const auto story = expect_done({"show", id}).out;
    EXPECT_NE(story.find("update-product: its undo is given up: theirs is right"),
              std::string::npos)
        << story;
    EXPECT_EQ(runs({"retry", id}).exit_code, 1);
}

}  // namespace
}  // namespace gantry::test
