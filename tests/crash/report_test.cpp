// A plugin crashes the host: what the log says at once, how the process ends, and what the next
// host says. crash/poison_test has what becomes of the runs.
#include "support/ledger_host.hpp"
#include "support/sanitizers.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

namespace gantry::test::report_test {
namespace {

/// The lines of a log that are objects whose message has `part`.
std::vector<json> lines_with(const std::string& log, const std::string& part) {
    std::vector<json> found;
    std::istringstream in(log);
    for (std::string line; std::getline(in, line);) {
        auto object = json::parse(line, nullptr, false);
        if (!object.is_object()) continue;
        if (object.at("message").get<std::string>().find(part) == std::string::npos) continue;
        found.push_back(std::move(object));
    }
    return found;
}

struct Way {
    const char* how;
    int signal;
    const char* name;
};

std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.how; }

class Crash : public testing::TestWithParam<Way> {
protected:
    void SetUp() override {
        if (kSanitized) GTEST_SKIP() << "a sanitizer tells of crashes itself";
    }

    /// Of a step "write" of the ledger's run `run`.
    static void expect_names(const json& line, const std::string& run) {
        EXPECT_EQ(line.at("level"), "error");
        EXPECT_EQ(line.at("call"), "step write");
        EXPECT_EQ(line.at("module"), "ledger");
        EXPECT_EQ(line.at("plugin"), "ledger");
        EXPECT_EQ(line.at("version"), "1.0.0");
        EXPECT_EQ(line.at("run"), run);
        const auto message = line.at("message").get<std::string>();
        EXPECT_NE(message.find(" in step write of module ledger (plugin ledger 1.0.0), run " + run),
                  std::string::npos)
            << message;
    }

    static void expect_report(const std::string& log, const Way& way, const std::string& run) {
        const auto lines = lines_with(log, "the host crashed");
        ASSERT_EQ(lines.size(), 1U) << log;
        expect_names(lines[0], run);
        EXPECT_EQ(lines[0].at("signal"), way.name);
        EXPECT_TRUE(lines[0].contains("at"));
        const auto trace = log.substr(log.find("the host crashed"));
        EXPECT_NE(trace.find("/ledger.so("), std::string::npos) << log;
    }

    static std::string only_run(const LedgerHost& host) {
        const SQLite::Database store(host.dir() / "data/gantry.db");
        SQLite::Statement query(store, "SELECT run_id FROM run");
        return query.executeStep() ? query.getColumn(0).getString() : "no run";
    }
};

TEST_P(Crash, of_a_serving_host_is_told_at_once_and_by_the_next_one) {
    const auto& way = GetParam();
    LedgerHost host;
    host.serve();
    // The host may be gone before it has answered.
    const auto answered = host.start("one", "k", {{"a", {{"do", way.how}}}}, false).status;
    EXPECT_TRUE(answered == 202 || answered == 0) << answered;
    ASSERT_TRUE(host.process().wait(std::chrono::seconds(60)));
    EXPECT_EQ(host.process().exit_code(), -way.signal) << host.log();
    const auto run = only_run(host);
    expect_report(host.log(), way, run);
    host.try_serve();  // it dies again, of the same run
    const auto next = lines_with(host.log(), "the host before this one died while");
    ASSERT_EQ(next.size(), 1U) << host.log();
    expect_names(next[0], run);
}

TEST_P(Crash, of_a_command_is_told_as_well) {
    const auto& way = GetParam();
    LedgerHost host;
    const auto input = ledger_input({{"a", {{"do", way.how}}}}).dump();
    const auto ran = host.cli({"run", "one", "-i", input});
    EXPECT_EQ(ran.exit_code, -way.signal) << ran.err;
    expect_report(ran.err, way, only_run(host));
}

INSTANTIATE_TEST_SUITE_P(Plugin, Crash,
                         testing::Values(Way{"crash", SIGSEGV, "SIGSEGV"},
                                         Way{"abort", SIGABRT, "SIGABRT"},
                                         Way{"terminate", SIGABRT, "SIGABRT"},
                                         Way{"overflow", SIGSEGV, "SIGSEGV"}),
                         [](const auto& one) { return std::string(one.param.how); });

}  // namespace
}  // namespace gantry::test::report_test
