// What an operator asks of runs by the command line: the same with a running host and without.
#include "support/sanitizers.hpp"
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
                      {{"wait", "later"}, {"id", "second"}},
                      {{"step", "echo"}, {"id", "last"}, {"with", "${ .steps.answer }"}}});
        add_workflow(host_, "signs-in",
                     {{{"step", "echo"}, {"with", input}},
                      {{"step", "fails"}, {"with", {{"code", GANTRY_E_AUTH}}}}});
        add_workflow(host_, "refuses", {{{"step", "echo"}, {"with", "${ .input.why | error }"}}});
        // Somebody else changes the product between our write and its undo.
        const json crossed = {
            {"name", "crossed"},
            {"search", {{"product", "${ .input.id }"}}},
            {"steps",
             {{{"step", "update-product"}, {"with", input}},
              {{"call", "product.updateProducts"},
               {"id", "somebody"},
               {"with", {{"id", "${ .input.id }"}, {"data", {{"title", "Theirs"}}}}}},
              {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}}}}};
        write_text(host_.dir() / "workflows/crossed.json", crossed.dump(2));
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

    /// Starts a run; its id. With 5 its end does not come.
    std::string start(const std::string& workflow, int exit_code, const json& input = {{"n", 1}},
                      const Words& more = {}) {
        const std::string wait = exit_code != 5 ? "60s" : kSanitized ? "5s" : "2s";
        Words words = {"run", workflow, "--wait", wait, "--input", input.dump()};
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
    EXPECT_EQ(expect_done({"signal", id, "later", "--id", "s-1"}).out,
              "sent; the run takes it when it comes to wait for it\n");
    EXPECT_EQ(expect_done({"signal", id, "later", "--id", "s-1"}).out,
              "known: it was sent before\n");
    const auto wrong = runs({"signal", id, "g0"});
    EXPECT_EQ(wrong.exit_code, 2);
    EXPECT_NE(wrong.err.find("Did you mean \"go\"?"), std::string::npos) << wrong.err;
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
    EXPECT_EQ(runs({"cancel", "nobody"}).exit_code, 1) << "there is no such run";
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
    expect_done({"supply", second, "fails", "--failure", R"({"message":"it is busy"})"});
    EXPECT_TRUE(becomes(second, "paused")) << "it was tried again";
    expect_done(
        {"supply", second, "fails", "--failure", R"({"message":"no such user"})", "--permanent"});
    EXPECT_TRUE(becomes(second, "reverted")) << expect_done({"show", second}).out;
    EXPECT_NE(expect_done({"show", second}).out.find("no such user"), std::string::npos);
    EXPECT_EQ(runs({"supply", second, "fails", "--response", "1"}).exit_code, 1);
    EXPECT_EQ(runs({"supply", second, "fails"}).exit_code, 2);

    const auto forked = expect_done({"fork", first, "fails"}).out.substr(0, first.size());
    EXPECT_TRUE(becomes(forked, "paused"));
    EXPECT_NE(expect_done({"show", forked}).out.find("forked from run " + first),
              std::string::npos);
}

// Neither a line of their own nor a colour, nor letters in another order.
TEST_P(Operator, cancels_many) {
    const auto first = start("asks", 5);
    const auto second = start("asks", 5);
    const auto other = start("signs-in", 5);
    EXPECT_EQ(runs({"cancel"}).exit_code, 2);
    EXPECT_EQ(runs({"cancel", first, "--workflow", "asks"}).exit_code, 2) << "one or many";
    EXPECT_EQ(runs({"cancel", first, "--dry-run"}).exit_code, 2);
    EXPECT_EQ(runs({"cancel", "--state", "done"}).exit_code, 2) << "they are over";
    EXPECT_EQ(expect_done({"cancel", "--workflow", "none"}).out, "");

    const auto listed = expect_done({"cancel", "--waits-for", "signal", "--dry-run"});
    EXPECT_NE(listed.err.find("2 runs would be cancelled"), std::string::npos) << listed.err;
    EXPECT_NE(listed.out.find(first + "  would be cancelled  asks  signal: go"), std::string::npos)
        << listed.out;
    EXPECT_EQ(show(first).at("state"), "waiting");

    const auto paused = expect_done({"cancel", "--state", "paused", "--since", "2h"});
    EXPECT_EQ(paused.out.find(first), std::string::npos) << paused.out;
    EXPECT_TRUE(becomes(other, "reverted"));
    expect_done({"pause", second});
    const auto done =
        expect_done({"cancel", "--workflow", "asks", "--note", "the season is over"}).out;
    for (const auto& id : {first, second}) {
        EXPECT_NE(done.find(id + "  cancelled  asks"), std::string::npos) << done;
        EXPECT_TRUE(becomes(id, "reverted"));
        EXPECT_NE(expect_done({"show", id}).out.find("the season is over"), std::string::npos);
    }
    EXPECT_EQ(expect_done({"cancel", "--workflow", "asks"}).out, "") << "all are over";
}

TEST_P(Operator, texts_of_a_run_do_not_act_on_the_terminal) {
    const std::string text = "a\x1b[31mb\u202ec\u0085d\nstate   done";
    const std::string told = R"(a\u001b[31mb\u202ec\u0085d\nstate   done)";
    const auto expect_told = [&](const std::string& printed) {
        EXPECT_NE(printed.find(told), std::string::npos) << printed;
        for (const char* raw : {"\x1b", "\u202e", "\u0085", "\nstate   done"}) {
            EXPECT_EQ(printed.find(raw), std::string::npos) << printed;
        }
    };
    const auto run = host_.cli({"run", "refuses", "--input", json{{"why", text}}.dump()});
    EXPECT_EQ(run.exit_code, 3);
    expect_told(run.err);
    expect_told(expect_done({"show"}).out);
    expect_told(runs({"show", text}).err);
    const auto shown = expect_done({"show", "--json"}).out;
    EXPECT_EQ(json::parse(shown).at("input").at("why"), text);
    EXPECT_EQ(shown.find("\u202e"), std::string::npos) << shown;

    const auto id = start("asks", 5);
    expect_done({"pause", id, "--note", text});
    expect_told(expect_done({"show", id}).out);
    expect_done({"cancel", id});
}

// Ids, times and lengths replaced.
std::string fixed(std::string text, const std::string& id) {
    const std::regex times(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d{4})");
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
    EXPECT_EQ(expect_done({"show", "crossed/order-7"}).out, expect_done({"show", id}).out);
    EXPECT_EQ(runs({"show", "crossed/order-8"}).exit_code, 1);
    for (const char* half : {"crossed/", "/order-7", "/"}) {
        EXPECT_EQ(runs({"cancel", half}).exit_code, 2) << half << " may not stand for any run";
    }
    EXPECT_EQ(fixed(expect_done({"show"}).out, id), R"(run RUN of crossed
input   {"id":"prod_mug","title":"Ours"}
fields  product=prod_mug

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
    expect_done({"retry", id, "--note", "once more"});
    ASSERT_TRUE(becomes(id, "failed")) << "it is still changed";
    EXPECT_EQ(runs({"skip", id, "update-product"}).exit_code, 2) << "without a note";
    EXPECT_EQ(expect_done({"skip", id, "update-product", "--note", "theirs is right"}).out,
              id + "  reverted\n");
    EXPECT_EQ(runs({"retry", id}).exit_code, 1);

    // The next morning somebody asks what became of that product.
    EXPECT_EQ(expect_done({"ls", "--field", "product=prod_cup"}).out, "");
    const auto found = expect_done({"ls", "--field", "product=prod_mug"}).out;
    EXPECT_EQ(found.substr(0, id.size() + 10), id + "  reverted") << found;
    EXPECT_EQ(expect_done({"ls", "--field", "product=prod_mug", "--state", "failed"}).out, "");
    if (GetParam()) {
        const auto log = host_.log();
        for (const auto* line : {"\"run accepted\"", "\"run ended\""}) {
            EXPECT_NE(log.find(line), std::string::npos) << log;
        }
        EXPECT_NE(log.find(R"("field.product":"prod_mug")"), std::string::npos) << log;
    }
    const auto unknown = runs({"ls", "--field", "produkt=prod_mug"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_NE(unknown.err.find("Did you mean \"product\"?"), std::string::npos) << unknown.err;
    EXPECT_EQ(runs({"ls", "--field", "prod_mug"}).exit_code, 2);
    const auto failed =
        R"(TIME  update-product: could not be undone, CHANGED: somebody else changed product prod_mug since our write: it is at version "VERSION", we wrote "VERSION"; compare the two and decide which is to stay (LENGTH)";
    const std::string story = std::regex_replace(fixed(expect_done({"show", id}).out, id),
                                                 std::regex("by [^ ]+@[^ :]+"), "by WHO");
    const std::string end = R"(TIME  what was done is undone, because of fails
)" + std::string(failed) + R"()
TIME  failed
TIME  update-product: its undo is asked for again, by WHO: once more
)" + failed + R"(, 2 attempts)
TIME  failed
TIME  update-product: its undo is skipped, by WHO: theirs is right
TIME  reverted, but for update-product: the undo was skipped

state   reverted, but for update-product: the undo was skipped
)";
    EXPECT_NE(story.find(end), std::string::npos) << story;
}

}  // namespace
}  // namespace gantry::test
