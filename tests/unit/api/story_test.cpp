// A run as people read it: whole texts, with fixed times in UTC.
#include "api/cli/story.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace gantry::host {
namespace {

std::string at(const std::string& time) { return "2024-05-01T" + time + "Z"; }

json step(const std::string& id, const std::string& side, const std::string& status,
          const std::string& from, const std::string& to) {
    return {{"id", id},
            {"module", "catalog"},
            {"name", id},
            {"side", side},
            {"status", status},
            {"attempts", 1},
            {"started_at", at(from)},
            {"finished_at", to.empty() ? json() : json(at(to))},
            {"wake_at", nullptr},
            {"output", nullptr},
            {"undo", nullptr},
            {"error", nullptr}};
}

json event(const std::string& time, const std::string& kind, const json& detail) {
    return {{"at", at(time)}, {"kind", kind}, {"detail", detail}};
}

json error(const std::string& code, const std::string& message) {
    return {{"code", code}, {"message", message}};
}

json run(const std::string& state) {
    return {{"run_id", "01a2-run"},   {"transaction_id", "order-7"},
            {"workflow_id", "sync"},  {"state", state},
            {"wanted", "run"},        {"created_at", at("22:00:00.000")},
            {"finished_at", nullptr}, {"deadline_at", nullptr},
            {"waits_for", nullptr},   {"forked_from", nullptr},
            {"input", {{"id", 7}}},   {"output", nullptr},
            {"error", nullptr},       {"unreverted", json::array()},
            {"steps", json::array()}, {"events", json::array()}};
}

class Story : public testing::Test {
protected:
    void SetUp() override {
        ::setenv("TZ", "UTC", 1);  // NOLINT: no other thread runs
        ::tzset();
    }
};

json failed_run() {
    auto one = run("failed");
    one["finished_at"] = at("22:00:09.000");
    auto product = step("update-product", "invoke", "done", "22:00:00.000", "22:00:00.012");
    product["undo"] = {{"id", "p"},
                       {"exists", true},
                       {"version", "v1"},
                       {"state", {{"product", {{{"id", "p"}, {"title", "Mug"}, {"weight", 1}}}}}}};
    product["output"] = {{"id", "p"}, {"title", "Mug two"}, {"weight", 1}, {"version", "v2"}};
    auto undo = step("update-product", "compensate", "failed", "22:00:08.000", "22:00:09.000");
    undo["error"] = error("CHANGED", "somebody else changed product p");
    undo["error"]["details"] = {{"before", "v1"}, {"ours", "v2"}, {"now", "v3"}};
    auto erp = step("update-erp", "invoke", "failed", "22:00:00.012", "22:00:08.000");
    erp["attempts"] = 2;
    erp["error"] = error("REJECTED", "too long");
    one["steps"] = {product, undo, erp};
    one["unreverted"] = {"update-product"};
    one["events"] = {event("22:00:01.000", "retry",
                           {{"step", "update-erp"},
                            {"side", "invoke"},
                            {"attempt", 2},
                            {"in_ms", 1500},
                            {"error", error("UNAVAILABLE", "no answer")}}),
                     event("22:00:05.000", "taken_up", {{"crashes", 1}}),
                     event("22:00:08.000", "reverting",
                           {{"cause", {{"step", "update-erp"}, {"code", "REJECTED"}}}})};
    return one;
}

}  // namespace

TEST_F(Story, of_a_run_that_a_person_must_end) {
    EXPECT_EQ(story_of(failed_run()), R"(run 01a2-run of sync
input   {"id":7}

2024-05-01 22:00:00.000 +0000  accepted with the key order-7
2024-05-01 22:00:00.012 +0000  update-product: done (12 ms)
2024-05-01 22:00:01.000 +0000  update-erp: did not succeed, UNAVAILABLE: no answer; attempt 2 in 1.5 s
2024-05-01 22:00:05.000 +0000  taken up after a crash of the host (1 in a row)
2024-05-01 22:00:08.000 +0000  update-erp: failed, REJECTED: too long (7.9 s, 2 attempts)
2024-05-01 22:00:08.000 +0000  what was done is undone, because of update-erp
2024-05-01 22:00:09.000 +0000  update-product: could not be undone, CHANGED: somebody else changed product p (1.0 s)
2024-05-01 22:00:09.000 +0000  failed

state   failed

update-product is not undone (module catalog)
    CHANGED: somebody else changed product p
    field    before  ours       now
    title    "Mug"   "Mug two"  ?
    version  "v1"    "v2"       "v3"

go on with
  gantry runs retry 01a2-run    asks for each of these undos again
  gantry runs skip 01a2-run update-product --note WHY    leaves it as it is
)");
}

TEST_F(Story, shows_what_is_there_now_where_the_undo_says_it) {
    auto one = failed_run();
    one["steps"][1]["error"]["details"]["now"] = {
        {"id", "p"},
        {"exists", true},
        {"version", "v3"},
        {"state", {{"data", {{"id", "p"}, {"title", "Cup"}}}}}};
    EXPECT_NE(advice_on(one).find(R"(
    field    before  ours       now
    title    "Mug"   "Mug two"  "Cup"
    version  "v1"    "v2"       "v3"
    weight   1       1          -
)"),
              std::string::npos)
        << advice_on(one);
}

TEST_F(Story, of_what_did_not_stand_there_before) {
    auto one = failed_run();
    one["steps"][0]["undo"] = {{"id", "p"}, {"exists", false}, {"state", nullptr}};
    EXPECT_NE(advice_on(one).find("    title    -       \"Mug two\"  ?\n"), std::string::npos)
        << advice_on(one);
}

TEST_F(Story, of_what_stood_there_in_the_words_of_another_system) {
    auto one = failed_run();
    one["steps"][0]["undo"] = {{"id", "p"},
                               {"exists", true},
                               {"version", "v1"},
                               {"state", {{"key", "7"}, {"values", {{"Name", "Mug"}}}}}};
    EXPECT_NE(advice_on(one).find("    title    ?       \"Mug two\"  ?\n"), std::string::npos)
        << advice_on(one);
}

TEST_F(Story, of_a_paused_run_says_how_it_goes_on) {
    auto one = run("paused");
    one["waits_for"] = "configuration: step act: AUTH, no token";
    one["steps"] = {step("act", "invoke", "started", "22:00:00.000", "")};
    one["events"] = {event("22:00:01.000", "paused", {{"reason", one["waits_for"]}})};
    EXPECT_EQ(story_of(one), R"(run 01a2-run of sync
input   {"id":7}

2024-05-01 22:00:00.000 +0000  accepted with the key order-7
2024-05-01 22:00:00.000 +0000  act: is under way
2024-05-01 22:00:01.000 +0000  paused, configuration: step act: AUTH, no token

state   paused
waits   for configuration: step act: AUTH, no token

go on with
  gantry runs resume 01a2-run
  gantry runs supply 01a2-run act --response JSON
  gantry runs cancel 01a2-run
)");
}

TEST_F(Story, of_a_run_that_waits_for_a_signal_and_has_a_deadline) {
    auto one = run("waiting");
    one["forked_from"] = "other-run";
    one["deadline_at"] = at("23:00:00.000");
    one["waits_for"] = "signal: order approved";
    auto waits = step("approval", "invoke", "started", "22:00:00.100", "");
    waits["module"] = "";
    waits["name"] = "wait";
    waits["wake_at"] = at("22:30:00.000");
    one["steps"] = {waits};
    one["events"] = {event("22:00:00.100", "waits", {{"for", one["waits_for"]}})};
    EXPECT_EQ(story_of(one), R"(run 01a2-run of sync
input   {"id":7}

2024-05-01 22:00:00.000 +0000  accepted with the key order-7, forked from run other-run
2024-05-01 22:00:00.100 +0000  approval (wait): waits until 2024-05-01 22:30:00.000 +0000
2024-05-01 22:00:00.100 +0000  waits for signal: order approved

state   waiting
due by  2024-05-01 23:00:00.000 +0000
waits   for signal: order approved

go on with
  gantry runs signal 01a2-run 'order approved' --payload JSON
  gantry runs cancel 01a2-run
)");
}

TEST_F(Story, tells_what_people_did) {
    auto one = run("reverted");
    one["finished_at"] = at("22:00:06.000");
    one["fields"] = {{"order", "7"}, {"product", "mug"}};
    const json skipped = {{"step", "a"}, {"note", "it is right"}, {"by", "ada@desk"}};
    one["skipped"] = {skipped};
    auto undo = step("a", "compensate", "skipped", "22:00:04.000", "22:00:04.500");
    one["steps"] = {undo};
    one["events"] = {
        event("22:00:00.500", "asked", {{"for", "cancel"}, {"by", "ada@desk"}}),
        event("22:00:03.500", "undo_failed",
              {{"step", "a"}, {"attempts", 2}, {"ms", 1500}, {"error", error("CHANGED", "no")}}),
        event("22:00:03.500", "ended", {{"state", "failed"}}),
        event("22:00:00.700", "sent", {{"name", "go"}, {"by", "bob@desk"}, {"note", "now"}}),
        event("22:00:01.000", "signal", {{"step", "a"}, {"name", "go"}, {"id", "1"}}),
        event("22:00:02.000", "supplied", {{"step", "b"}, {"failed", true}}),
        event("22:00:03.000", "reverting", {{"cause", {{"code", "CANCELLED"}, {"message", "so"}}}}),
        event("22:00:04.000", "retried", {{"step", "a"}}),
        event("22:00:05.000", "skipped", skipped),
        event("22:00:06.000", "unheard-of", {{"x", 1}})};
    const auto story = story_of(one);
    for (const auto* line :
         {"01.000 +0000  a: got the signal go\n",
          "02.000 +0000  b: answered from outside, as failed\n",
          "03.000 +0000  what was done is undone, because of CANCELLED: so\n",
          "04.000 +0000  a: its undo is asked for again\n",
          "00.500 +0000  is to cancel, by ada@desk\n",
          "00.700 +0000  the signal go was sent, by bob@desk: now\n",
          "03.500 +0000  a: could not be undone, CHANGED: no (1.5 s, 2 attempts)\n",
          "03.500 +0000  failed\n",
          "05.000 +0000  a: its undo is skipped, by ada@desk: it is right\n",
          "06.000 +0000  reverted, but for a: the undo was skipped\n",
          "\nstate   reverted, but for a: the undo was skipped\n",
          "\nfields  order=7, product=mug\n", "06.000 +0000  unheard-of {\"x\":1}\n"}) {
        EXPECT_NE(story.find(line), std::string::npos) << line << story;
    }
    EXPECT_EQ(story.find("go on with"), std::string::npos);
    EXPECT_EQ(story.find("04.500"), std::string::npos) << "the row says no more than the event";
}

TEST_F(Story, of_a_failed_run_tells_each_thing_once_by_its_events) {
    auto one = failed_run();
    const auto before = story_of(one);
    one["events"].push_back(
        event("22:00:09.000", "undo_failed",
              {{"step", "update-product"},
               {"attempts", 1},
               {"ms", 1000},
               {"error", error("CHANGED", "somebody else changed product p")}}));
    one["events"].push_back(event("22:00:09.000", "ended", {{"state", "failed"}}));
    EXPECT_EQ(story_of(one), before);
    // It is retried: what was told stays.
    one["state"] = "compensating";
    one["finished_at"] = nullptr;
    one["steps"][1] = step("update-product", "compensate", "started", "22:00:10.000", "");
    const auto after = story_of(one);
    EXPECT_NE(after.find("09.000 +0000  update-product: could not be undone, CHANGED"),
              std::string::npos);
    EXPECT_NE(after.find("09.000 +0000  failed\n"), std::string::npos);
    EXPECT_NE(after.find("10.000 +0000  update-product: is being undone\n"), std::string::npos)
        << after;
}

}  // namespace gantry::host
