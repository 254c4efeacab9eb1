// D: that what a step did can be taken back, whatever is known of it, and that what was refused
// needs none of that.
#include "check/check.hpp"
#include "check/stage.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;

// Those whose undo can be asked for and seen.
std::vector<Scenario> undoable(Subject& subject) {
    std::vector<Scenario> chosen;
    for (auto& scenario : subject.good_scenarios()) {
        bool can = scenario.undo.has_value();
        for (const auto& step : subject.manifest().steps) {
            if (step.name == scenario.step) can = step.compensable;
        }
        if (can && scenario.probe) chosen.push_back(std::move(scenario));
    }
    if (chosen.empty()) skip("no scenario has both an undo and a probe that shows what it did");
    return chosen;
}

void require_undone(const Scenario& scenario, const End& undone, const char* when) {
    require(undone.answered && !undone.error,
            "compensate of " + named(scenario) + when + " ended with " + in_words(undone),
            "success");
}

void require_restored(const Scenario& scenario, const json& before, const json& after,
                      const char* when) {
    require(before == after, named(scenario) + when + ": the probe shows another state",
            "the state before it", {{"before", before}, {"now", after}});
}

End done(Action& action, const std::string& key) {
    const auto end = action.invoke(key);
    require(end.answered && !end.error, named(action.scenario()) + " ended with " + in_words(end),
            "success");
    return end;
}

void restores(Subject& subject) {
    const auto scenarios = undoable(subject);
    Stage stage(subject);
    for (const auto& scenario : scenarios) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        const auto before = action.probe();
        const auto end = done(action, key);
        require(action.probe() != before, "the probe of " + named(scenario) + " shows no change",
                "a read that shows what the scenario changes", before);
        require_undone(scenario, action.compensate(key, end), "");
        require_restored(scenario, before, action.probe(), ", taken back");
    }
}

void repeat(Subject& subject) {
    const auto scenarios = undoable(subject);
    Stage stage(subject);
    for (const auto& scenario : scenarios) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        const auto before = action.probe();
        const auto end = done(action, key);
        require_undone(scenario, action.compensate(key, end), "");
        require_undone(scenario, action.compensate(key, end), ", a second time,");
        require_restored(scenario, before, action.probe(), ", taken back twice");
        const auto never = new_key();
        require_undone(scenario, action.compensate_unknown(never, action.record(never)),
                       ", under a key that was never used,");
        require_restored(scenario, before, action.probe(), ", taken back without having been done");
    }
}

using Tell = std::function<void(const json& what)>;

std::string read_all(int fd) {
    std::string all;
    std::array<char, 4096> bytes{};
    for (ssize_t n = 0; (n = ::read(fd, bytes.data(), bytes.size())) > 0;) {
        all.append(bytes.data(), static_cast<std::size_t>(n));
    }
    return all;
}

// What `body` told, an object, in a process of its own that ends with it. This one never loads the
// plugin, so it has one thread and fork() is sound.
json elsewhere(const std::function<void(const Tell& tell)>& body) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw Error(GANTRY_E_UNAVAILABLE, "no pipe to another process");
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // which a fork does not keep
        if (::getppid() != parent) ::_exit(EXIT_FAILURE);
        const Tell tell = [&](const json& what) {
            const auto text = what.dump();
            (void)!::write(ends[1], text.data(), text.size());
        };
        try {
            body(tell);
        } catch (const Verdict& v) {
            tell({{"found", v.found}, {"expected", v.expected}, {"evidence", v.evidence}});
        } catch (const std::exception& e) {
            tell({{"found", e.what()}, {"expected", ""}, {"evidence", nullptr}});
        }
        ::_exit(EXIT_SUCCESS);
    }
    ::close(ends[1]);
    const auto told = json::parse(read_all(ends[0]), nullptr, false);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    require(told.is_object(), "the process ended in the middle of it", "an answer");
    if (told.contains("found")) fail(told.at("found"), told.at("expected"), told.at("evidence"));
    return told;
}

void undo_what_is_recorded(Stage& stage, const Scenario& scenario, const std::string& key,
                           const json& before, const std::optional<std::string>& recorded) {
    auto action = stage.action(scenario);
    require_undone(scenario, action.compensate_unknown(key, recorded), ", its outcome unknown,");
    require_restored(scenario, before, action.probe(), ", its outcome unknown, taken back");
}

// The process dies at the moment the answer comes: the effect is there, and nobody heard of it.
json do_and_die(Subject& subject, const Scenario& scenario, const std::string& key) {
    return elsewhere([&](const Tell& tell) {
        Stage stage(subject);
        auto action = stage.action(scenario);
        const auto before = action.probe();
        const auto known = action.record(key);
        Ask ask;
        ask.on_complete = [&](const End& so_far) {
            const auto& recorded = known ? known : so_far.recorded;
            tell({{"before", before}, {"recorded", recorded ? json(*recorded) : json(nullptr)}});
            ::raise(SIGKILL);
        };
        action.invoke(key, std::move(ask));
        fail(named(scenario) + " did not answer", "an answer");
    });
}

void unknown_after_a_kill(Subject& subject, const Scenario& scenario) {
    const auto key = new_key();
    const auto left = do_and_die(subject, scenario, key);
    elsewhere([&](const Tell& tell) {
        Stage stage(subject, Stage::Product::kLeave);
        std::optional<std::string> recorded;
        if (left.at("recorded").is_string()) recorded = left.at("recorded");
        undo_what_is_recorded(stage, scenario, key, left.at("before"), recorded);
        tell(json::object());
    });
}

// State in the services that the checker plays would die with the process: there the instance is
// abandoned.
void unknown_in_services(Subject& subject, const Scenario& scenario) {
    Stage stage(subject);
    auto action = stage.action(scenario);
    const auto key = new_key();
    const auto before = action.probe();
    const auto end = done(action, key);
    stage.abandon();
    undo_what_is_recorded(stage, scenario, key, before, end.recorded);
}

void unknown(Subject& subject) {
    const bool dies = subject.manifest().requirements.empty();
    for (const auto& scenario : undoable(subject)) {
        if (dies) {
            unknown_after_a_kill(subject, scenario);
        } else {
            unknown_in_services(subject, scenario);
        }
    }
}

// What every probe of the contract shows: a refusal changes none of it.
json all_probes(Stage& stage, const std::vector<Scenario>& scenarios) {
    json shown = json::array();
    for (auto scenario : scenarios) {
        if (!scenario.probe) continue;
        scenario.prepare.clear();
        shown.push_back(stage.action(scenario).probe());
    }
    return shown;
}

void refused_whole(Subject& subject) {
    const auto scenarios = subject.scenarios();
    bool refused = false;
    Stage stage(subject);
    for (const auto& scenario : scenarios) {
        if (!scenario.error || !writes(subject, scenario)) continue;
        auto action = stage.action(scenario);
        const auto before = all_probes(stage, scenarios);
        if (before.empty()) skip("no scenario has a probe that shows what a refusal left");
        const auto end = action.invoke(new_key());
        if (!end.error || (end.error->flags() & GANTRY_EF_NOT_APPLIED) == 0) continue;
        refused = true;
        const auto now = all_probes(stage, scenarios);
        require(now == before,
                named(scenario) + " ended with " + in_words(end) +
                    " and NOT_APPLIED, and has changed what the probes show",
                "all as before: a refused write leaves nothing, or is not NOT_APPLIED",
                {{"before", before}, {"now", now}});
    }
    if (!refused) skip("no scenario expects an \"error\" of a write that is NOT_APPLIED");
}

}  // namespace

std::vector<Check> undo_checks() {
    return {
        {"D6", "undo.restores", 2, "compensate puts back what invoke changed",
         "Record everything that compensate needs before the first write, and put all of it back; "
         "what cannot be put back, such as a time of change, goes under \"ignore\".",
         seconds(60), &restores},
        {"D7", "undo.repeat", 2,
         "compensate succeeds twice, and where nothing was done, and changes nothing then",
         "Look first whether there is anything to undo, and answer success when there is not.",
         seconds(60), &repeat},
        {"D8", "undo.unknown", 2,
         "after a crash between the effect and its answer, what was recorded is enough to undo it",
         "Call record_undo before the first write, or find by the idempotency key what was "
         "written; the output is not known to compensate then.",
         seconds(60), &unknown},
        {"D9", "step.refused-whole", 2, "what is refused with NOT_APPLIED has changed nothing",
         "Have the system take all of a request or none; where it cannot, look what it took and "
         "leave NOT_APPLIED away.",
         seconds(60), &refused_whole},
    };
}

}  // namespace gantry::host::check
