// D: what a step, or a method that writes, promises to whoever calls it again.
#include "base/error_json.hpp"
#include "base/schema.hpp"
#include "check/check.hpp"
#include "check/stage.hpp"
#include "plugin/interface.hpp"

#include <future>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;

void require_success(const Scenario& scenario, const End& end, const std::string& when = "") {
    require(end.answered && !end.error, named(scenario) + when + " ended with " + in_words(end),
            "success");
}

// What the manifest or the interface says of the output; null: nothing.
json output_schema(Subject& subject, const Scenario& scenario) {
    for (const auto& step : subject.manifest().steps) {
        if (step.name == scenario.step) return step.output;
    }
    if (scenario.method.empty()) return nullptr;
    const auto& interface = subject.interface();
    const auto method = interface.methods.find(scenario.method);
    return method == interface.methods.end() ? json(nullptr) : method->second.output_schema;
}

bool may_repeat(Subject& subject, const Scenario& scenario) {
    for (const auto& step : subject.manifest().steps) {
        if (step.name == scenario.step) return !step.at_most_once;
    }
    return true;
}

// Those that change something and may be asked for more than once.
std::vector<Scenario> repeatable_writes(Subject& subject) {
    std::vector<Scenario> chosen;
    for (auto& scenario : subject.good_scenarios()) {
        if (writes(subject, scenario) && may_repeat(subject, scenario)) {
            chosen.push_back(std::move(scenario));
        }
    }
    if (chosen.empty()) skip("no scenario does anything that is written and may be repeated");
    return chosen;
}

void output(Subject& subject) {
    const auto scenarios = subject.scenarios();
    if (scenarios.empty()) subject.good_scenarios();  // which says why there are none
    Stage stage(subject);
    for (const auto& scenario : scenarios) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        const auto end = action.invoke(key);
        action.take_back(key, end);  // also where it is not what is expected
        if (scenario.error) {
            require(end.error && code_name(end.error->code()) == *scenario.error,
                    named(scenario) + " ended with " + in_words(end), *scenario.error);
            continue;
        }
        require_success(scenario, end);
        const auto found = json::parse(end.output, nullptr, false);
        require(!found.is_discarded(), named(scenario) + " answered no JSON", "JSON", end.output);
        if (scenario.output) {
            require(contains(found, *scenario.output), named(scenario) + " answered something else",
                    "at least what the scenario expects",
                    {{"found", found}, {"expected", *scenario.output}});
        }
        if (const auto schema = output_schema(subject, scenario); schema.is_object()) {
            const auto bad = Schema(schema).check(end.output);
            require(bad.empty(), "the output of " + named(scenario) + ": " + joined(bad),
                    "what its schema says", found);
        }
    }
}

void require_once(Subject& subject, const Scenario& scenario, const End& end, const char* side) {
    const std::string what = named(scenario) + side;
    require(end.answered, what + " did not answer within its timeout", "one complete()");
    require(end.completes == 1, what + " was completed " + std::to_string(end.completes) + " times",
            "once");
    const auto* step = subject.library().step_manifest(scenario.step);
    require(end.before_return || (step != nullptr && step->async),
            what + " was completed after the function had returned",
            "before, or \"async\": true in the manifest");
}

void once(Subject& subject) {
    subject.good_scenarios();
    Stage stage(subject);
    for (const auto& scenario : subject.scenarios()) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        const auto end = action.invoke(key);
        require_once(subject, scenario, end, "");
        if (!action.compensable()) continue;
        require_once(subject, scenario, action.compensate(key, end), " (compensate)");
    }
    stage.end();
    require(stage.rig().refused_completes() == 0,
            "calls that were over were completed again, " +
                std::to_string(stage.rig().refused_completes()) + " times",
            "one complete() for each call");
}

void require_same(const Scenario& scenario, const End& first, const End& other,
                  const std::string& when) {
    require_success(scenario, other, when);
    const auto one = json::parse(first.output, nullptr, false);
    const auto two = json::parse(other.output, nullptr, false);
    require(one == two, named(scenario) + when + " answered something else than before",
            "the same key is the same answer", {{"first", one}, {"then", two}});
}

// Both at the same time under one new key.
void at_once(Stage& stage, const Scenario& scenario) {
    const auto key = new_key();
    auto one = stage.action(scenario);
    auto two = stage.action(scenario);
    one.record(key);
    two.record(key);
    auto other = std::async(std::launch::async, [&] { return two.invoke(key); });
    const auto first = one.invoke(key);
    const auto second = other.get();
    require_success(scenario, first, ", the same key twice at once,");
    require_same(scenario, first, second, ", the same key twice at once,");
    one.take_back(key, first);
}

void idempotent(Subject& subject) {
    const auto scenarios = repeatable_writes(subject);
    Stage stage(subject);
    for (const auto& scenario : scenarios) {
        const auto key = new_key();
        const auto shown = [&](Action& action) {
            return scenario.probe ? action.probe() : json(nullptr);
        };
        auto action = stage.action(scenario);
        const auto first = action.invoke(key);
        require_success(scenario, first);
        const auto then = shown(action);
        const auto same = [&](Action& by, const std::string& when) {
            require_same(scenario, first, by.again(key, first), when);
            const auto now = shown(by);
            require(now == then, named(scenario) + when + " changed more than it did before",
                    "the same key has the effect of once", {{"first", then}, {"then", now}});
        };
        same(action, ", asked again,");
        stage.create_again();
        auto later = stage.action(scenario);
        same(later, ", asked again of a new instance,");
        later.take_back(key, first);
        if (subject.manifest().max_concurrency > 1) at_once(stage, scenario);
    }
}

void effects(Subject& subject) {
    const auto scenarios = subject.good_scenarios();
    Stage stage(subject);
    auto& seam = stage.rig().seam();
    bool reached = false;
    for (const auto& scenario : scenarios) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        seam.forget();
        const auto end = action.invoke(key);
        require_success(scenario, end);
        const auto count = seam.effects();
        reached = reached || !seam.passed().empty();
        require(writes(subject, scenario) || count == 0,
                named(scenario) + " wrote, " + std::to_string(count) + " times",
                "nothing: its manifest says \"effect\": \"none\"");
        if (may_repeat(subject, scenario)) {
            action.again(key, end);
            require(seam.effects() == count,
                    named(scenario) + ", asked twice with one key, had " +
                        std::to_string(seam.effects()) + " effects",
                    "as many as asked once, " + std::to_string(count));
        }
        action.take_back(key, end);
    }
    if (!reached) skip("it reaches nothing through the host, so its effects cannot be counted");
}

// What one clean call comes to.
struct Effects {
    std::size_t count = 0;
    std::optional<json> state;  // that the probe shows, where it is taken back then
};

Effects effects_of(Stage& stage, const Scenario& scenario) {
    auto action = stage.action(scenario);
    const auto key = new_key();
    stage.rig().seam().forget();
    const auto end = action.invoke(key);
    Effects effects{stage.rig().seam().effects(), std::nullopt};
    if (scenario.probe && action.compensable()) effects.state = action.probe();
    action.take_back(key, end);
    stage.rig().seam().forget();
    return effects;
}

void require_unknown(const Scenario& scenario, const End& lost) {
    require(lost.answered, named(scenario) + " did not answer after a lost reply", "an answer");
    if (!lost.error) return;  // it has looked, and found what it wrote
    const bool told = lost.error->error_class() == GANTRY_CLASS_RETRYABLE &&
                      (lost.error->flags() & GANTRY_EF_MAYBE_APPLIED) != 0;
    require(told, named(scenario) + " ended with " + in_words(lost) + " after a lost reply",
            "class RETRYABLE and MAYBE_APPLIED: the write may have arrived", to_json(*lost.error));
}

void lost_reply(Subject& subject) {
    const auto scenarios = repeatable_writes(subject);
    Stage stage(subject);
    auto& seam = stage.rig().seam();
    bool reached = false;
    for (const auto& scenario : scenarios) {
        const auto clean = effects_of(stage, scenario);
        const auto count = clean.count;
        if (count == 0) continue;
        reached = true;
        auto action = stage.action(scenario);
        const auto key = new_key();
        const auto before = scenario.probe ? action.probe() : json(nullptr);
        seam.forget();
        seam.inject({}, 1);
        const auto lost = action.invoke(key);
        seam.heal();
        require_unknown(scenario, lost);
        const auto end = action.again(key, lost);
        require_success(scenario, end, ", asked again after a lost reply,");
        require(seam.effects() == count,
                named(scenario) + ", asked again after a lost reply, had " +
                    std::to_string(seam.effects()) + " effects",
                "as many as without one, " + std::to_string(count) +
                    "; of two answers 201 that differ each counts");
        if (!action.compensable()) continue;
        if (const auto state = clean.state ? action.probe() : json(nullptr); clean.state) {
            require(state == *clean.state,
                    named(scenario) + ", asked again after a lost reply, left another state",
                    "the state of one call whose reply came",
                    {{"one", *clean.state}, {"again", state}});
        }
        const auto undone = action.compensate(key, end);
        require_success(scenario, undone, " (compensate) after a lost reply");
        if (!scenario.probe) continue;
        const auto after = action.probe();
        require(after == before, named(scenario) + " was not taken back after a lost reply",
                "the state before it", {{"before", before}, {"now", after}});
    }
    if (!reached) skip("it writes nothing through the host, so no reply to it can be lost");
}

}  // namespace

std::vector<Check> step_checks() {
    return {
        {"D1", "step.output", 2, "each scenario gives the output or the error that it expects",
         "Compare the evidence with the scenario in contract.json and with the output's schema.",
         seconds(60), &output},
        {"D2", "step.once", 2, "each call is completed exactly once",
         "Call complete() once on every way through the function; before it returns, unless the "
         "manifest says \"async\": true.",
         seconds(60), &once},
        {"D3", "step.idempotent", 2,
         "the same key twice, at once, or of a new instance is the same answer and one effect",
         "Hand call.idempotency_key() to the system you write to, or remember answers by it where "
         "they outlive the instance.",
         seconds(60), &idempotent},
        {"D4", "step.effects", 2, "asked twice with one key it writes as often as asked once",
         "Give each write the call's key, and none of its own making; declare \"effect\": \"none\" "
         "only of what never writes.",
         seconds(60), &effects},
        {"D5", "step.lost-reply", 2,
         "a write whose reply is lost is told as maybe applied, and asked again has one effect",
         "Pass on the flags of the error that ended the request; never turn a missing answer into "
         "NOT_APPLIED or into a permanent error.",
         seconds(60), &lost_reply},
    };
}

}  // namespace gantry::host::check
