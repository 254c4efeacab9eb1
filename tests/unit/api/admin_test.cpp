// The management API.
#include "test_host.hpp"

namespace gantry::host {
namespace {

std::vector<std::string> ids(const Response& list) {
    std::vector<std::string> out;
    const auto body = list.parsed();
    for (const auto& run : body.at("workflow_executions")) out.push_back(run.at("id"));
    return out;
}

std::string start(const TestHost& host, const std::string& workflow, const std::string& does,
                  const std::string& key) {
    const json body = {{"input", {{"do", does}}}, {"transaction_id", key}};
    const auto answer = host.admin("POST", kRuns + "/" + workflow + "/run", body.dump());
    return answer.parsed().at("acknowledgement").at("runId");
}

}  // namespace

TEST(Admin, wants_its_token_before_anything_else_is_looked_at) {
    const TestHost host;
    for (const std::string target :
         {"/admin/modules", "/admin/nowhere", "/%61dmin/modules", "/admin", "/admin/%zz"}) {
        const auto refused = host.send("GET", target);
        EXPECT_EQ(refused.status, 401) << target;
        EXPECT_EQ(refused.parsed(), json({{"type", "unauthorized"}, {"message", "Unauthorized"}}));
        EXPECT_EQ(host.send("GET", target, "", {{"Authorization", "Bearer wrong"}}).status, 401);
    }
    EXPECT_EQ(host.send("POST", kRuns + "/two/run", std::string(2 << 20, ' ')).status, 401);
    EXPECT_EQ(host.admin("GET", "/admin/modules").status, 200);
    EXPECT_EQ(
        host.send("GET", "/admin/modules", "", {{"Authorization", "Basic c2VjcmV0Og=="}}).status,
        200);
    EXPECT_EQ(host.admin("GET", "/admin/nowhere").status, 404);
}

TEST(Admin, is_open_where_the_host_says_so) {
    const TestHost host(std::nullopt);
    EXPECT_EQ(host.send("GET", "/admin/modules").parsed(), json({{"modules", json::array()}}));
}

TEST(Admin, payloads_go_out_as_they_were_written) {
    const TestHost host;
    const std::string exact = R"({"do":"ok","n":12345678901234567890123.10,"w":9007199254740993})";
    const auto started = host.admin("POST", kRuns + "/act/run",
                                    R"({"input":)" + exact + R"(,"transaction_id":"t-exact"})");
    const auto shown = host.admin("GET", kRuns + "/act/t-exact");
    for (const auto* answer : {&started, &shown}) {
        EXPECT_NE(answer->body.find(R"("input":)" + exact), std::string::npos) << answer->body;
        EXPECT_NE(answer->body.find(R"("output":{"done":)" + exact), std::string::npos)
            << answer->body;
    }
}

TEST(Admin, undo_data_that_is_null_is_told_from_none) {
    const TestHost host;
    const auto undo_of = [&](const std::string& input) {
        const auto run =
            host.admin("POST", kRuns + "/act/run", R"({"input":)" + input + "}").parsed().at("run");
        const auto& step = run.at("steps").at(0);
        EXPECT_EQ(step.at("output"), json::parse(input));
        return step.contains("undo") ? step.at("undo").dump() : "none";
    };
    EXPECT_EQ(undo_of(R"({"do":"ok"})"), "none");
    EXPECT_EQ(undo_of(R"({"do":"ok","undo_data":null})"), "null");
    EXPECT_EQ(undo_of(R"({"do":"ok","undo_data":{"a":1}})"), R"({"a":1})");
}

TEST(Admin, a_run_is_acknowledged_and_shown) {
    const TestHost host;
    const auto answer = host.admin("POST", kRuns + "/two/run",
                                   R"({"input":{"do":"ok","n":1},"transaction_id":"t-1"})");
    EXPECT_EQ(answer.status, 200);
    const auto body = answer.parsed();
    const auto& ack = body.at("acknowledgement");
    EXPECT_EQ(ack.at("transactionId"), "t-1");
    EXPECT_EQ(ack.at("workflowId"), "two");
    EXPECT_EQ(ack.at("hasFinished"), true);
    EXPECT_EQ(ack.at("hasFailed"), false);
    EXPECT_EQ(ack.at("state"), "done");
    const auto& run = body.at("run");
    EXPECT_EQ(run.at("id"), ack.at("runId"));
    EXPECT_EQ(run.at("input"), json::parse(R"({"do":"ok","n":1})"));
    EXPECT_EQ(run.at("output"), json::parse(R"({"done":{"do":"ok","n":1}})"));
    EXPECT_EQ(run.at("steps").size(), 2U);
    EXPECT_EQ(run.at("context").at("data").at("payload"), run.at("input"));
    EXPECT_EQ(run.at("context").at("data").at("invoke").at("act"), run.at("input"));
    EXPECT_EQ(run.at("error"), nullptr);
    EXPECT_EQ(run.at("finished_at").get<std::string>().size(), 24U);
    const std::string id = run.at("id");
    for (const auto& target : {kRuns + "/" + id, kRuns + "/two/" + id, kRuns + "/two/t-1"}) {
        EXPECT_EQ(host.admin("GET", target).parsed().at("workflow_execution"), run) << target;
    }
    EXPECT_EQ(host.admin("GET", kRuns + "/nobody").status, 404);
    EXPECT_EQ(host.admin("GET", kRuns + "/act/t-1").status, 404);
}

TEST(Admin, a_run_that_failed_answers_its_error_with_the_acknowledgement) {
    const TestHost host;
    const auto reverted = host.admin("POST", kRuns + "/two/run", R"({"input":{"do":"NOT_FOUND"}})");
    EXPECT_EQ(reverted.status, 404);
    EXPECT_EQ(reverted.parsed().at("type"), "not_found");
    EXPECT_EQ(reverted.parsed().at("step"), "act");
    EXPECT_EQ(reverted.parsed().at("acknowledgement").at("hasFailed"), true);
    EXPECT_EQ(reverted.parsed().at("acknowledgement").at("state"), "reverted");

    const auto failed =
        host.admin("POST", kRuns + "/two/run", R"({"input":{"do":"REJECTED","undo":"CHANGED"}})");
    EXPECT_EQ(failed.status, 500);
    const std::string id = failed.parsed().at("run_id");
    const auto run = host.admin("GET", kRuns + "/" + id).parsed().at("workflow_execution");
    EXPECT_EQ(run.at("state"), "failed");
    EXPECT_EQ(run.at("unreverted"), json({"keep"}));
    ASSERT_EQ(run.at("errors").size(), 2U);
    for (const auto& error : run.at("errors")) {
        const bool undo = error.at("side") == "compensate";
        EXPECT_EQ(error.at("step"), undo ? "keep" : "act");
        EXPECT_EQ(error.at("code"), undo ? "CHANGED" : "REJECTED");
    }
    EXPECT_EQ(run.at("error").at("code"), "REJECTED");
}

TEST(Admin, a_start_is_refused_for_what_it_does_not_know) {
    const TestHost host;
    EXPECT_EQ(host.admin("POST", kRuns + "/tow/run", "{}").status, 404);
    EXPECT_EQ(host.admin("POST", kRuns + "/two/run", R"({"inputs":{}})").status, 400);
    EXPECT_EQ(host.admin("POST", kRuns + "/two/run", R"({"transaction_id":5})").status, 400);
    EXPECT_EQ(host.admin("POST", kRuns + "/two/run", "[]").status, 400);
    EXPECT_EQ(host.admin("POST", kRuns + "/strict/run", "{}").status, 400);
    EXPECT_EQ(host.store->count({}), 0);
}

TEST(Admin, a_run_under_way_is_a_202) {
    const TestHost host;
    const auto answer = host.admin("POST", kRuns + "/two/run", R"({"input":{"do":"hang"}})",
                                   {{"Prefer", "wait=0"}});
    EXPECT_EQ(answer.status, 202);
    const auto ack = answer.parsed().at("acknowledgement");
    EXPECT_EQ(ack.at("hasFinished"), false);
    EXPECT_EQ(answer.headers.at("location"), "/runs/" + ack.at("runId").get<std::string>());
}

TEST(Admin, a_paused_run_can_be_resumed_and_no_other) {
    TestHost host;
    const auto paused = start(host, "two", "AUTH", "t-1");
    const auto resumed = host.admin("POST", kRuns + "/two/t-1/resume");
    EXPECT_EQ(resumed.status, 200);
    EXPECT_EQ(resumed.parsed().at("workflow_execution").at("id"), paused);
    host.wait_for(paused);  // pauses again
    const auto done = start(host, "two", "ok", "t-2");
    EXPECT_EQ(host.admin("POST", kRuns + "/two/" + done + "/resume").status, 400);
    EXPECT_EQ(host.admin("POST", kRuns + "/two/nobody/resume").status, 404);
}

TEST(Admin, lists_the_newest_first_in_pages) {
    const TestHost host;
    std::vector<std::string> newest_first;
    for (int i = 0; i < 5; ++i) {
        newest_first.insert(newest_first.begin(),
                            start(host, "two", "ok", "t-" + std::to_string(i)));
    }
    const auto all = host.admin("GET", kRuns);
    EXPECT_EQ(ids(all), newest_first);
    EXPECT_EQ(all.parsed().at("count"), 5);
    EXPECT_EQ(all.parsed().at("limit"), 100);
    const auto page = host.admin("GET", kRuns + "?limit=2&offset=2");
    EXPECT_EQ(ids(page), (std::vector{newest_first[2], newest_first[3]}));
    EXPECT_EQ(page.parsed().at("count"), 5);
    EXPECT_EQ(page.parsed().at("offset"), 2);
}

TEST(Admin, lists_what_the_filters_leave) {
    const TestHost host;
    const auto done = start(host, "two", "ok", "order-1");
    const auto reverted = start(host, "two", "REJECTED", "order-10");
    const auto paused = start(host, "act", "AUTH", "order-1");
    const auto list = [&](const std::string& query) {
        return ids(host.admin("GET", kRuns + "?" + query));
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(list("workflow_id=act"), Ids{paused});
    EXPECT_EQ(list("state=done"), Ids{done});
    EXPECT_EQ(list("state=done,reverted"), (Ids{reverted, done}));
    EXPECT_EQ(list("state=done&state=paused"), (Ids{paused, done}));
    EXPECT_EQ(list("q=order-10"), Ids{reverted});
    EXPECT_EQ(list("transaction_id=order-1"), (Ids{paused, done}));
    EXPECT_EQ(list("transaction_id=" + done), Ids{done});
    EXPECT_EQ(list("transaction_id=order-1&limit=1&offset=1"), Ids{done});
    EXPECT_EQ(list("transaction_id=order"), Ids{});
    EXPECT_EQ(list("id_end=" + done.substr(26)), Ids{done});
    EXPECT_EQ(list("since=2020-01-01").size(), 3U);
    EXPECT_EQ(list("created_at%5B$gte%5D=2999-01-01T00:00:00Z"), Ids{});
    EXPECT_EQ(list("fields=id,state&order=-created_at").size(), 3U);
    EXPECT_EQ(list("waits_for=configuration"), Ids{paused});
    EXPECT_EQ(list("waits_for=config:"), Ids{});
    EXPECT_EQ(list("needs_person=true"), Ids{paused});
    EXPECT_EQ(host.admin("GET", kRuns + "?needs_person=yes").status, 400);
    EXPECT_EQ(host.admin("GET", kRuns + "?needs_person=true&state=done").status, 400);
    EXPECT_EQ(host.admin("GET", kRuns + "?state=reverting").status, 400);
    EXPECT_EQ(host.admin("GET", kRuns + "?limit=1001").status, 400);
    EXPECT_EQ(host.admin("GET", kRuns + "?workflow=act").status, 400);
}

TEST(Admin, finds_runs_by_a_field_that_their_workflow_declares_and_refuses_another) {
    const TestHost host;
    const auto begin = [&](const std::string& input) {
        const auto answer = host.admin("POST", kRuns + "/asks/run", R"({"input":)" + input + "}",
                                       {{"Prefer", "wait=0"}});
        EXPECT_EQ(answer.status, 202) << answer.body;
        return answer.parsed().at("acknowledgement").at("runId").get<std::string>();
    };
    const auto list = [&](const std::string& query) {
        return ids(host.admin("GET", kRuns + "?" + query));
    };
    using Ids = std::vector<std::string>;
    std::string text;
    for (int i = 0; i < 250; ++i) text += "x";
    const auto seven = begin(R"({"order":7})");
    const auto other = begin(R"({"order":")" + text + R"("})");
    EXPECT_EQ(list("field.order=7"), Ids{seven});
    EXPECT_EQ(list("field.order=" + text), Ids{other}) << "both are cut";
    EXPECT_EQ(list("field.order=7&field.order=8"), Ids{});
    EXPECT_EQ(list("field.order=7&workflow_id=asks&state=done"), Ids{});
    EXPECT_EQ(host.admin("GET", kRuns + "/" + seven)
                  .parsed()
                  .at("workflow_execution")
                  .at("fields")
                  .dump(),
              R"({"order":"7"})");
    const auto refused = [&](const std::string& query, const std::string& said) {
        const auto answer = host.admin("GET", kRuns + "?" + query);
        EXPECT_EQ(answer.status, 400) << answer.body;
        EXPECT_NE(answer.parsed().at("message").get<std::string>().find(said), std::string::npos)
            << answer.body;
    };
    refused("field.ordr=7", R"(Did you mean "order"?)");
    refused("field.product=7", "Known: order.");
    refused("field.order=7&workflow_id=two", "There is none.");
    std::string many = "limit=1";
    for (int i = 0; i < 9; ++i) many += "&field.order=7";
    refused(many, "at most 8 fields");
}

TEST(Admin, shows_the_workflows_with_their_steps) {
    const TestHost host;
    const auto workflows = host.admin("GET", "/admin/workflows").parsed().at("workflows");
    ASSERT_EQ(workflows.size(), 5U);
    const auto& two = workflows[4];
    EXPECT_EQ(two.at("name"), "two");
    EXPECT_EQ(two.at("hash").get<std::string>().size(), 64U);
    EXPECT_EQ(two.at("definition").at("name"), "two");
    EXPECT_EQ(two.at("steps")[0],
              json({{"id", "keep"}, {"step", "keep"}, {"module", "fake"}, {"compensable", true}}));
}

TEST(Admin, a_service_nobody_provides_is_404) {
    const TestHost host;
    const auto answer = host.admin("POST", "/admin/services/erp/describe", "{}");
    EXPECT_EQ(answer.status, 404);
    EXPECT_NE(answer.body.find("erp"), std::string::npos);
}

}  // namespace gantry::host
