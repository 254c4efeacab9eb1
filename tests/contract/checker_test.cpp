// gantry check as a person uses it: what it says of mistakes in contract.json, of what it left out,
// and how it ends when it is told to.
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

#include <signal.h>

namespace gantry::test {
namespace {

using std::filesystem::path;

constexpr std::chrono::minutes kCheckPatience{2};

const path kMutants = GANTRY_MUTANTS;
const path kContract = path(GANTRY_SOURCE) / "tests/contract/mutants/contract.json";

struct Said {
    int exit_code = -1;
    std::string out, err;
};

Said check(const std::string& plugin, const path& contract, std::vector<std::string> more) {
    const TempDir folder;
    std::vector<std::string> words = {GANTRY_PROGRAM, "check", kMutants / plugin, "--contract",
                                      contract.string()};
    words.insert(words.end(), more.begin(), more.end());
    Process process(words, folder.path(), folder.path() / "out", folder.path() / "err");
    EXPECT_TRUE(process.wait(kCheckPatience));
    return {process.exit_code().value_or(-1), read_text(folder.path() / "out"),
            read_text(folder.path() / "err")};
}

/// What is said of a contract with one key changed.
Said check_contract(const std::string& pointer, const json& value) {
    const TempDir folder;
    auto contract = json::parse(read_text(kContract));
    contract[json::json_pointer(pointer)] = value;
    write_text(folder.path() / "contract.json", contract.dump());
    return check("reference.so", folder.path() / "contract.json", {"--only", "A1"});
}

TEST(Checker, a_mistake_in_the_contract_is_told_with_its_place_before_any_check) {
    struct Mistake {
        std::string pointer;
        json value;
        std::string says;
    };
    for (const auto& [pointer, value, says] : {
             Mistake{"/scenarios/0/step", "renam",
                     "scenarios[0].step: unknown step \"renam\". Did "
                     "you mean \"rename\"?"},
             Mistake{"/scenarios/3/error", "NOT_FUND", "Did you mean \"NOT_FOUND\"?"},
             Mistake{"/scenarios/0/undo", {{"record", "a"}, {"call", "b"}}, "its own compensate"},
             Mistake{"/scenarios/0/method", "rename", "one of both"},
             Mistake{"/scenarios/1/prepare", json::array({{{"method", "make"}}}),
                     "The plugin has none"},
             Mistake{"/scenarios/0/ignore/0", "version", "expected a JSON pointer"},
             Mistake{"/scenarios/0/probe/service", "rep", "Did you mean \"erp\"?"},
             Mistake{"/scenarios/0/probe/get", "http://127.0.0.1/", "one of them"},
             Mistake{"/scenarios/0/probe/headers", {{"A", "b"}}, "with \"get\" and \"post\" only"},
             Mistake{"/services", {{"repo", json::object()}}, "unknown service \"repo\""},
             Mistake{"/services", {{"erp", {{"describe", 1}}}}, "services.erp.describe"},
             Mistake{"/services", {{"erp", {{"describe", {{"error", "NO"}}}}}}, "unknown error"},
             Mistake{"/skip",
                     json::array({{{"id", "lek"}, {"reason", "r"}, {"until", "2027-01-31"}}}),
                     "Did you mean \"leak\"?"},
             Mistake{"/skip",
                     json::array({{{"id", "leak"}, {"reason", "r"}, {"until", "2027-02-31"}}}),
                     "found 2027-02-31, which no calendar has"},
         }) {
        const auto said = check_contract(pointer, value);
        EXPECT_EQ(said.exit_code, 2) << pointer << said.err;
        EXPECT_NE(said.err.find("contract.json:1:"), std::string::npos) << pointer << said.err;
        EXPECT_NE(said.err.find(says), std::string::npos) << pointer << said.err;
        EXPECT_EQ(said.out, "") << pointer;
    }
}

TEST(Checker, what_was_left_out_is_told_in_one_line_for_each_reason) {
    const auto said = check("reference.so", kContract, {"--only", "A,I", "--skip", "A5"});
    EXPECT_EQ(said.exit_code, 0) << said.out;
    EXPECT_NE(said.out.find("by --skip"), std::string::npos) << said.out;
    std::size_t lines = 0;
    for (auto at = said.out.find("it does not serve"); at != std::string::npos;
         at = said.out.find("it does not serve", at + 1)) {
        ++lines;
    }
    EXPECT_EQ(lines, 2U) << said.out;
}

TEST(Checker, a_methods_undo_is_asked_with_what_a_scenario_says_as_in_a_workflow) {
    const auto with = [](const char* key, const json& value) {
        const TempDir folder;
        auto contract = json::parse(
            read_text(path(GANTRY_SOURCE) / "plugins/erp-ledger/contract/contract.json"));
        json scenario = {
            {"name", "renames a chair"},
            {"method", "updateProductErpData"},
            {"input", {{"id", "p1"}, {"data", {{"title", "Stool"}}}}},
            {"undo", {{"record", "snapshotProduct"}, {"call", "restoreProduct"}}},
            {"probe", {{"method", "retrieveProductErpDetails"}, {"input", {{"id", "p1"}}}}},
            {"ignore", {"/version"}}};
        scenario["undo"][key] = value;
        contract["scenarios"] = {scenario};
        write_text(folder.path() / "contract.json", contract.dump());
        return check((path(GANTRY_PLUGINS) / "erp-ledger.so").string(),
                     folder.path() / "contract.json", {"--only", "undo.restores"});
    };
    const auto right = with("record_with", {{"id", "${ .input.id }"}});
    EXPECT_EQ(right.exit_code, 0) << right.out << right.err;
    const auto another = with("record_with", {{"id", "p2"}});
    EXPECT_EQ(another.exit_code, 1) << another.out;
    const auto none = with("with", {{"snapshot", "${ .undo }"}, {"written", "0"}});
    EXPECT_EQ(none.exit_code, 1) << none.out;
    EXPECT_NE(none.out.find("CHANGED"), std::string::npos) << none.out;
    const auto unknown = with("record_with", "${ .output.id }");
    EXPECT_EQ(unknown.exit_code, 2) << unknown.out;
    EXPECT_NE(unknown.err.find("unknown root \"output\""), std::string::npos) << unknown.err;
}

TEST(Checker, a_skip_whose_day_is_over_is_named_where_its_check_fails) {
    const TempDir folder;
    auto contract = json::parse(read_text(kContract));
    contract["skip"] = {{{"id", "create.valid"}, {"reason", "later"}, {"until", "2020-02-29"}}};
    write_text(folder.path() / "contract.json", contract.dump());
    const auto said =
        check("misbehaving.so", folder.path() / "contract.json",
              {"--only", "create.valid", "--options", json{{"greeting", "abort"}}.dump()});
    EXPECT_EQ(said.exit_code, 1);
    EXPECT_NE(said.out.find("its skip in contract.json ended on 2020-02-29"), std::string::npos)
        << said.out;
}

TEST(Checker, a_seed_below_zero_is_refused) {
    const auto said = check("reference.so", kContract, {"--only", "A1", "--seed", "-1"});
    EXPECT_EQ(said.exit_code, 2) << said.out;
    EXPECT_NE(said.err.find("--seed"), std::string::npos) << said.err;
}

TEST(Checker, what_stdout_does_not_take_is_no_success) {
    const TempDir folder;
    Process process({GANTRY_PROGRAM, "check", kMutants / "reference.so", "--contract", kContract,
                     "--only", "A1"},
                    folder.path(), "/dev/full", folder.path() / "err");
    EXPECT_TRUE(process.wait(kCheckPatience));
    EXPECT_EQ(process.exit_code(), 1);
    EXPECT_NE(read_text(folder.path() / "err").find("stdout"), std::string::npos);
}

TEST(Checker, the_line_again_repeats_the_failure) {
    const auto options = json{{"greeting", "it's an abort"}}.dump();
    const auto said =
        check("misbehaving.so", kContract, {"--only", "create.valid", "--options", options});
    EXPECT_EQ(said.exit_code, 1);
    constexpr std::string_view kAgain = "again     gantry ";
    const auto at = said.out.find(kAgain);
    ASSERT_NE(at, std::string::npos) << said.out;
    const auto command =
        said.out.substr(at + kAgain.size(), said.out.find('\n', at) - at - kAgain.size());
    const TempDir folder;
    Process shell({"/bin/sh", "-c", std::string(GANTRY_PROGRAM) + " " + command}, folder.path(),
                  folder.path() / "out", folder.path() / "err");
    ASSERT_TRUE(shell.wait(kCheckPatience));
    EXPECT_EQ(shell.exit_code(), 1) << read_text(folder.path() / "err");
    EXPECT_NE(read_text(folder.path() / "out").find("Aborted"), std::string::npos);
}

TEST(Checker, without_an_instance_the_rest_is_skipped_and_says_why) {
    const auto said = check("misbehaving.so", kContract,
                            {"--only", "C,D", "--options", json{{"greeting", "abort"}}.dump()});
    EXPECT_EQ(said.exit_code, 1);
    EXPECT_NE(said.out.find(" 1 failed"), std::string::npos) << said.out;
    EXPECT_NE(said.out.find("it rests on create.valid, which failed"), std::string::npos);
}

TEST(Checker, the_time_for_all_checks_is_told_as_it_grows_and_ends_them) {
    const auto said =
        check("misbehaving.so", kContract,
              {"--only", "C", "--within", "1s", "--options", R"({"greeting": "hang"})"});
    EXPECT_EQ(said.exit_code, 1) << said.out;
    EXPECT_NE(said.err.find("1 s of 1 s are over after 1 of 6 checks; the slowest: create.valid"),
              std::string::npos)
        << said.err;
    EXPECT_NE(said.out.find("the 1 s for all checks are over"), std::string::npos) << said.out;
    EXPECT_NE(said.out.find("6 checks: 0 passed, 1 failed, 5 skipped"), std::string::npos)
        << said.out;
}

TEST(Checker, a_time_that_is_none_is_refused) {
    const auto said = check("reference.so", kContract, {"--only", "A1", "--within", "soon"});
    EXPECT_EQ(said.exit_code, 2) << said.out;
    EXPECT_NE(said.err.find("--within: found \"soon\""), std::string::npos) << said.err;
}

TEST(Checker, a_process_that_the_plugin_left_behind_holds_nothing_up) {
    const auto began = std::chrono::steady_clock::now();
    const auto said = check("misbehaving.so", kContract,
                            {"--only", "create.valid", "--options", R"({"greeting": "fork"})"});
    EXPECT_EQ(said.exit_code, 0) << said.out;
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(25)) << said.out;
}

TEST(Checker, an_interrupt_ends_what_it_started_and_leaves_no_file) {
    for (const int number : {SIGINT, SIGTERM}) {
        const TempDir folder;
        std::filesystem::create_directory(folder.path() / "tmp");
        Process process(
            {GANTRY_PROGRAM, "check", kMutants / "misbehaving.so", "--contract", kContract.string(),
             "--only", "create.valid", "--options", R"({"greeting": "hang"})"},
            folder.path(), folder.path() / "out", folder.path() / "err",
            {"TMPDIR=" + (folder.path() / "tmp").string()});
        const auto until = std::chrono::steady_clock::now() + kCheckPatience;
        const auto hangs = [&] {
            try {
                for (const auto& entry :
                     std::filesystem::recursive_directory_iterator(folder.path() / "tmp")) {
                    if (entry.path().filename() == "create.valid") return true;
                }
            } catch (const std::filesystem::filesystem_error&) {
                return false;  // what it was looking at has gone
            }
            return false;
        };
        while (!hangs() && std::chrono::steady_clock::now() < until) {
            process.wait(std::chrono::milliseconds(10));
        }
        process.signal(number);
        ASSERT_TRUE(process.wait(kCheckPatience));
        EXPECT_EQ(process.exit_code(), 2);
        EXPECT_NE(read_text(folder.path() / "err").find("interrupted"), std::string::npos);
        EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "tmp"));
    }
}

TEST(Checker, options_that_are_no_object_are_refused) {
    const auto said = check("reference.so", kContract, {"--only", "A1", "--options", "[1]"});
    EXPECT_EQ(said.exit_code, 2);
    EXPECT_NE(said.err.find("--options: found [1], expected an object"), std::string::npos);
}

TEST(Checker, explains_a_family) {
    const auto said = check("reference.so", kContract, {"--explain", "D"});
    EXPECT_EQ(said.exit_code, 0);
    EXPECT_NE(said.out.find("D1 step.output"), std::string::npos);
    EXPECT_NE(said.out.find("D5 step.lost-reply"), std::string::npos);
    EXPECT_EQ(said.out.find("E1"), std::string::npos);
}

}  // namespace
}  // namespace gantry::test
