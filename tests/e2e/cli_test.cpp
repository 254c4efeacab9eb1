// The command line says the same whether a host runs or not, and keeps its outputs apart.
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace gantry::test {
namespace {

using Words = std::vector<std::string>;

void create_mug(HostProcess& host) {
    const json input = {{"products", {{{"id", "prod_mug"}, {"title", "Mug"}}}}};
    ASSERT_EQ(host.cli({"call", "product", "createProducts", "-i", input.dump()}).exit_code, 0);
}

CliResult run_update(HostProcess& host, const std::string& title) {
    const json input = {{"id", "prod_mug"}, {"title", title}};
    return host.cli({"run", "update-product-and-erp", "-i", input.dump()});
}

TEST(CommandLine, every_command_explains_itself) {
    HostProcess host(shop_config());
    const std::vector<Words> commands = {{},
                                         {"serve"},
                                         {"run"},
                                         {"call"},
                                         {"config"},
                                         {"modules"},
                                         {"workflows"},
                                         {"runs"},
                                         {"runs", "ls"},
                                         {"runs", "show"},
                                         {"runs", "cancel"},
                                         {"runs", "pause"},
                                         {"runs", "resume"},
                                         {"runs", "retry"},
                                         {"runs", "skip"},
                                         {"runs", "fork"},
                                         {"runs", "signal"},
                                         {"runs", "supply"},
                                         {"config", "check"},
                                         {"new"},
                                         {"new", "plugin"}};
    for (auto words : commands) {
        words.emplace_back("--help");
        const auto help = host.cli(words);
        EXPECT_EQ(help.exit_code, 0) << json(words) << help.err;
        EXPECT_NE(help.out.find("Usage"), std::string::npos) << json(words) << help.out;
        EXPECT_EQ(help.err, "") << json(words);
    }
    const auto abi = std::to_string(GANTRY_ABI_MAJOR) + "." + std::to_string(GANTRY_ABI_MINOR);
    EXPECT_EQ(host.cli({"--version"}).out, "gantry " GANTRY_VERSION " (ABI " + abi + ")\n");
    EXPECT_FALSE(std::filesystem::exists(host.dir() / "data"));
}

TEST(CommandLine, no_command_and_an_unknown_one_end_with_2) {
    HostProcess host(shop_config());
    for (const Words& words :
         {Words{}, Words{"srve"}, Words{"run"}, Words{"serve", "--frobnicate"}}) {
        const auto bad = host.cli(words);
        EXPECT_EQ(bad.exit_code, 2) << json(words);
        EXPECT_EQ(bad.out, "") << json(words);
        EXPECT_NE(bad.err, "") << json(words);
    }
}

TEST(CommandLine, answers_are_equal_with_and_without_a_running_host) {
    HostProcess host(shop_config());
    create_mug(host);
    ASSERT_EQ(run_update(host, "Mug two").exit_code, 0);
    ASSERT_EQ(run_update(host, long_title()).exit_code, 3);
    const auto list = host.cli({"runs", "ls", "--json"});
    const std::string id = json::parse(list.out).at("workflow_executions").at(0).at("run_id");

    const auto first = host.cli({"runs", "ls", "--limit", "1"});
    EXPECT_NE(first.err.find("gantry: the newest 1 of 2; --limit N shows up to 1000\n"),
              std::string::npos)
        << first.err;

    const std::vector<Words> questions = {
        {"modules", "--json"},
        {"workflows", "--json"},
        {"workflows"},
        {"runs", "ls", "--json"},
        {"runs", "ls"},
        {"runs", "ls", "--json", "--state", "done", "--limit", "5"},
        {"runs", "show", id, "--json"},
        {"runs", "show", id.substr(id.size() - 8), "--json"},
        {"runs", "show", id.substr(id.size() - 8)},
        {"runs", "show", "no-such-run"},
        {"call", "product", "snapshotProduct", "-i", R"({"id":"prod_mug"})"},
        {"call", "erp", "retrieveProductErpDetails", "-i", R"({"id":"prod_mug"})"},
        {"call", "erp", "describe"},
        {"call", "product", "retrieveProduct", "-i", R"({"id":"prod_none"})"},
        {"call", "product", "retrieveProdct", "-i", R"({"id":"prod_mug"})"},
        {"call", "prduct", "retrieveProduct", "-i", R"({"id":"prod_mug"})"},
        {"call", "product", "retrieveProduct", "-i", R"({"id":5})"}};
    const auto ask_all = [&] {
        std::vector<CliResult> answers;
        for (const auto& question : questions) answers.push_back(host.cli(question));
        return answers;
    };
    const auto alone = ask_all();
    host.serve();
    const auto asked = ask_all();
    const auto comparable = [](const std::string& out) {
        const auto value = json::parse(out, nullptr, false);
        if (value.is_discarded()) return json(out);
        return without(without(without(value, "state"), "failure"), "reach");
    };
    for (std::size_t i = 0; i < questions.size(); ++i) {
        EXPECT_EQ(asked[i].exit_code, alone[i].exit_code)
            << json(questions[i]) << alone[i].err << asked[i].err;
        EXPECT_EQ(comparable(asked[i].out), comparable(alone[i].out)) << json(questions[i]);
        EXPECT_NE(alone[i].err.find("no host runs"), std::string::npos) << alone[i].err;
        EXPECT_NE(asked[i].err.find("asking the host at http://127.0.0.1:"), std::string::npos)
            << asked[i].err;
    }
    EXPECT_EQ(alone[0].exit_code, 0);
    const auto modules = json::parse(asked[0].out);
    for (const auto& module : modules.at("modules")) {
        const bool has_database = module.at("name") != "catalog";
        EXPECT_EQ(module.contains("reach"), has_database) << module;
        EXPECT_TRUE(!has_database || module.at("reach").at("reached") == true) << module;
    }
    EXPECT_EQ(json::parse(alone[6].out), json::parse(alone[7].out));
    EXPECT_EQ(json::parse(alone[6].out).at("run_id"), id);
    EXPECT_EQ(alone[9].exit_code, 1) << "there is no such run";
    EXPECT_EQ(json::parse(alone[10].out).at("id"), "prod_mug");
    EXPECT_EQ(alone[13].exit_code, 1);
}

TEST(CommandLine, a_run_without_a_host_starts_the_modules_that_its_steps_call) {
    auto config = shop_config();
    config["modules"]["erp2"] = {{"plugin", "erp-ledger"},
                                 {"options", {{"database", "sqlite:data/erp2.db"}}}};
    config["workflows"] = {"workflows/*.json"};
    HostProcess host(config);
    add_workflow(host, "second",
                 {{{"step", "update-erp"}, {"with", "${ .input }"}, {"bind", {{"erp", "erp2"}}}}});
    create_mug(host);
    const auto run =
        host.cli({"run", "second", "-i", json{{"id", "prod_mug"}, {"title", "Cup"}}.dump()});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    const auto mug = host.cli(
        {"call", "erp2", "retrieveProductErpDetails", "-i", json{{"id", "prod_mug"}}.dump()});
    EXPECT_EQ(json::parse(mug.out).at("data").at("title"), "Cup") << mug.err;
}

TEST(CommandLine, an_end_that_several_runs_share_is_refused) {
    HostProcess host(shop_config());
    create_mug(host);
    host.serve();
    // Ids end in one of 16 digits: of 17 two share theirs.
    std::set<std::string> ends;
    std::string shared;
    for (int i = 0; i < 17; ++i) {
        update(host, "prod_mug", {{"title", "Mug " + std::to_string(i)}});
        const std::string id = host.runs().at(0).at("run_id");
        if (!ends.insert(id.substr(id.size() - 1)).second) shared = id.back();
    }
    const auto expect_refusal = [&] {
        const auto shown = host.cli({"runs", "show", shared});
        EXPECT_EQ(shown.exit_code, 2);
        EXPECT_EQ(shown.out, "");
        EXPECT_NE(shown.err.find("more than one run"), std::string::npos) << shown.err;
    };
    expect_refusal();
    EXPECT_EQ(host.stop(), 0);
    expect_refusal();
}

TEST(CommandLine, an_input_that_is_no_json_ends_with_2) {
    HostProcess host(shop_config());
    for (const std::string text : {"{", "{'id': 1}", "", "{} {}", "\"\xff\"", "@no-such-file"}) {
        for (const Words& words : {Words{"run", "update-product-and-erp"},
                                   Words{"call", "product", "retrieveProduct"}}) {
            auto all = words;
            all.insert(all.end(), {"--input", text});
            const auto bad = host.cli(all);
            EXPECT_EQ(bad.exit_code, 2) << json(words) << bad.err;
            EXPECT_EQ(bad.out, "");
            EXPECT_NE(bad.err.find("--input"), std::string::npos) << bad.err;
        }
    }
}

TEST(CommandLine, input_can_come_from_a_file) {
    HostProcess host(shop_config());
    create_mug(host);
    write_text(host.dir() / "input.json", R"({"id": "prod_mug", "title": "From a file"})");
    const auto done = host.cli({"run", "update-product-and-erp", "--input", "@input.json"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    EXPECT_EQ(json::parse(done.out).at("product").at("title"), "From a file");
}

TEST(CommandLine, an_unknown_workflow_ends_with_2_and_the_nearest_name) {
    HostProcess host(shop_config());
    const auto expect_refusal = [&] {
        const auto bad = host.cli({"run", "update-product-and-epr", "--input", "{}"});
        EXPECT_EQ(bad.exit_code, 2) << bad.err;
        EXPECT_EQ(bad.out, "");
        EXPECT_NE(bad.err.find("update-product-and-erp\""), std::string::npos) << bad.err;
    };
    expect_refusal();
    host.serve();
    expect_refusal();
}

TEST(CommandLine, numbers_of_a_result_are_printed_as_they_were_written) {
    const std::string odd = R"({"n":12345678901234567890123.10,"p":1.10})";
    HostProcess host(misbehaving_shop_config());
    write_text(host.dir() / "workflows/odd.json",
               json{{"name", "odd"},
                    {"steps", {{{"id", "nap"}, {"sleep", "1ms"}}}},
                    {"result", "${ .input }"}}
                   .dump());
    const auto expect_the_same = [&] {
        const auto done = host.cli({"run", "odd", "-i", odd});
        EXPECT_EQ(done.exit_code, 0) << done.err;
        EXPECT_EQ(done.out, odd + "\n");
        const auto shown = host.cli({"runs", "show", "--json"}).out;
        for (const char* field : {R"("input":)", R"("output":)"}) {
            EXPECT_NE(shown.find(field + odd), std::string::npos) << shown;
        }
    };
    expect_the_same();
    host.serve();
    expect_the_same();
}

TEST(CommandLine, stdout_holds_the_result_only_and_logs_are_json_lines) {
    HostProcess host(misbehaving_shop_config());
    create_mug(host);
    const auto done = run_update(host, "Mug two");
    EXPECT_EQ(json::parse(done.out).at("product").at("title"), "Mug two") << done.out;
    EXPECT_EQ(std::count(done.out.begin(), done.out.end(), '\n'), 1);

    host.serve();
    update(host, "prod_mug", {{"title", long_title()}});
    EXPECT_EQ(host.stop(), 0);
    EXPECT_EQ(read_text(host.dir() / "serve.out"), "");
    std::istringstream log(host.log());
    int lines = 0;
    for (std::string line; std::getline(log, line); ++lines) {
        const auto entry = json::parse(line, nullptr, false);
        ASSERT_TRUE(entry.is_object()) << line;
        EXPECT_TRUE(entry.contains("at") && entry.contains("level") && entry.contains("message"))
            << line;
    }
    EXPECT_GT(lines, 3);
}

}  // namespace
}  // namespace gantry::test
