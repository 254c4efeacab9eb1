// Both stores are asked in turn, and medians are printed: what disturbs one disturbs the other.
#include "bench/many_runs.hpp"

#include "bench/scripted_steps.hpp"
#include "support/finished_runs.hpp"
#include "support/machinery.hpp"
#include "support/temp_dir.hpp"
#include "support/timings.hpp"

#include <cstdio>

namespace gantry::bench {
namespace {

using host::RunFilter;
using host::RunStatus;
using host::Store;
using test::Timings;

constexpr int kAsked = 11;  // the median counts
constexpr int kStarts = 5;
constexpr double kMostTimes = 2;    // the same cost, as well as a clock can tell
constexpr double kTooLittleMs = 1;  // of difference to be told

struct Question {
    const char* name;
    std::function<void(Store&)> ask;
    bool alike = true;  // both cost the same, as is promised
};

double ms_of(const std::function<void()>& work) {
    const auto began = Timings::Clock::now();
    work();
    return std::chrono::duration<double, std::milli>(Timings::Clock::now() - began).count();
}

// `alike`: both are promised to cost the same.
void print(const char* name, const Timings& few, const Timings& many, bool alike) {
    const double a = few.p50();
    const double b = many.p50();
    const bool missed = alike && b > kMostTimes * a && b - a > kTooLittleMs;
    std::printf("%-40s %9.2f %9.2f %8.1f%s\n", name, a, b, b / a, missed ? "  (missed)" : "");
    std::fflush(stdout);
}

constexpr const char* kMetrics = "/metrics and /admin/status";
void ask_metrics(Store& store) {
    RunFilter for_a_person;
    for_a_person.status = {RunStatus::kFailed, RunStatus::kPaused};
    store.count(for_a_person);
    store.waiting();
    store.unaccounted(std::chrono::minutes(1));
}

// Prints what it costs in each.
void compare(const char* name, const std::function<void(Store&)>& ask, Store& a, Store& b,
             bool alike) {
    Timings of_a;
    Timings of_b;
    for (int i = 0; i < kAsked; ++i) {
        of_a.add(ms_of([&] { ask(a); }));
        of_b.add(ms_of([&] { ask(b); }));
    }
    print(name, of_a, of_b, alike);
}

std::vector<std::pair<const char*, RunFilter>> filters(std::int64_t now) {
    std::vector<std::pair<const char*, RunFilter>> all;
    const auto add = [&](const char* name, const std::function<void(RunFilter&)>& set) {
        set(all.emplace_back(name, RunFilter{}).second);
    };
    add("the newest", [](auto&) {});
    add("of a state", [](auto& f) { f.status = {RunStatus::kDone}; });
    add("of a workflow", [](auto& f) { f.workflow = "w5"; });
    add("of a workflow and a state", [](auto& f) {
        f.workflow = "w3";
        f.status = {RunStatus::kReverted};
    });
    add("of a workflow, none of that state", [](auto& f) {
        f.workflow = "w5";
        f.status = {RunStatus::kReverted};
    });
    add("that need a person", [](auto& f) { f.status = {RunStatus::kFailed, RunStatus::kPaused}; });
    add("that wait for a signal", [](auto& f) { f.waits_for = "signal:"; });
    add("with a key", [](auto& f) { f.exactly = "key-77"; });
    add("of the last minute", [now](auto& f) { f.created_from = now - 60'000; });
    add("of the last minute, reverted", [now](auto& f) {
        f.created_from = now - 60'000;
        f.status = {RunStatus::kReverted};
    });
    add("with a text that some have", [](auto& f) { f.text = "key-7"; });
    add("with a text that none has", [](auto& f) { f.text = "no such text"; });
    add("whose id ends so", [](auto& f) { f.id_end = "000000000777"; });
    return all;
}

std::vector<Question> questions(std::int64_t now) {
    std::vector<Question> all;
    for (const auto& one : filters(now)) {
        const auto& filter = one.second;
        // A text is looked for in 10,000 runs at most, the end of an id, by which a person names
        // one run, in all.
        const bool alike = !filter.text && !filter.id_end;
        all.push_back({one.first, [filter](Store& store) { store.runs(filter); }, alike});
        all.push_back({"  how many", [filter](Store& store) { store.count(filter); }, alike});
    }
    all.push_back({kMetrics, ask_metrics});
    all.push_back({"retention: which is the oldest", [](Store& store) {
                       for (const auto status : {RunStatus::kDone, RunStatus::kReverted}) {
                           store.oldest(status);
                       }
                   }});
    return all;
}

// Until the host has looked at what is due.
double start_ms(const std::string& where) {
    test::Machinery machinery;
    ScriptedSteps steps([](const auto&, const auto&, auto) {}, machinery.plugins);
    std::unique_ptr<Store> store;
    std::optional<host::Engine> engine;
    const double ms = ms_of([&] {
        store = Store::open(where, "bench");
        engine.emplace(machinery.parts(*store, steps), host::EngineSettings{});
        engine->recover();
        store->put_note("bench", "");  // after what recover() asked the writer
    });
    engine->stop(std::chrono::seconds(10));
    machinery.stop();
    return ms;
}

}  // namespace

void bench_many_runs(int few, int many) {
    const test::TempDir dir;
    const std::string names[] = {dir / "few/gantry.db", dir / "many/gantry.db"};
    test::make_finished_runs(names[0], few, 300);
    test::make_finished_runs(names[1], many, 300);
    const std::string stores[] = {"sqlite:" + names[0], "sqlite:" + names[1]};
    std::printf("\n%-40s %9d %9d %8s\n", "ms with so many finished runs; lists of 100", few, many,
                "times");
    {
        const auto a = Store::open(stores[0], "bench");
        const auto b = Store::open(stores[1], "bench");
        for (const auto& [name, ask, alike] : questions(a->now())) {
            compare(name, ask, *a, *b, alike);
        }
    }
    Timings of_few;
    Timings of_many;
    for (int i = 0; i < kStarts; ++i) {
        of_few.add(start_ms(stores[0]));
        of_many.add(start_ms(stores[1]));
    }
    print("a start: open, sweep, recover", of_few, of_many, true);

    const int few_wait = 200;
    const int many_wait = many / 5;
    const auto waits = dir / "waits/gantry.db";
    test::make_finished_runs(waits, few + many_wait, 300, many_wait);
    std::printf("%-40s %9d %9d\n", "ms with so many that wait for a signal", few_wait, many_wait);
    const auto a = Store::open(stores[0], "bench");
    const auto b = Store::open("sqlite:" + waits.string(), "bench");
    compare(kMetrics, ask_metrics, *a, *b, false);
}

}  // namespace gantry::bench
