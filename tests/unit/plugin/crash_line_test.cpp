// The line a crash leaves has the shape of the log's.
#include "plugin/crash_line.hpp"

#include "under_way.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

const auto kAt =
    std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'078));

json parsed(const Running* running) {
    const CrashLine line(LogFormat::kJson, "SIGSEGV", running, kAt);
    EXPECT_EQ(line.text().back(), '\n');
    return json::parse(line.text());
}

TEST(CrashLine, is_one_json_object_that_names_plugin_version_step_and_run) {
    EXPECT_EQ(parsed(&kMethod),
              (json{{"at", "2023-11-14T22:13:20.078Z"},
                    {"level", "error"},
                    {"message",
                     "the host crashed with SIGSEGV in method describe of module erp "
                     "(plugin erp-ledger 1.0.2), within step update-erp, run run-1"},
                    {"call", "method describe"},
                    {"module", "erp"},
                    {"plugin", "erp-ledger"},
                    {"version", "1.0.2"},
                    {"within", "step update-erp"},
                    {"run", "run-1"},
                    {"signal", "SIGSEGV"}}));
}

TEST(CrashLine, on_a_terminal_is_text_as_the_log_is) {
    const CrashLine line(LogFormat::kText, "SIGFPE", &kMethod, kAt);
    EXPECT_EQ(line.text(),
              "2023-11-14T22:13:20.078Z error the host crashed with SIGFPE in method describe of "
              "module erp (plugin erp-ledger 1.0.2), within step update-erp, run run-1 "
              "signal=SIGFPE call=method describe module=erp plugin=erp-ledger run=run-1 "
              "version=1.0.2 within=step update-erp\n");
}

TEST(CrashLine, leaves_out_what_there_is_not) {
    const Running create{"erp", "erp-ledger", "1.0.2", "create", "", ""};
    const auto line = parsed(&create);
    EXPECT_EQ(line.at("message"),
              "the host crashed with SIGSEGV in create of module erp (plugin erp-ledger 1.0.2)");
    EXPECT_FALSE(line.contains("run") || line.contains("within")) << line;
    const auto nowhere = parsed(nullptr);
    EXPECT_EQ(nowhere.at("message"),
              "the host crashed with SIGSEGV on a thread that was in no call of a plugin");
    EXPECT_EQ(nowhere.at("signal"), "SIGSEGV");
}

TEST(CrashLine, stays_one_whole_line_whatever_the_names_are) {
    const std::string bad(10'000, '"');
    std::string worse = "a\\\nb\x01";
    worse += std::string(10'000, 'x');
    const Running running{bad, worse, bad, worse, bad, worse};
    const CrashLine line(LogFormat::kJson, "SIGSEGV", &running, kAt);
    EXPECT_EQ(line.text().find('\n'), line.text().size() - 1);
    const auto object = json::parse(line.text());
    EXPECT_EQ(object.at("module"), std::string(160, '?'));
    EXPECT_EQ(object.at("plugin"), "a??b?" + std::string(155, 'x'));
}

}  // namespace
}  // namespace gantry::host
