// What is asked of a run over HTTP: every verb, and what each refuses.
#include "test_host.hpp"

#include "support/until.hpp"

namespace gantry::host {
namespace {

struct ControlHost : TestHost {
    using TestHost::TestHost;

    /// Starts a run with this input; its id, once it stands or is over.
    std::string start(const std::string& workflow, const json& input, const std::string& key = {}) {
        json body = {{"input", input}};
        if (!key.empty()) body["transaction_id"] = key;
        const auto answer = admin("POST", kRuns + "/" + workflow + "/run", body.dump());
        return answer.parsed().at("acknowledgement").at("runId");
    }

    std::string start_hanging() {
        const auto answer =
            admin("POST", kRuns + "/two/run", R"({"input":{"do":"hang"}})", {{"Prefer", "wait=0"}});
        steps.wait_until_hanging(1);
        return answer.parsed().at("acknowledgement").at("runId");
    }

    std::string start_asking(const std::string& key = {}, const std::string& what = "asks") {
        json body = {{"input", {{"do", "ok"}}}};
        if (!key.empty()) body["transaction_id"] = key;
        const auto answer =
            admin("POST", kRuns + "/" + what + "/run", body.dump(), {{"Prefer", "wait=0"}});
        const std::string id = answer.parsed().at("acknowledgement").at("runId");
        until(id, "waiting");
        return id;
    }

    std::string start_failing() { return start("two", {{"do", "REJECTED"}, {"undo", "CHANGED"}}); }

    Response ask(const std::string& workflow, const std::string& run, const std::string& verb,
                 const json& body = json::object()) const {
        return admin("POST", kRuns + "/" + workflow + "/" + run + "/" + verb, body.dump());
    }

    json run(const std::string& id) const {
        return admin("GET", kRuns + "/" + id).parsed().at("workflow_execution");
    }

    std::string state(const std::string& id) const { return run(id).at("state"); }

    /// A run that waits gives no signal: its row is asked.
    void until(const std::string& id, const std::string& wanted) const {
        ASSERT_TRUE(test::until([&] { return state(id) == wanted; })) << state(id);
    }
};

void expect_refused(const Response& answer, const std::string& said) {
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_NE(answer.parsed().at("message").get<std::string>().find(said), std::string::npos)
        << answer.body;
}

std::vector<std::string> kinds(const json& run) {
    std::vector<std::string> out;
    for (const auto& event : run.at("events")) out.push_back(event.at("kind"));
    return out;
}

}  // namespace

TEST(Control, a_run_under_way_can_be_cancelled_once) {
    ControlHost host;
    const auto id = host.start_hanging();
    const auto cancelled = host.ask("two", id, "cancel");
    EXPECT_EQ(cancelled.status, 200);
    EXPECT_EQ(cancelled.parsed().at("workflow_execution").at("wanted"), "cancel");
    host.steps.release();
    host.wait_for(id);
    const auto run = host.run(id);
    EXPECT_EQ(run.at("state"), "reverted");
    EXPECT_EQ(run.at("error").at("code"), "CANCELLED");
    const auto again = host.ask("two", id, "cancel");
    expect_refused(again, "run " + id + " is reverted");
    EXPECT_EQ(again.parsed().at("type"), "not_allowed");
}

TEST(Control, a_run_can_be_paused_and_resumed) {
    ControlHost host;
    const auto id = host.start_asking();
    EXPECT_EQ(host.ask("asks", id, "pause").status, 200);
    EXPECT_EQ(host.run(id).at("waits_for"), "person: paused");
    EXPECT_EQ(kinds(host.run(id)), (std::vector<std::string>{"waits", "asked", "paused"}));
    expect_refused(host.ask("asks", id, "pause"), "paused (person: paused)");
    EXPECT_EQ(host.ask("asks", id, "resume").status, 200);
    host.until(id, "waiting");
    expect_refused(host.ask("asks", id, "resume"), "waiting (signal: go)");
}

TEST(Control, a_failed_undo_can_be_asked_for_again) {
    ControlHost host;
    const auto id = host.start_failing();
    EXPECT_EQ(host.ask("two", id, "retry").status, 200);
    host.wait_for(id);
    EXPECT_EQ(host.state(id), "failed") << "nothing was mended";
    host.steps.mend();
    EXPECT_EQ(host.ask("two", id, "retry").status, 200);
    host.wait_for(id);
    EXPECT_EQ(host.state(id), "reverted");
    expect_refused(host.ask("two", id, "retry"), "only a failed run");
}

TEST(Control, a_failed_undo_can_be_given_up_with_a_note) {
    ControlHost host;
    const auto id = host.start_failing();
    expect_refused(host.ask("two", id, "skip", {{"step", "keep"}}), "note");
    expect_refused(host.ask("two", id, "skip", {{"step", "act"}, {"note", "x"}}), "failed undo");
    EXPECT_EQ(host.state(id), "failed");
    const auto skipped = host.ask("two", id, "skip", {{"step", "keep"}, {"note", "it is right"}});
    EXPECT_EQ(skipped.status, 200);
    const auto run = skipped.parsed().at("workflow_execution");
    EXPECT_EQ(run.at("state"), "reverted");
    const json told = {{"step", "keep"}, {"note", "it is right"}, {"by", "token admin, 127.0.0.1"}};
    EXPECT_EQ(run.at("events").back().at("detail"), told);
    EXPECT_EQ(run.at("skipped"), json::array({told}));
    const auto answer = host.send("GET", "/runs/" + id).parsed();
    EXPECT_EQ(answer.at("skipped"), json::parse(R"([{"step": "keep", "note": "it is right"}])"))
        << answer;
}

TEST(Control, a_failed_undo_can_be_answered_as_done_by_whoever_did_it) {
    ControlHost host;
    const auto id = host.start_failing();
    const auto answer = [&](const json& more) {
        json body = {{"transaction_id", id}, {"step_id", "keep"}, {"response", nullptr}};
        body.update(more);
        return host.admin("POST", kRuns + "/two/steps/success", body.dump());
    };
    expect_refused(answer({{"action", "undo"}}), R"(or "compensate")");
    expect_refused(answer(json::object()), "no step of that id waits");
    EXPECT_EQ(host.state(id), "failed");
    EXPECT_EQ(answer({{"action", "compensate"}, {"note", "by hand"}}).status, 200);
    EXPECT_EQ(host.state(id), "reverted");
    const auto told = host.run(id).at("events").back().at("detail");
    EXPECT_EQ(told.at("note"), "by hand");
    EXPECT_EQ(told.at("side"), "compensate");
    expect_refused(answer({{"action", "compensate"}}), "no undo of a step of that id waits");
}

TEST(Control, who_asks_and_why_is_told_and_is_not_longer_than_it_may_be) {
    ControlHost host;
    const auto id = host.start_asking("", "asks-twice");
    const auto long_text = [](std::size_t characters) {
        std::string text;
        for (std::size_t i = 0; i < characters; ++i) text += "ä";
        return text;
    };
    expect_refused(host.ask("asks-twice", id, "pause", {{"by", long_text(101)}}),
                   "by: found more than");
    expect_refused(host.ask("asks-twice", id, "pause", {{"note", long_text(1001)}}), "note: found");
    expect_refused(host.ask("asks-twice", id, "pause", {{"by", 5}}), "by: found");
    const json asked = {{"by", long_text(100)}, {"note", long_text(1000)}};
    EXPECT_EQ(host.ask("asks-twice", id, "pause", asked).status, 200);
    auto told = host.run(id).at("events").at(1).at("detail");
    EXPECT_EQ(told.at("by"), asked.at("by"));
    EXPECT_EQ(told.at("note"), asked.at("note"));
    EXPECT_EQ(host.ask("asks-twice", id, "resume").status, 200);
    host.until(id, "waiting");
    EXPECT_EQ(host.ask("asks-twice", id, "signals", {{"name", "other"}, {"by", "Ada"}}).status,
              200);
    EXPECT_EQ(host.ask("asks-twice", id, "cancel", {{"note", "enough"}}).status, 200);
    host.wait_for(id);
    std::vector<std::string> who;
    const auto run = host.run(id);
    for (const auto& event : run.at("events")) {
        if (event.at("detail").contains("by")) {
            who.push_back(event.at("kind").get<std::string>() + " " +
                          event.at("detail").at("by").get<std::string>());
        }
    }
    EXPECT_EQ(who,
              (std::vector<std::string>{"asked " + long_text(100), "resumed token admin, 127.0.0.1",
                                        "sent Ada", "asked token admin, 127.0.0.1"}));
}

TEST(Control, a_fork_is_a_new_run_that_says_where_it_came_from) {
    ControlHost host;
    const auto id = host.start("two", {{"do", "ok"}}, "key-1");
    const auto forked = host.ask("two", id, "fork", {{"step", "act"}});
    EXPECT_EQ(forked.status, 201);
    const auto run = forked.parsed().at("workflow_execution");
    EXPECT_NE(run.at("id"), id);
    EXPECT_EQ(run.at("forked_from"), id);
    host.wait_for(run.at("id"));
    EXPECT_EQ(host.state(run.at("id")), "done");
    EXPECT_EQ(host.steps.calls(), 3) << "the first step is taken from the other run";
    EXPECT_EQ(host.ask("two", id, "fork", {{"step", "none"}}).status, 400);
    EXPECT_EQ(host.ask("two", id, "fork").status, 400);
    EXPECT_EQ(host.store->count({}), 2);
}

TEST(Control, a_signal_is_taken_once) {
    ControlHost host;
    const auto id = host.start_asking("", "asks-twice");
    EXPECT_EQ(host.run(id).at("waits_for"), "signal: go");
    EXPECT_EQ(host.run(id).at("state"), "waiting");
    const json other = {{"name", "other"}, {"id", "s-1"}};
    EXPECT_EQ(host.ask("asks-twice", id, "signals", other).parsed(),
              json({{"known", false}, {"awaited", false}}));
    EXPECT_EQ(host.ask("asks-twice", id, "signals", other).parsed(),
              json({{"known", true}, {"awaited", false}}));
    expect_refused(host.ask("asks-twice", id, "signals", {{"name", "g0"}}), "Did you mean");
    const auto sent = host.admin("POST", kRuns + "/asks-twice/" + id + "/signals",
                                 R"({"name":"go","payload":{"n":12345678901234567890.50}})");
    EXPECT_EQ(sent.status, 200);
    EXPECT_EQ(sent.parsed().at("awaited"), true);
    host.wait_for(id);
    EXPECT_EQ(host.state(id), "done");
    EXPECT_EQ(host.send("GET", "/runs/" + id).body, R"({"n":12345678901234567890.50})");
    expect_refused(host.ask("asks-twice", id, "signals", {{"name", "go"}}), "is done");
}

TEST(Control, a_step_is_answered_from_outside_in_the_shape_of_medusa) {
    ControlHost host;
    const auto id = host.start("two", {{"do", "AUTH"}}, "key-1");
    const auto answer = [&](const std::string& end, const json& body) {
        return host.admin("POST", kRuns + "/two/steps/" + end, body.dump());
    };
    const json good = {{"transaction_id", "key-1"}, {"step_id", "act"}, {"response", {{"n", 1}}}};
    const auto done = answer("success", good);
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.parsed(), json({{"success", true}}));
    host.wait_for(id);
    EXPECT_EQ(host.run(id).at("output"), json::parse(R"({"done":{"n":1}})"));
    expect_refused(answer("success", good), "no step of that id waits for an answer");

    const auto failing = host.start("two", {{"do", "AUTH"}}, "key-2");
    const json bad = {{"transaction_id", "key-2"},
                      {"step_id", "act"},
                      {"force_permanent_failure", true},
                      {"response", {{"message", "no stock"}, {"left", 0}}}};
    EXPECT_EQ(answer("failure", bad).status, 200);
    host.wait_for(failing);
    const auto run = host.run(failing);
    EXPECT_EQ(run.at("state"), "reverted");
    EXPECT_EQ(run.at("error").at("code"), "REJECTED");
    EXPECT_EQ(run.at("error").at("message"), "step act was answered as failed: no stock");
    EXPECT_EQ(run.at("error").at("details"), bad.at("response"));
}

TEST(Control, an_answer_to_a_step_under_way_counts_and_its_own_does_not) {
    ControlHost host;
    const auto id = host.start_hanging();
    const json body = {{"transaction_id", id}, {"step_id", "act"}, {"response", "from outside"}};
    EXPECT_EQ(host.admin("POST", kRuns + "/two/steps/success", body.dump()).status, 200);
    host.wait_for(id);
    EXPECT_EQ(host.run(id).at("output"), json::parse(R"({"done":"from outside"})"));
}

TEST(Control, answers_to_steps_are_checked) {
    ControlHost host;
    host.start("two", {{"do", "AUTH"}}, "key-1");
    const auto send = [&](const json& body) {
        return host.admin("POST", kRuns + "/two/steps/success", body.dump());
    };
    json good = {{"transaction_id", "key-1"}, {"step_id", "act"}};
    const auto with = [&](const std::string& name, const json& value) {
        json body = good;
        body[name] = value;
        return body;
    };
    expect_refused(send(with("stepid", "act")), "Did you mean \"step_id\"");
    expect_refused(send(with("action", "undo")), "action");
    expect_refused(send(with("step_id", 5)), "step_id: found a number (5)");
    expect_refused(send({{"step_id", "act"}}), "transaction_id is missing");
    expect_refused(send(with("step_id", "nothing")), "no step of that id");
    EXPECT_EQ(send(with("transaction_id", "nobody")).status, 404);
    EXPECT_EQ(host.state(host.store->runs({}).at(0).id), "paused");
}

TEST(Control, paused_runs_are_resumed_together) {
    ControlHost host;
    const auto first = host.start("two", {{"do", "AUTH"}});
    const auto second = host.start("act", {{"do", "CONFIG"}});
    const auto asking = host.start_asking();
    ASSERT_EQ(host.ask("asks", asking, "pause").status, 200);
    const auto resume = [&](const json& body) {
        return host.admin("POST", kRuns + "/resume", body.dump());
    };
    const auto listed = resume({{"waits_for", "configuration"}, {"dry_run", true}}).parsed();
    EXPECT_EQ(listed.at("count"), 2);
    EXPECT_EQ(listed.at("resumed"), 0);
    EXPECT_EQ(listed.at("runs")[0].at("run_id"), second);
    EXPECT_EQ(listed.at("runs")[1].at("run_id"), first);
    EXPECT_EQ(host.state(first), "paused");
    host.steps.mend();
    const auto resumed = resume({{"waits_for", "configuration"}}).parsed();
    EXPECT_EQ(resumed.at("resumed"), 2);
    for (const auto& id : {first, second}) {
        host.wait_for(id);
        EXPECT_EQ(host.state(id), "done");
    }
    EXPECT_EQ(host.state(asking), "paused") << "it was paused for another reason";
    EXPECT_EQ(resume({{"waits_for", "configuration"}}).parsed().at("count"), 0);
    expect_refused(resume(json::object()), "waits_for is missing");
    expect_refused(resume({{"waits_for", ""}}), "waits_for");
    expect_refused(resume({{"waits_for", "x"}, {"dry_run", 1}}), "dry_run");
}

TEST(Control, bodies_are_checked_and_runs_must_be_there) {
    ControlHost host;
    const auto id = host.start("two", {{"do", "AUTH"}});
    for (const std::string verb :
         {"cancel", "pause", "resume", "retry", "skip", "fork", "signals"}) {
        expect_refused(host.ask("two", id, verb, {{"stepp", "act"}}), "stepp");
        EXPECT_EQ(host.ask("two", id, verb, json::array()).status, 400) << verb;
        EXPECT_EQ(host.ask("two", "nobody", verb).status, 404) << verb;
        EXPECT_EQ(host.ask("act", id, verb).status, 404) << verb << " of another workflow";
        EXPECT_EQ(host.send("POST", kRuns + "/two/" + id + "/" + verb).status, 401) << verb;
        EXPECT_EQ(host.admin("GET", kRuns + "/two/" + id + "/" + verb).status, 405) << verb;
    }
    EXPECT_EQ(host.state(id), "paused");
    const json long_id = {{"name", "go"}, {"id", std::string(200, 'x')}};
    expect_refused(host.ask("two", id, "signals", long_id), "200 bytes");
}

}  // namespace gantry::host
