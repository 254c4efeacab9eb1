// gantry check --live against a system with three products, of which it is given one.
#include "support/fifo.hpp"
#include "support/http.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/until.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

#include <signal.h>

#include <map>
#include <set>

namespace gantry::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kLivePatience{5};
constexpr std::chrono::seconds kStarted{60};
const fs::path kPlugins = GANTRY_MUTANTS;
const fs::path kTemplate = fs::path(GANTRY_SOURCE) / "sdk/template";

/// The real system, and a folder in which it is checked.
class LiveCheck : public ::testing::Test {
protected:
    LiveCheck()
        : fifo_(folder_ / "fifo"),
          system_(
              {"/usr/bin/env", "python3", fs::path(GANTRY_SOURCE) / "tests/contract/live_system.py",
               kTemplate / "common/contract/fake_system.py"},
              folder_.path(), folder_ / "system.out", folder_ / "system.err",
              {"PORT_FILE=" + (folder_ / "port").string()}) {
        fs::create_directory(tmp());
        fs::create_directory(folder_ / "contract");
        fs::copy(kTemplate / "common/contract/fake_system.py", folder_ / "contract");
        fs::copy(kTemplate / "erp/contract/contract.json", folder_ / "contract");
        const bool ready = until([&] { return fs::exists(folder_ / "port"); }, kStarted);
        if (!ready) throw std::runtime_error(read_text(folder_ / "system.err"));
        port_ = std::stoi(read_text(folder_ / "port"));
        before_ = state();
    }

    fs::path tmp() const { return folder_ / "tmp"; }
    std::string fifo() const { return fifo_.path(); }

    /// All products, byte for byte.
    std::string state() const { return send_http(port_, {"GET", "/state"}).body; }
    json product(const std::string& id) const { return json::parse(state()).at(id); }
    const std::string& before() const { return before_; }
    int port() const { return port_; }
    std::set<std::string> written() const {
        std::set<std::string> ids;
        const auto all = send_http(port_, {"GET", "/written"}).parsed();
        for (const auto& [id, times] : all.items()) ids.insert(id);
        return ids;
    }

    /// A check of prod_live; `bug` is empty for the template as it is.
    std::unique_ptr<Process> start(const std::string& bug, const std::vector<std::string>& more) {
        json options = {{"url", "http://127.0.0.1:" + std::to_string(port_)},
                        {"token", "secret-token"}};
        if (!bug.empty()) options.update(json{{"bug", bug}, {"fifo", fifo()}});
        return start_of(bug.empty() ? "template.so" : "live.so", options, "prod_live", more);
    }
    std::unique_ptr<Process> start_of(const std::string& plugin, const json& options,
                                      const std::string& product,
                                      const std::vector<std::string>& more) {
        std::vector<std::string> words = {
            GANTRY_PROGRAM, "check",  kPlugins / plugin, "--contract", contract(), "--options",
            options.dump(), "--json", "--live",          "--product",  product};
        words.insert(words.end(), more.begin(), more.end());
        return std::make_unique<Process>(words, folder_.path(), folder_ / "out", folder_ / "err",
                                         std::vector{"TMPDIR=" + tmp().string()});
    }

    /// What it said of each check, and its exit code.
    struct Said {
        int exit_code = -1;
        std::map<std::string, json> checks;
        std::string err;
    };
    Said end(Process& process) const {
        EXPECT_TRUE(process.wait(kLivePatience));
        Said said{process.exit_code().value_or(-1), {}, read_text(folder_ / "err")};
        const auto all = json::parse(read_text(folder_ / "out"), nullptr, false);
        if (!all.is_object()) return said;
        for (const auto& one : all.at("checks")) said.checks[one.at("id")] = one;
        return said;
    }
    Said check(const std::string& bug, const std::vector<std::string>& more) {
        return end(*start(bug, more));
    }

    /// What was kept of the product, where it was not removed.
    std::vector<std::string> left_behind() const {
        std::vector<std::string> all;
        for (const auto& one : fs::directory_iterator(tmp())) {
            if (!one.is_directory()) all.push_back(one.path().string());
        }
        return all;
    }

    /// Of the template, unless it is written anew.
    fs::path contract() const { return folder_ / "contract/contract.json"; }

private:
    const TempDir folder_;
    const Fifo fifo_;
    Process system_;
    int port_ = 0;
    std::string before_;
};

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const std::string kRestored = "live.restored";

TEST_F(LiveCheck, the_template_leaves_every_product_as_it_was_and_writes_to_one_only) {
    const auto said = check("", {});
    EXPECT_EQ(said.exit_code, 0) << said.err;
    EXPECT_EQ(state(), before());
    EXPECT_EQ(written(), std::set<std::string>{"prod_live"});
    EXPECT_EQ(said.checks.at(kRestored).at("status"), "pass");
    for (const std::string made : {"step.output", "undo.restores", "undo.unknown",
                                   "step.lost-reply", "erp.update-then-read", "erp.exact-undo"}) {
        EXPECT_EQ(said.checks.at(made).at("status"), "pass") << said.checks.at(made);
    }
    EXPECT_EQ(left_behind(), std::vector<std::string>{});
}

TEST_F(LiveCheck, what_would_write_other_values_or_to_others_is_skipped_with_the_reason) {
    const auto said = check("", {"--only", "C,E,F,H,I"});
    EXPECT_EQ(state(), before());
    const std::map<std::string, std::string> skipped = {
        {"erp.unicode", "values"},    {"erp.huge", "values"},        {"erp.decimals", "values"},
        {"input.unicode", "values"},  {"input.huge", "values"},      {"input.malformed", "values"},
        {"error.secrets", "options"}, {"create.invalid", "options"}, {"leak", "many"},
        {"threads.declared", "many"}, {"erp.concurrent", "many"}};
    for (const auto& [id, reason] : skipped) {
        EXPECT_EQ(said.checks.at(id).at("status"), "skip") << id;
        EXPECT_TRUE(says(said.checks.at(id).at("found"), reason)) << said.checks.at(id);
    }
    for (const auto& [id, one] : said.checks) {
        EXPECT_FALSE(says(one.dump(), "nobody has said")) << id;
    }
}

TEST_F(LiveCheck, says_before_it_starts_what_it_will_do) {
    const auto said = check("", {"--only", "D1", "--watch", "prod_beside"});
    for (const std::string part :
         {"prod_live", "prod_beside", "prod_check_1", "http://127.0.0.1:", "--put-back",
          "scenario \"changes a title\": it is about product \"prod_check_1\""}) {
        EXPECT_TRUE(says(said.err, part)) << part << '\n' << said.err;
    }
    EXPECT_FALSE(says(said.err, "secret-token")) << said.err;
}

TEST_F(LiveCheck, a_scenario_of_the_product_is_played_and_one_that_expects_a_refusal_is_not) {
    auto text = read_text(contract());
    for (auto at = text.find("prod_check_1"); at != std::string::npos;
         at = text.find("prod_check_1")) {
        text.replace(at, 12, "prod_live");
    }
    write_text(contract(), text);
    const auto said = check("", {"--only", "step.output"});
    EXPECT_EQ(said.checks.at("step.output").at("status"), "pass") << said.checks.at("step.output");
    EXPECT_TRUE(says(said.err, "\"a title that is too long is refused\": it expects REJECTED"))
        << said.err;
    EXPECT_EQ(state(), before());
}

TEST_F(LiveCheck, a_snapshot_that_names_another_product_is_refused_before_anything_is_changed) {
    const auto said = check("snapshot-names-another", {});
    EXPECT_EQ(said.exit_code, 2) << said.err;
    EXPECT_TRUE(says(said.err, "has another id")) << said.err;
    EXPECT_EQ(state(), before());
    EXPECT_EQ(written(), std::set<std::string>{});
}

TEST_F(LiveCheck, a_plugin_whose_product_cannot_be_put_back_is_not_asked) {
    write_text(contract(),
               read_text(fs::path(GANTRY_SOURCE) / "tests/contract/mutants/contract.json"));
    const auto said = end(*start_of("reference.so", {{"greeting", "hello"}}, "prod_live", {}));
    EXPECT_EQ(said.exit_code, 2);
    EXPECT_TRUE(says(said.err, "gantry.erp/1")) << said.err;
    EXPECT_EQ(written(), std::set<std::string>{});
}

TEST_F(LiveCheck, a_product_that_is_not_there_is_not_made) {
    const json options = {{"url", "http://127.0.0.1:" + std::to_string(port())},
                          {"token", "secret-token"}};
    const auto said = end(*start_of("template.so", options, "prod_nobody", {}));
    EXPECT_EQ(said.exit_code, 2);
    EXPECT_TRUE(says(said.err, "prod_nobody")) << said.err;
    EXPECT_EQ(state(), before());
    EXPECT_EQ(left_behind(), std::vector<std::string>{});
}

TEST_F(LiveCheck, a_restore_that_forgets_a_field_is_told_and_the_field_is_written_back) {
    const auto said = check("restore-forgets", {"--only", "D1"});
    EXPECT_EQ(said.exit_code, 1);
    const auto& restored = said.checks.at(kRestored);
    EXPECT_EQ(restored.at("status"), "fail") << restored;
    EXPECT_TRUE(says(restored.at("found"), "description")) << restored;
    EXPECT_EQ(state(), before());
}

TEST_F(LiveCheck, a_change_of_a_product_it_was_not_given_is_told_and_nothing_follows_it) {
    const auto said = check("strays", {"--only", "D", "--watch", "prod_beside"});
    EXPECT_EQ(said.exit_code, 1);
    const auto& restored = said.checks.at(kRestored);
    EXPECT_EQ(restored.at("status"), "fail") << restored;
    EXPECT_TRUE(says(restored.at("found"), "prod_beside")) << restored;
    EXPECT_TRUE(says(restored.at("found"), "Strayed")) << restored;
    for (const auto& [id, one] : said.checks) {
        if (id == kRestored || id == "step.output") continue;
        EXPECT_TRUE(says(one.at("found"), "rests on live.restored")) << one;
    }
    EXPECT_EQ(product("prod_live"), json::parse(before()).at("prod_live"));
    ASSERT_EQ(left_behind().size(), 1U);
    EXPECT_TRUE(says(restored.at("found"), left_behind().front())) << restored;
}

TEST_F(LiveCheck, a_crash_in_the_middle_and_a_failed_check_leave_the_product_as_it_was) {
    for (const std::string bug : {"crashes", "does-more"}) {
        const auto said = check(bug, {"--only", "D1,I3"});
        EXPECT_EQ(said.exit_code, 1);
        EXPECT_EQ(said.checks.at("erp.update-then-read").at("status"),
                  bug == "crashes" ? "crash" : "fail");
        EXPECT_EQ(said.checks.at(kRestored).at("status"), "pass") << said.checks.at(kRestored);
        EXPECT_EQ(state(), before());
    }
}

TEST_F(LiveCheck, where_restoreProduct_crashes_the_fields_are_written_back_and_it_is_told) {
    const auto said = check("restore-crashes", {"--only", "D2"});
    EXPECT_EQ(said.exit_code, 1);
    EXPECT_EQ(said.checks.at(kRestored).at("status"), "crash") << said.checks.at(kRestored);
    EXPECT_EQ(state(), before());
}

TEST_F(LiveCheck, an_interrupt_in_the_middle_puts_the_product_back) {
    for (const int number : {SIGINT, SIGTERM}) {
        const auto process = start("hangs", {"--only", "D1"});
        ASSERT_TRUE(until([&] { return state() != before(); }, kStarted));
        process->signal(number);
        const auto said = end(*process);
        EXPECT_EQ(said.exit_code, 2);
        EXPECT_TRUE(says(said.err, "interrupted; product \"prod_live\" is as it was")) << said.err;
        EXPECT_EQ(state(), before());
        EXPECT_EQ(left_behind(), std::vector<std::string>{});
    }
}

TEST_F(LiveCheck, what_a_killed_checker_left_is_put_back_from_what_it_kept) {
    const auto process = start("hangs", {"--only", "D1"});
    ASSERT_TRUE(until([&] { return state() != before(); }, kStarted));
    process->kill9();
    ASSERT_EQ(left_behind().size(), 1U);
    const auto kept = left_behind().front();
    ASSERT_NE(state(), before());
    const auto said = check("hangs", {"--put-back", kept});
    EXPECT_EQ(said.exit_code, 0) << said.err;
    EXPECT_EQ(said.checks.size(), 1U);
    EXPECT_EQ(state(), before());
    EXPECT_EQ(
        end(*start_of("live.so", json::object(), "prod_beside", {"--put-back", kept})).exit_code,
        2);  // it is of another product
    EXPECT_EQ(state(), before());
}

}  // namespace
}  // namespace gantry::test
