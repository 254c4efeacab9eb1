// G: that a plugin ends in time, hears when it is to stop, and lets go of what is over.
#include "base/error_json.hpp"
#include "check/check.hpp"
#include "check/stage.hpp"

#include <algorithm>

namespace gantry::host::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kTimeout = seconds(2);
constexpr auto kCancelAfter = milliseconds(200);
constexpr auto kMostDelay = seconds(1);

std::string in_ms(milliseconds time) { return std::to_string(time.count()) + " ms"; }

Fault stall() {
    Fault fault;
    fault.kind = Fault::Kind::kStall;
    fault.only_writes = false;
    return fault;
}

void deadline(Subject& subject) {
    const auto scenarios = subject.good_scenarios();
    Stage stage(subject);
    auto& seam = stage.rig().seam();
    bool reached = false;
    for (const auto& scenario : scenarios) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        action.record(key);
        seam.forget();
        seam.inject(stall());
        Ask ask;
        ask.timeout = kTimeout;
        const auto end = action.invoke(key, std::move(ask));
        seam.heal();
        reached = reached || !seam.passed().empty();
        require((end.answered || end.stale > 0) && end.took <= kTimeout + kMostDelay,
                named(scenario) + " took " + in_ms(end.took) + " where nothing answers",
                "an answer within its timeout of " + in_ms(kTimeout) + " and a second");
        action.take_back(key, end);
    }
    if (!reached) skip("it reaches nothing through the host, so nothing can be stalled");
}

void cancel(Subject& subject) {
    const auto scenarios = subject.good_scenarios();
    Stage stage(subject);
    auto& seam = stage.rig().seam();
    bool tried = false;
    for (const auto& scenario : scenarios) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        action.record(key);
        seam.inject(stall());
        Ask ask;
        ask.cancel_after = kCancelAfter;
        const auto end = action.invoke(key, std::move(ask));
        seam.heal();
        if (!end.answered || end.took >= kCancelAfter) {
            tried = true;
            require(end.answered && end.took <= kCancelAfter + kMostDelay,
                    named(scenario) + " went on for " + in_ms(end.took - kCancelAfter) +
                        " after it was cancelled",
                    "an end within a second");
            require(!end.error || end.error->error_class() == GANTRY_CLASS_STOPPED,
                    named(scenario) + ", cancelled, ended with " + in_words(end),
                    "success, or an error of class STOPPED");
        }
        action.take_back(key, end);
    }
    if (!tried) skip("no scenario is still at it after 200 ms, so none can be cancelled");
}

// The longest time without a sign of life.
milliseconds longest_silence(const End& end) {
    milliseconds longest{};
    milliseconds last{};
    for (const auto beat : end.beats) {
        longest = std::max(longest, beat - last);
        last = beat;
    }
    return std::max(longest, end.took - last);
}

void heartbeat(Subject& subject) {
    if (!subject.manifest().heartbeat) skip("its manifest names no heartbeat");
    const auto most = 2 * *subject.manifest().heartbeat;
    const auto scenarios = subject.good_scenarios();
    Stage stage(subject);
    bool tried = false;
    for (const auto& scenario : scenarios) {
        if (scenario.step.empty()) continue;  // methods need not beat
        auto action = stage.action(scenario);
        const auto key = new_key();
        Ask ask;
        ask.timeout = std::max<milliseconds>(10 * most, seconds(10));
        const auto end = action.invoke(key, std::move(ask));
        tried = tried || end.took > most;
        const auto silence = longest_silence(end);
        require(silence <= most,
                named(scenario) + " was silent for " + in_ms(silence) + " of " + in_ms(end.took),
                "a heartbeat within " + in_ms(most) + ", twice the manifest's");
        action.take_back(key, end);
    }
    if (!tried) skip("no scenario of a step takes longer than " + in_ms(most));
}

void late(Subject& subject) {
    const auto scenarios = subject.good_scenarios();
    for (const auto& scenario : scenarios) {
        Stage stage(subject);
        auto& seam = stage.rig().seam();
        auto action = stage.action(scenario);
        const auto key = new_key();
        std::size_t written = 0;
        Ask ask;
        ask.late = true;
        ask.on_complete = [&](const End&) { written = seam.writes(); };
        const auto end = action.invoke(key, std::move(ask));
        require(end.stale > 0, named(scenario) + " did not answer", "an answer");
        const auto require_quiet = [&] {
            require(seam.writes() == written, named(scenario) + " wrote after its call was over",
                    "nothing after STALE");
        };
        require_quiet();
        if (action.compensable()) {
            const auto undone = action.compensate_unknown(key, end.recorded);
            require(undone.answered && !undone.error,
                    named(scenario) +
                        " could not be taken back after its answer came late: " + in_words(undone),
                    "success");
            written = seam.writes();
        }
        stage.end();
        require_quiet();
        const auto answers = stage.rig().refused_completes();
        require(answers == 1,
                named(scenario) + " answered " + std::to_string(answers) +
                    " times after its call was over",
                "no further answer after STALE");
    }
}

}  // namespace

std::vector<Check> time_checks() {
    return {
        {"G1", "deadline", 2, "where nothing answers, it answers within its timeout",
         "Wait for nothing longer than call.remaining(); services and the HTTP extension keep the "
         "deadline by themselves.",
         seconds(60), &deadline},
        {"G2", "cancel", 2, "cancelled, it stops within a second",
         "Ask call.stopped() or call.heartbeat() between parts of long work, or implement "
         "cancel(); end with an error of class STOPPED.",
         seconds(60), &cancel},
        {"G3", "heartbeat", 2, "a long step says that it is alive",
         "Call call.heartbeat() at least as often as the manifest's \"heartbeat\" says.",
         seconds(180), &heartbeat},
        {"G4", "late", 2, "an answer that comes too late is dropped, and nothing more happens",
         "When a host function says STALE, return: do not answer, retry or write again.",
         seconds(60), &late},
    };
}

}  // namespace gantry::host::check
