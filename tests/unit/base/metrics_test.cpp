// The metrics as a scraper reads them.
#include "base/metrics.hpp"

#include "base/process_counts.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gantry::host {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

std::map<std::string, double> series(const Metrics& metrics) {
    std::map<std::string, double> found;
    std::istringstream lines(metrics.text());
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') continue;
        const auto blank = line.rfind(' ');
        found[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
    }
    return found;
}

TEST(Metrics, runs_and_steps_are_counted_by_their_labels) {
    Metrics metrics;
    metrics.run_started("a");
    metrics.run_started("a");
    metrics.run_started("b");
    metrics.run_finished("a", "done", 0.004);
    metrics.run_finished("a", "reverted", 400);
    metrics.step_ended("erp", "invoke", "done", 0.003);
    metrics.step_ended("erp", "compensate", "done", 0.003);
    metrics.attempt_failed("erp", "RETRYABLE");
    const auto found = series(metrics);
    EXPECT_EQ(found.at("gantry_runs_started_total{workflow=\"a\"}"), 2);
    EXPECT_EQ(found.at("gantry_runs_started_total{workflow=\"b\"}"), 1);
    EXPECT_EQ(found.at("gantry_runs_finished_total{status=\"done\",workflow=\"a\"}"), 1);
    EXPECT_EQ(found.at("gantry_runs_finished_total{status=\"reverted\",workflow=\"a\"}"), 1);
    EXPECT_EQ(found.at("gantry_run_seconds_count"), 2);
    EXPECT_EQ(found.at("gantry_run_seconds_bucket{le=\"0.005\"}"), 1);
    EXPECT_EQ(
        found.at("gantry_step_seconds_count{outcome=\"done\",side=\"compensate\",step=\"erp\"}"),
        1);
    EXPECT_EQ(found.at("gantry_step_attempts_total{class=\"RETRYABLE\",step=\"erp\"}"), 1);
}

TEST(Metrics, what_the_host_does_is_counted) {
    Metrics metrics;
    metrics.committed(7, 0.0003);
    metrics.claimed(0.2);
    metrics.taken_over("dead", 3);
    metrics.stale_write();
    metrics.plugin_crashed();
    metrics.clock_stepped(-3600);
    const auto found = series(metrics);
    EXPECT_EQ(found.at("gantry_commit_seconds_count"), 1);
    EXPECT_EQ(found.at("gantry_commit_batch_sum"), 7);
    EXPECT_EQ(found.at("gantry_claim_wait_seconds_count"), 1);
    EXPECT_EQ(found.at("gantry_takeovers_total{reason=\"dead\"}"), 3);
    EXPECT_EQ(found.at("gantry_stale_writes_total"), 1);
    EXPECT_EQ(found.at("gantry_plugin_crashes_total"), 1);
    EXPECT_EQ(found.at("gantry_clock_step_seconds"), -3600);
}

TEST(Metrics, answers_are_counted_by_the_class_of_their_status) {
    Metrics metrics;
    metrics.http_answered(200);
    metrics.http_answered(202);
    metrics.http_answered(503);
    const auto found = series(metrics);
    EXPECT_EQ(found.at("gantry_http_answers_total{code=\"2xx\"}"), 2);
    EXPECT_EQ(found.at("gantry_http_answers_total{code=\"5xx\"}"), 1);
    EXPECT_EQ(found.at("gantry_http_answers_total{code=\"4xx\"}"), 0) << "before the first one";
}

TEST(Metrics, what_is_counted_elsewhere_is_of_the_type_counter) {
    Metrics metrics;
    metrics.counter("gantry_log_lines_dropped_total", "", [] { return 7.0; });
    metrics.store_error();
    metrics.built("1.2.3", "1.0");
    const auto found = series(metrics);
    EXPECT_EQ(found.at("gantry_log_lines_dropped_total"), 7);
    EXPECT_EQ(found.at("gantry_store_errors_total"), 1);
    EXPECT_EQ(found.at("gantry_build_info{abi=\"1.0\",version=\"1.2.3\"}"), 1);
    EXPECT_NE(metrics.text().find("# TYPE gantry_log_lines_dropped_total counter\n"),
              std::string::npos);
}

TEST(Metrics, the_process_is_counted_under_the_usual_names) {
    Metrics metrics;
    count_process(metrics);
    const auto found = series(metrics);
    EXPECT_GT(found.at("process_resident_memory_bytes"), 1e6);
    EXPECT_GE(found.at("process_virtual_memory_bytes"), found.at("process_resident_memory_bytes"));
    EXPECT_GE(found.at("process_open_fds"), 3);
    EXPECT_GE(found.at("process_max_fds"), found.at("process_open_fds"));
    EXPECT_GE(found.at("process_cpu_seconds_total"), 0);
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_LT(found.at("process_start_time_seconds"), now.count() + 2);
    EXPECT_GT(found.at("process_start_time_seconds"), now.count() - 86'400);
}

TEST(Metrics, a_counter_without_labels_is_there_before_anything_happens) {
    const auto found = series(Metrics());
    EXPECT_EQ(found.at("gantry_stale_writes_total"), 0);
    EXPECT_EQ(found.at("gantry_commit_seconds_count"), 0);
}

TEST(Metrics, a_gauge_is_read_when_asked) {
    Metrics metrics{milliseconds(0)};
    double value = 1;
    metrics.gauge("gantry_queue_due", "Runs whose time has come", [&] { return value; });
    EXPECT_EQ(series(metrics).at("gantry_queue_due"), 1);
    value = 5;
    EXPECT_EQ(series(metrics).at("gantry_queue_due"), 5);
    EXPECT_NE(metrics.text().find("# HELP gantry_queue_due Runs whose time has come\n"
                                  "# TYPE gantry_queue_due gauge\n"),
              std::string::npos);
}

TEST(Metrics, a_gauge_is_not_read_again_before_its_answer_is_old) {
    Metrics metrics{hours(1)};
    int reads = 0;
    metrics.gauge("gantry_queue_due", "", [&] { return ++reads; });
    metrics.text();
    EXPECT_EQ(series(metrics).at("gantry_queue_due"), 1);
}

TEST(Metrics, a_gauge_can_have_a_series_for_each_label) {
    Metrics metrics{milliseconds(0)};
    std::map<std::string, double> values = {{"person", 2}, {"turn", 1}};
    metrics.gauge("gantry_runs_waiting", "", "for", [&] { return values; });
    EXPECT_EQ(series(metrics).at("gantry_runs_waiting{for=\"person\"}"), 2);
    values.erase("person");
    EXPECT_EQ(series(metrics).count("gantry_runs_waiting{for=\"person\"}"), 0U);
    EXPECT_EQ(series(metrics).at("gantry_runs_waiting{for=\"turn\"}"), 1);
}

TEST(Metrics, a_gauge_that_throws_is_left_out_and_the_rest_stays) {
    Metrics metrics;
    metrics.gauge("gantry_broken", "", []() -> double { throw std::runtime_error("no disk"); });
    metrics.gauge("gantry_sound", "", [] { return 1.0; });
    const auto found = series(metrics);
    EXPECT_EQ(found.count("gantry_broken"), 0U);
    EXPECT_EQ(found.at("gantry_sound"), 1);
    EXPECT_EQ(found.at("gantry_stale_writes_total"), 0);
}

TEST(Metrics, labels_of_several_parts_do_not_run_together) {
    Metrics metrics;
    metrics.attempt_failed("ab", "c");
    metrics.attempt_failed("a", "bc");
    EXPECT_EQ(series(metrics).at("gantry_step_attempts_total{class=\"c\",step=\"ab\"}"), 1);
}

TEST(Metrics, many_threads_lose_no_count) {
    Metrics metrics;
    constexpr int kThreads = 8;
    constexpr int kEach = 2000;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&metrics, t] {
            for (int i = 0; i < kEach; ++i) {
                metrics.run_started("w" + std::to_string(i % 50));
                metrics.committed(1, 0.001);
                if (t == 0 && i % 500 == 0) metrics.text();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    const auto found = series(metrics);
    double started = 0;
    for (const auto& [name, value] : found) {
        if (name.starts_with("gantry_runs_started_total")) started += value;
    }
    EXPECT_EQ(started, kThreads * kEach);
    EXPECT_EQ(found.at("gantry_commit_seconds_count"), kThreads * kEach);
}

}  // namespace
}  // namespace gantry::host
