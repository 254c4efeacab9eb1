// Sagas per second of the engine with a real plugin, beside a bare loop that writes the same rows
// in groups to the same kind of file, in one run: read the ratios, the machine's speed drifts. Then
// what long runs, large payloads and many finished runs cost.
#include "base/carry_on.hpp"
#include "bench/counted_sync.hpp"
#include "bench/large_lists.hpp"
#include "bench/long_runs.hpp"
#include "bench/many_runs.hpp"
#include "flow/engine.hpp"
#include "plugin/plugin_steps.hpp"
#include "plugin/workflows.hpp"
#include "store/migration.hpp"
#include "store/sqlite.hpp"
#include "store/sqlite_sink.hpp"
#include "support/temp_dir.hpp"
#include "support/timings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <latch>

namespace gantry::host {
namespace {

using Clock = test::Timings::Clock;

constexpr int kFewRuns = 1000;  // finished ones, beside 25 times `total`

constexpr const char* kTwo = R"({"name": "w", "steps": [
    {"id": "a", "step": "echo", "with": "${ .input }"},
    {"id": "b", "step": "echo", "with": "${ .steps.a }"}],
    "result": "${ .steps.b }"})";

// A chain of steps, each taking what the one before it gave.
std::string chain(int steps) {
    json source = {{"name", "w"}, {"steps", json::array()}};
    for (int i = 0; i < steps; ++i) {
        const json with = i == 0 ? "${ .input }" : "${ .steps.s" + std::to_string(i - 1) + " }";
        source["steps"].push_back(
            {{"id", "s" + std::to_string(i)}, {"step", "echo"}, {"with", with}});
    }
    return source.dump();
}

std::string payload() {  // 300 bytes
    return R"({"id":"prod_1","text":")" + std::string(300 - 24 - 2, 'x') + R"("})";
}

struct Result {
    double rate = 0;
    double p50_ms = 0;
    double p99_ms = 0;
    double syncs = 0;
};

/// `at_once` callers, each starting its next saga when the last one is over, on the threads that
/// the API has for that.
class Load {
public:
    Load(Engine& engine, Pool& api, int at_once, int total)
        : engine_(engine), api_(api), left_(total), callers_(at_once) {}

    Result run() {
        const auto syncs_before = bench::syncs();
        const auto begin = Clock::now();
        const auto callers = callers_;
        for (int i = 0; i < callers; ++i) next();
        over_.wait();
        const std::chrono::duration<double> took = Clock::now() - begin;
        const auto n = static_cast<double>(latencies_.size());
        return {n / took.count(), latencies_.p50(), latencies_.p99(),
                static_cast<double>(bench::syncs() - syncs_before) / n};
    }

private:
    void next() {
        bool last = false;
        bool none_left = false;
        {
            const std::lock_guard lock(mutex_);
            none_left = left_ == 0;
            if (none_left) {
                last = --callers_ == 0;
            } else {
                --left_;
            }
        }
        if (last) over_.count_down();  // after this the load may be gone
        if (none_left) return;
        const auto begin = Clock::now();
        const auto stopped = [this, begin](const Stand&) {
            {
                const std::lock_guard lock(mutex_);
                latencies_.add_since(begin);
            }
            next();
        };
        api_.submit([this, stopped] {
            const CarryOn with_its_start;
            engine_.start({"w", payload(), {}, stopped}, [](const Accepted& accepted) {
                if (accepted.error) std::abort();
            });
        });
    }

    Engine& engine_;
    Pool& api_;
    std::mutex mutex_;
    test::Timings latencies_;
    int left_;
    int callers_;
    std::latch over_{1};
};

Result measure(const std::string& workflow, const std::string& store_at, int at_once, int total) {
    Config config;
    config.modules.push_back({"bench", GANTRY_BENCH_PLUGIN, json::object(), "", {}, {}, {}});
    Log log(LogFormat::kText, GANTRY_LOG_WARN);
    Metrics metrics;
    Timers timers;
    Pool engine_threads({std::max(std::thread::hardware_concurrency(), 2U), /*may_block=*/false});
    Pool load_threads({2});
    Pool jq_threads({2});
    FairPool jq(jq_threads);
    Pool api_threads({8});
    Pool plugins;
    Problems problems;
    Container container(config, plugins, timers, log, problems);
    if (!problems.empty()) {
        std::fprintf(stderr, "%s\n", problems.text().c_str());
        std::exit(2);
    }
    PluginSteps steps(container, timers);
    const auto store = Store::open(store_at, "bench");
    Engine engine({*store, steps, engine_threads, load_threads, jq, timers, log, metrics}, {});
    std::vector<DefinitionProblem> wrong;
    Plan plan{*parse_definition(json::parse(workflow), wrong), {}};
    for (const auto& step : plan.definition.steps) plan.steps.push_back(steps.find(step.what));
    engine.add(std::move(plan), nullptr);
    container.start({});
    Load(engine, api_threads, at_once, std::min(total, 200)).run();  // warm
    const auto result = Load(engine, api_threads, at_once, total).run();
    api_threads.stop();
    engine.stop(std::chrono::seconds(10));
    timers.stop();
    plugins.stop();
    jq_threads.stop();
    load_threads.stop();
    engine_threads.stop();
    return result;
}

/// The rows of `total` sagas in groups of `at_once`, without an engine: three commits a group.
double bare_loop(const std::filesystem::path& file, int at_once, int total) {
    SqliteConnection connection(file, SqliteConnection::Mode::kWrite);
    migrate(connection);
    connection.database().exec("INSERT INTO definition VALUES ('hash', 'two', '{}', 0)");
    const WallClock clock;
    SqliteSink sink(connection, clock);
    const auto row = [](const char* path, StepStatus status) {
        StepRow step;
        step.path = path;
        step.module = "bench";
        step.name = "echo";
        step.status = status;
        if (status == StepStatus::kDone) step.result = payload();
        return step;
    };
    const auto begin = Clock::now();
    for (int from = 0; from < total; from += at_once) {
        std::vector<std::shared_ptr<Mutation>> all;
        std::vector<WriteItem> batch;
        for (int i = 0; i < at_once; ++i) {
            auto& m = *all.emplace_back(std::make_shared<Mutation>());
            m.accept = true;
            m.run.id = "01a20723-de86-7220-be17-" + std::to_string(100'000'000'000 + from + i);
            m.run.workflow = "two";
            m.run.def_hash = "hash";
            m.run.input = payload();
            m.run.owner = "01a20723-de86-7220-be17-bb79d191f956";
            m.steps = {row("a", StepStatus::kStarted)};
            batch.push_back({all.back(), {}, {}});
        }
        sink.commit(batch);
        for (const auto& m : all) {
            m->accept = false;
            ++m->run.revision;
            m->steps = {row("a", StepStatus::kDone), row("b", StepStatus::kStarted)};
        }
        sink.commit(batch);
        for (const auto& m : all) {
            ++m->run.revision;
            m->run.status = RunStatus::kDone;
            m->run.output = payload();
            m->run.owner.reset();
            m->run.finished_at = 1;
            m->steps = {row("b", StepStatus::kDone)};
        }
        sink.commit(batch);
    }
    const std::chrono::duration<double> took = Clock::now() - begin;
    return total / took.count();
}

/// What one fdatasync of a page of `file` costs: the median, in milliseconds.
double fdatasync_ms(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT, 0600);
    const std::string page(4096, 'x');
    test::Timings times;
    for (int i = 0; i < 300; ++i) {
        if (::write(fd, page.data(), page.size()) < 0) std::abort();
        const auto begin = Clock::now();
        ::fdatasync(fd);
        times.add_since(begin);
    }
    ::close(fd);
    return times.p50();
}

void print(const char* store, int at_once, const Result& r) {
    std::printf("%-8s %7d %11.0f %9.2f %9.2f %17.2f\n", store, at_once, r.rate, r.p50_ms, r.p99_ms,
                r.syncs);
    std::fflush(stdout);
}

double median(std::vector<double> all) {
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
}

// What is compared is measured in turns, since the speed of a machine drifts.
void print_ratios(int total) {
    constexpr int kRounds = 7;
    const int alone = std::max(200, total / 40);
    const int many = (total / 4 / 64 + 1) * 64;
    std::vector<double> to_bare;
    std::vector<double> to_bare_alone;
    std::vector<double> to_sync;
    std::vector<double> bare_rates;
    std::vector<double> sync_times;
    for (int i = 0; i < kRounds; ++i) {
        const test::TempDir folder;
        const auto store = [&](const char* name) { return "sqlite:" + (folder / name).string(); };
        const double at_64 = measure(kTwo, store("64.db"), 64, many).rate;
        const double bare = bare_loop(folder / "bare.db", 64, many);
        const double alone_ms = measure(kTwo, store("1.db"), 1, alone).p50_ms;
        const double sync_ms = fdatasync_ms(folder / "sync");
        const double bare_alone_ms = 1000 / bare_loop(folder / "bare_alone.db", 1, alone);
        bare_rates.push_back(bare);
        sync_times.push_back(sync_ms);
        to_bare.push_back(at_64 / bare);
        to_sync.push_back(alone_ms / (3 * sync_ms));
        to_bare_alone.push_back(alone_ms / bare_alone_ms);
    }
    std::printf(
        "\nbare loop, the same rows in groups of 64, no engine: %.0f sagas/s; one "
        "fdatasync: %.2f ms\nof %d rounds the middle one:\n",
        median(bare_rates), median(sync_times), kRounds);
    std::printf("sqlite at 64 / bare loop: %.2f\n", median(to_bare));
    std::printf("alone p50 / three fdatasync: %.2f; / bare loop alone: %.2f\n", median(to_sync),
                median(to_bare_alone));
    std::fflush(stdout);
}

int bench_main(int total) {
    std::printf("two-step sagas, trivial steps of a real plugin, payloads of 300 bytes\n\n");
    std::printf("%-8s %7s %11s %9s %9s %17s\n", "store", "at once", "sagas/s", "p50 ms", "p99 ms",
                "fdatasync/saga");
    double most_syncs_alone = 0;
    double most_syncs_at_64 = 0;
    for (const int at_once : {1, 8, 64}) {
        const test::TempDir folder;
        const int n = at_once == 1 ? std::max(200, total / 5) : total;
        const auto r = measure(kTwo, "sqlite:" + (folder / "bench.db").string(), at_once, n);
        if (at_once == 1) most_syncs_alone = r.syncs;
        if (at_once == 64) most_syncs_at_64 = r.syncs;
        print("sqlite", at_once, r);
    }
    for (const int at_once : {1, 8, 64}) {
        print("memory", at_once, measure(kTwo, "memory:", at_once, total));
    }
    print_ratios(total);
    const int longest = std::min(total / 2, 10'000);
    const auto per_step = [&](int steps, int runs) {
        const test::TempDir at;
        return measure(chain(steps), "sqlite:" + (at / "chain.db").string(), 1, runs).p50_ms /
               steps;
    };
    const double of_100 = per_step(100, 20);
    const double of_many = per_step(longest, 2);
    std::printf("a chain of 100 steps: %.3f ms a step; of %d: %.3f ms (%.2f times)\n", of_100,
                longest, of_many, of_many / of_100);
    bench::bench_long_runs(total);
    bench::bench_large_lists(total / 20);
    bench::bench_many_runs(kFewRuns, 25 * total);
    // Counts, not times. An unoptimised engine posts its rows more slowly, so less waits for each
    // sync of the writer.
#ifdef NDEBUG
    constexpr double kMostAt64 = 0.2;
#else
    constexpr double kMostAt64 = 0.4;
#endif
    const bool few = most_syncs_alone <= 3.2 && most_syncs_at_64 <= kMostAt64;
    if (!few) {
        std::fprintf(stderr, "more than 3.2 fdatasync a saga alone, or %.1f at 64 at once\n",
                     kMostAt64);
    }
    return few ? 0 : 1;
}

}  // namespace
}  // namespace gantry::host

int main(int argc, char** argv) {
    const int total = argc > 1 ? std::atoi(argv[1]) : 20'000;  // NOLINT
    return gantry::host::bench_main(std::max(total, 64));
}
