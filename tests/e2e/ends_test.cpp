// Every run has an end that an operator can bring about: also when what it began with is gone,
// stands elsewhere, or goes by another name.
#include "support/shop.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

namespace gantry::test {
namespace {

// Changes both sides by calls, then waits for "go".
const json kBoth = {
    {{"call", "product.updateProducts"},
     {"id", "product"},
     {"with", {{"id", "${ .input.id }"}, {"data", {{"title", "${ .input.title }"}}}}},
     {"undo", {{"record", "product.snapshotProduct"}, {"call", "product.restoreProduct"}}}},
    {{"call", "erp.updateProductErpData"},
     {"id", "erp"},
     {"with",
      {{"id", "${ .input.id }"}, {"data", {{"title", "${ .input.title }"}}}, {"create", true}}},
     {"undo", {{"record", "erp.snapshotProduct"}, {"call", "erp.restoreProduct"}}}},
    {{"wait", "go"}, {"id", "approval"}}};

class Ends : public testing::Test {
protected:
    Ends() : config_(shop_config()), host_((config_["workflows"] = {"workflows/*.json"}, config_)) {
        add_workflow(host_, "both", kBoth);
        host_.serve();
        host_.call("product", "createProducts",
                   {{"products", {{{"id", "prod_mug"}, {"title", "Mug"}}}}});
    }

    /// A run of "both" that waits; its id.
    std::string waiting() {
        const auto answer =
            host_.send({"POST",
                        "/admin/workflows-executions/both/run",
                        json{{"input", {{"id", "prod_mug"}, {"title", "Cup"}}}}.dump(),
                        {{"Prefer", "wait=0"}}});
        EXPECT_EQ(answer.status, 202) << answer.body;
        const std::string id = answer.parsed().at("acknowledgement").at("runId");
        EXPECT_TRUE(comes_to(id, "waiting"));
        return id;
    }

    /// The host ends and another one starts with `config`.
    void restart_with(const json& config) {
        ASSERT_EQ(host_.stop(), 0) << host_.log();
        write_text(host_.config_file(), config.dump(2));
        host_.serve();
    }

    json show(const std::string& id) {
        return json::parse(host_.cli({"runs", "show", id, "--json"}).out);
    }
    bool comes_to(const std::string& id, const std::string& state) {
        return host_.until([&] { return show(id).at("state") == state; });
    }
    bool waits_for(const std::string& id, const std::string& what) {
        return host_.until(
            [&] { return show(id).at("waits_for").dump().find(what) != std::string::npos; });
    }
    std::string title() {
        return host_.call("product", "retrieveProduct", {{"id", "prod_mug"}}).at("title");
    }

    json config_;
    HostProcess host_;
};

TEST_F(Ends, a_module_that_is_taken_away_is_told_and_its_runs_are_undone_as_far_as_they_can_be) {
    const auto id = waiting();
    json without = config_;
    without["modules"].erase("erp");
    without["modules"].erase("catalog");
    without["routes"] = json::array();
    without.erase("workflows");
    write_text(host_.config_file(), without.dump(2));
    const auto check = host_.cli({"config", "check"});
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_NE(check.err.find("1 open run of both cannot go on, such as " + id), std::string::npos)
        << check.err;
    restart_with(without);
    EXPECT_TRUE(host_.until([&] {
        return host_.log().find("1 open run of both cannot go on") != std::string::npos;
    })) << host_.log();

    EXPECT_EQ(host_.cli({"runs", "cancel", id}).exit_code, 0);
    ASSERT_TRUE(waits_for(id, "plugin: step erp cannot be undone here"));
    EXPECT_NE(host_.cli({"runs", "ls", "--needs-person"}).out.find(id), std::string::npos);
    EXPECT_EQ(title(), "Cup") << "the ERP would be undone first";
    const auto shown = host_.cli({"runs", "show", id}).out;
    EXPECT_NE(shown.find("runs cancel " + id.substr(24) + " --abandon erp --note WHY"),
              std::string::npos)
        << shown;
    EXPECT_EQ(host_.cli({"runs", "cancel", id, "--abandon", "erp"}).exit_code, 2) << "no note";
    EXPECT_EQ(host_.cli({"runs", "cancel", id, "--abandon", "nope", "--note", "x"}).exit_code, 2);
    const auto given_up =
        host_.cli({"runs", "cancel", id, "--abandon", "erp", "--note", "the ERP is gone"});
    EXPECT_EQ(given_up.exit_code, 0) << given_up.err;
    EXPECT_TRUE(comes_to(id, "reverted"));
    EXPECT_EQ(title(), "Mug");
    const auto story = host_.cli({"runs", "show", id}).out;
    EXPECT_NE(story.find("erp: is not undone, by "), std::string::npos) << story;
    EXPECT_NE(story.find(": the ERP is gone\n"), std::string::npos) << story;
    EXPECT_NE(story.find("reverted, but for erp"), std::string::npos) << story;
    EXPECT_EQ(host_.cli({"runs", "ls", "--needs-person"}).out, "");
}

TEST_F(Ends, runs_that_a_removed_plugin_strands_are_listed_for_a_person_before_anybody_asks_them) {
    const auto id = waiting();
    EXPECT_EQ(host_.cli({"runs", "ls", "--needs-person"}).out, "");
    ASSERT_EQ(host_.stop(), 0) << host_.log();
    json without = config_;
    for (const char* gone : {"erp", "catalog"}) without["modules"].erase(gone);
    without["routes"] = json::array();
    without["workflows"] = json::array();
    write_text(host_.config_file(), without.dump(2));
    const auto listed = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"runs", "ls", "--needs-person"});
        return host_.cli(more).out;
    };
    const auto alone = listed({});
    EXPECT_NE(alone.find(id + "  waiting  both"), std::string::npos) << "no host runs: " << alone;
    EXPECT_NE(alone.find("plugin: "), std::string::npos) << "and why: " << alone;
    EXPECT_NE(listed({"--workflow", "both"}).find(id), std::string::npos);
    EXPECT_NE(listed({"--since", "2h"}).find(id), std::string::npos);
    EXPECT_EQ(listed({"--workflow", "another"}), "");
    const auto meant = [&] {
        return host_.cli({"runs", "cancel", "--waits-for", "plugin", "--dry-run"}).out;
    };
    EXPECT_NE(meant().find(id), std::string::npos) << "what is shown so is meant so";

    host_.serve();
    EXPECT_NE(meant().find(id), std::string::npos);
    EXPECT_NE(listed({}).find(id + "  waiting  both"), std::string::npos);
    EXPECT_EQ(host_.get("/admin/status").parsed().at("needs_person"), 1);
    EXPECT_NE(host_.get("/metrics").body.find("gantry_runs_needs_person 1\n"), std::string::npos);

    restart_with(config_);
    EXPECT_EQ(listed({}), "") << "the plugin is back";
    EXPECT_EQ(host_.get("/admin/status").parsed().at("needs_person"), 0);
}

TEST_F(Ends, all_steps_that_cannot_be_undone_are_named_and_given_up_at_once_also_of_many_runs) {
    const auto first = waiting();
    json bare = config_;
    bare["modules"] = json::object();
    bare["routes"] = json::array();
    bare["workflows"] = json::array();
    restart_with(bare);
    EXPECT_EQ(host_.cli({"runs", "cancel", first}).exit_code, 0);
    ASSERT_TRUE(waits_for(first, "plugin: step erp cannot be undone here"));
    const std::string why = show(first).at("waits_for");
    EXPECT_NE(why.find("(nor can product)"), std::string::npos) << why;
    const auto shown = host_.cli({"runs", "show", first}).out;
    EXPECT_NE(shown.find("runs cancel " + first.substr(24) + " --abandon '*' --note WHY"),
              std::string::npos)
        << shown;
    restart_with(config_);
    ASSERT_TRUE(comes_to(first, "reverted"));

    const std::vector<std::string> ids = {waiting(), waiting()};
    restart_with(bare);
    const std::vector<std::string> cancel = {"runs", "cancel", "--workflow", "both"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), cancel.begin(), cancel.end());
        return host_.cli(more);
    };
    EXPECT_EQ(with({"--abandon", "*"}).exit_code, 2) << "no note";
    const auto dry = with({"--dry-run"});
    EXPECT_EQ(dry.exit_code, 0) << dry.err;
    EXPECT_EQ(dry.err.find("error"), std::string::npos) << dry.err;
    for (const auto& id : ids) {
        EXPECT_NE(dry.out.find(id + "  would be cancelled"), std::string::npos) << dry.out;
        EXPECT_EQ(show(id).at("state"), "waiting");
    }
    EXPECT_EQ(dry.out.find(first), std::string::npos) << "it is over";
    const auto done = with({"--needs-person", "--abandon", "*", "--note", "both are gone"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    for (const auto& id : ids) {
        EXPECT_NE(done.out.find(id + "  cancelled"), std::string::npos) << done.out;
        EXPECT_TRUE(comes_to(id, "reverted"));
        const auto story = host_.cli({"runs", "show", id}).out;
        EXPECT_NE(story.find("reverted, but for product, erp"), std::string::npos) << story;
    }
}

TEST_F(Ends, a_url_that_was_changed_under_open_runs_is_told_by_the_check) {
    const auto id = waiting();
    const std::string ledger = host_.call("erp", "describe", json::object()).at("system").at("id");
    ASSERT_EQ(host_.stop(), 0) << host_.log();
    // As if it had begun with a connector that calls its system by its url.
    {
        SQLite::Database store((host_.dir() / "data/gantry.db").string(), SQLite::OPEN_READWRITE);
        store.exec("UPDATE run SET pins = replace(pins, 'erp-ledger', 'erp-odata')");
        store.exec("UPDATE step SET undo_input = replace(undo_input, '" + ledger +
                   "', 'https://erp.example/odata')");
    }
    const auto checked = [&](const std::string& url, const std::string& system) {
        json config = config_;
        config["modules"]["erp"] = {
            {"plugin", "erp-odata"},
            {"aliases", {"erpModuleService"}},
            {"options", {{"url", url}, {"user", "ada"}, {"password", "secret"}}}};
        if (!system.empty()) config["modules"]["erp"]["system"] = system;
        write_text(host_.config_file(), config.dump(2));
        const auto check = host_.cli({"config", "check"});
        EXPECT_EQ(check.exit_code, 0) << check.err;
        return check.err;
    };
    EXPECT_EQ(checked("https://erp.example/odata", ""), "");
    EXPECT_EQ(checked("https://erp.example/odata/", ""), "") << "a last slash is none";
    for (const auto& told : {checked("https://new.example/odata", ""),
                             checked("https://erp.example/odata", "erp-1")}) {
        EXPECT_NE(told.find("1 open run of both, such as " + id), std::string::npos) << told;
        EXPECT_NE(told.find("modules.erp"), std::string::npos) << told;
        EXPECT_NE(told.find("\"system\": \"https://erp.example/odata\""), std::string::npos)
            << told;
    }
    EXPECT_EQ(checked("https://new.example/odata", "https://erp.example/odata"), "");
}

TEST_F(Ends, a_database_that_was_moved_is_the_same_system) {
    const auto id = waiting();
    ASSERT_EQ(host_.stop(), 0) << host_.log();
    for (const std::string end : {"", "-wal", "-shm"}) {
        const auto from = host_.dir() / ("data/erp.db" + end);
        if (!std::filesystem::exists(from)) continue;
        std::filesystem::rename(from, host_.dir() / ("data/moved.db" + end));
    }
    json moved = config_;
    moved["modules"]["erp"]["options"]["database"] = "sqlite:data/moved.db";
    write_text(host_.config_file(), moved.dump(2));
    host_.serve();
    ASSERT_TRUE(waits_for(id, "signal: go"));
    EXPECT_EQ(host_.cli({"runs", "cancel", id}).exit_code, 0);
    EXPECT_TRUE(comes_to(id, "reverted"));
    EXPECT_EQ(title(), "Mug");
}

TEST_F(Ends, a_run_waits_for_the_system_it_began_with_where_that_has_a_name) {
    json named = config_;
    named["modules"]["erp"]["system"] = "erp-1";
    restart_with(named);
    const auto id = waiting();
    named["modules"]["erp"]["system"] = "erp-2";
    restart_with(named);
    EXPECT_EQ(host_.cli({"runs", "signal", id, "go"}).exit_code, 0);
    ASSERT_TRUE(waits_for(id, "plugin: "));
    const std::string why = show(id).at("waits_for");
    EXPECT_NE(why.find("\"erp-1\""), std::string::npos) << why;
    EXPECT_NE(why.find("\"erp-2\""), std::string::npos) << why;
    named["modules"]["erp"]["system"] = "erp-1";  // "this is the same one"
    restart_with(named);
    EXPECT_TRUE(comes_to(id, "done"));
}

TEST_F(Ends, the_store_holds_nothing_of_what_the_options_say) {
    waiting();
    ASSERT_EQ(host_.stop(), 0) << host_.log();
    SQLite::Database store((host_.dir() / "data/gantry.db").string());
    const json pins = json::parse(store.execAndGet("SELECT pins FROM run").getString());
    for (const auto& [module, pin] : pins.items()) {
        EXPECT_EQ(pin.size(), 2U) << module << ": " << pin;
    }
}

TEST_F(Ends, a_run_that_is_done_is_reverted_as_long_as_it_is_kept) {
    const auto id = waiting();
    EXPECT_EQ(host_.cli({"runs", "revert", id, "--note", "early"}).exit_code, 1);
    EXPECT_EQ(host_.cli({"runs", "signal", id, "go"}).exit_code, 0);
    ASSERT_TRUE(comes_to(id, "done"));
    EXPECT_EQ(title(), "Cup");
    EXPECT_EQ(host_.cli({"runs", "revert", id}).exit_code, 2) << "without a note";
    const auto reverted = host_.cli({"runs", "revert", id, "--note", "the wrong title"});
    EXPECT_EQ(reverted.exit_code, 0) << reverted.err;
    EXPECT_TRUE(comes_to(id, "reverted"));
    EXPECT_EQ(title(), "Mug");
    EXPECT_FALSE(
        host_.call("erp", "snapshotProduct", {{"id", "prod_mug"}}).at("exists").get<bool>());
    EXPECT_NE(show(id).at("error").dump().find("the wrong title"), std::string::npos);
    EXPECT_EQ(host_.cli({"runs", "revert", id, "--note", "again"}).exit_code, 1);
}

// The host dies between its snapshot and its write; meanwhile the module was pointed elsewhere.
TEST(EndsElsewhere, a_step_that_began_with_one_erp_does_not_go_on_with_another) {
    const TempDir markers;
    const auto marker = markers / "kill";
    json config = gated_shop_config(marker, "erp", "before:updateProductErpData");
    HostProcess host(config);
    host.serve();
    host.call("product", "createProducts",
              {{"products", {{{"id", "prod_mug"}, {"title", "Mug"}}}}});
    write_text(marker, "");
    EXPECT_EQ(update(host, "prod_mug", {{"title", "Cup"}}).status, 0);
    ASSERT_TRUE(host.process().wait(std::chrono::seconds(60)));

    json elsewhere = config;
    elsewhere["modules"]["erp-store"]["options"]["database"] = "sqlite:data/other.db";
    write_text(host.config_file(), elsewhere.dump(2));
    host.serve();
    ASSERT_TRUE(host.until([&] { return host.runs().at(0).at("state") == "paused"; }))
        << host.runs().dump(2);
    const std::string why = host.runs().at(0).at("waits_for");
    EXPECT_NE(why.find("this run began with the ERP"), std::string::npos) << why;
    EXPECT_FALSE(
        host.call("erp", "snapshotProduct", {{"id", "prod_mug"}}).at("exists").get<bool>());

    ASSERT_EQ(host.stop(), 0) << host.log();
    write_text(host.config_file(), config.dump(2));
    host.serve();
    EXPECT_EQ(host.resume_paused(), 1U);
    EXPECT_TRUE(host.until([&] { return host.runs().at(0).at("state") == "done"; }));
}

}  // namespace
}  // namespace gantry::test
