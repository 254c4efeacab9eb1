#include "bench/long_runs.hpp"

#include "bench/memory.hpp"
#include "bench/scripted_steps.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/stack_used.hpp"
#include "support/temp_dir.hpp"
#include "support/timings.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace gantry::bench {
namespace {

constexpr std::chrono::minutes kPatience(10);
constexpr std::size_t kFlat = 16 << 10;  // more stack than a short run's is not flat

/// A workflow of so many items, and the input that makes them.
struct Shape {
    json steps;
    json input;
};

struct Name {
    const char* name;
    std::function<Shape(int items)> make;
};

json numbers(int count) {
    json all = json::array();
    for (int i = 0; i < count; ++i) all.push_back(i);
    return all;
}

json step(const std::string& id) { return {{"step", "a"}, {"id", id}}; }

json for_each(const std::string& list, int limit, json what) {
    return {{"id", "each"}, {"for_each", list}, {"limit", limit}, {"do", std::move(what)}};
}

Shape row(int items) {
    json steps = json::array();
    for (int i = 0; i < items; ++i) steps.push_back(step("s" + std::to_string(i)));
    return {steps, nullptr};
}

Shape list(int items, int limit) {
    return {json::array({for_each("${ .input }", limit, step("a"))}), numbers(items)};
}

Shape lists_in_a_list(int items) {
    const int side = std::max(static_cast<int>(std::sqrt(items)), 1);
    auto inner = for_each("${ .item }", 8, step("a"));
    inner["id"] = "inner";
    return {json::array({for_each("${ .input }", 8, inner)}),
            json(static_cast<std::size_t>(side), numbers(side))};
}

Shape branches(int items) {
    json all = json::array();
    for (int i = 0; i < items; ++i) all.push_back(step("s" + std::to_string(i)));
    return {json::array({{{"parallel", all}}}), nullptr};
}

/// An engine in which each step tells how deep it stands.
class Rig {
public:
    Rig() : store_(host::Store::open("sqlite:" + (dir_ / "gantry.db").string(), "bench")) {}
    ~Rig() {
        engine_.stop(std::chrono::seconds(20));
        machinery_.stop();
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    void add(const std::string& name, const json& steps) {
        std::vector<host::DefinitionProblem> problems;
        auto definition = host::parse_definition({{"name", name}, {"steps", steps}}, problems);
        if (!definition) throw std::runtime_error(problems.at(0).message);
        host::Plan plan{std::move(*definition), {}};
        for (const auto& one : plan.definition.steps) plan.steps.push_back(steps_.find(one.what));
        engine_.add(std::move(plan), nullptr);
    }

    /// The deepest stack of its steps.
    std::size_t run(const std::string& workflow, const json& input) {
        deepest_ = 0;
        const auto started = ask_.start({workflow, input.dump(), {}, {}});
        if (started.error) throw Error(*started.error);
        ask_.wait(*store_, started.run_id, kPatience);
        if (store_->run(started.run_id)->status != host::RunStatus::kDone) {
            throw std::runtime_error("a run of " + workflow + " is not done");
        }
        return deepest_;
    }

private:
    void look() {
        const auto now = test::stack_used();
        auto seen = deepest_.load();
        while (now > seen && !deepest_.compare_exchange_weak(seen, now)) {
        }
    }

    const test::TempDir dir_;
    std::atomic<std::size_t> deepest_{0};
    test::Machinery machinery_;
    std::unique_ptr<host::Store> store_;
    ScriptedSteps steps_{[this](const auto&, const auto&, auto ended) {
                             look();
                             ended({"1", {}, {}});
                         },
                         machinery_.plugins};
    host::Engine engine_{machinery_.parts(*store_, steps_), {}};
    test::Asking ask_{engine_};
};

void measure(const char* name, const Shape& few, const Shape& many, int items) {
    Rig rig;
    rig.add("few", few.steps);
    rig.add("many", many.steps);
    const auto usual = rig.run("few", few.input);
    const PeakGrowth growth(getpid());
    const auto began = test::Timings::Clock::now();
    const auto deepest = rig.run("many", many.input);
    const std::chrono::duration<double, std::milli> took = test::Timings::Clock::now() - began;
    std::printf("%-32s %8d %12.0f %12.3f %9zu %9zu%s\n", name, items, growth.bytes() / items,
                took.count() / items, usual, deepest, deepest > usual + kFlat ? "  (missed)" : "");
    std::fflush(stdout);
}

}  // namespace

void bench_long_runs(int steps) {
    const auto of_limit = [](int limit) {
        return [limit](int items) { return list(items, limit); };
    };
    const std::vector<std::pair<Name, int>> all = {
        {{"steps in a row", row}, steps},
        {{"for_each, limit 1", of_limit(1)}, steps / 2},
        {{"for_each, limit 8", of_limit(8)}, steps / 2},
        {{"for_each, limit 64", of_limit(64)}, steps / 2},
        {{"for_each in for_each, limits 8", lists_in_a_list}, steps / 2},
        {{"branches in parallel", branches}, steps / 2}};
    std::printf("\n%-32s %8s %12s %12s %9s %9s\n", "", "items", "bytes each", "ms each", "stack, 9",
                "stack");
    for (const auto& [shape, items] : all) {
        measure(shape.name, shape.make(9), shape.make(items), items);
    }
}

}  // namespace gantry::bench
