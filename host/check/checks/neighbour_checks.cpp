// H: that a plugin leaves the process and its other plugins alone.
#include "base/error_json.hpp"
#include "check/check.hpp"
#include "check/process_state.hpp"
#include "check/reach.hpp"
#include "check/stage.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <iostream>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMostThreads = 16;
constexpr int kRounds = 5;  // of all scenarios
constexpr int kCalls = 1000;
constexpr int kWindows = 4;
constexpr int kFewest = 15;  // in a window: of fewer a cache that grows looks like a leak
constexpr auto kTimeForCalls = seconds(12);
constexpr double kMostPerCall = 16;  // bytes; a cache that still fills grows by less

// How a call ended, asked again as a host would.
std::string outcome(Stage& stage, const Scenario& scenario) {
    auto action = stage.action(scenario);
    const auto key = new_key();
    auto end = action.invoke(key);
    for (int i = 1; i < kAttempts && end.error; ++i) {
        if (end.error->error_class() != GANTRY_CLASS_RETRYABLE) break;
        end = action.again(key, end);
    }
    if (!end.answered) return "no answer";
    if (end.error) return code_name(end.error->code());
    const auto output = json::parse(end.output, nullptr, false);
    const bool expected = !scenario.output || contains(output, *scenario.output);
    return expected ? "OK" : "another output than the scenario expects";
}

struct Round {
    std::vector<std::string> outcomes;  // sorted
    json shown;
};

// `n` calls at once, or one after another; each begins, and the instance begins and ends, on a
// thread of its own.
Round round(Subject& subject, const Scenario& scenario, std::size_t n, bool at_once) {
    const auto policy = std::launch::async;
    auto stage = std::async(policy, [&] { return std::make_unique<Stage>(subject); }).get();
    std::vector<std::future<std::string>> calls;
    for (std::size_t i = 0; i < n; ++i) {
        calls.push_back(std::async(policy, [&] { return outcome(*stage, scenario); }));
        if (!at_once) calls.back().wait();
    }
    Round all;
    for (auto& call : calls) all.outcomes.push_back(call.get());
    std::sort(all.outcomes.begin(), all.outcomes.end());
    if (scenario.probe) all.shown = stage->action(scenario).probe();
    std::async(policy, [&] { stage.reset(); }).get();
    return all;
}

void threads(Subject& subject) {
    const auto n = std::min(subject.manifest().max_concurrency, kMostThreads);
    for (const auto& scenario : subject.good_scenarios()) {
        const auto serial = round(subject, scenario, n, false);
        const auto parallel = round(subject, scenario, n, true);
        require(serial.outcomes == parallel.outcomes,
                named(scenario) + ", " + std::to_string(n) +
                    " times at once, did not end as one after another",
                "the same ends", {{"serial", serial.outcomes}, {"at once", parallel.outcomes}});
        require(serial.shown == parallel.shown,
                named(scenario) + ", " + std::to_string(n) + " times at once, left another state",
                "that of one after another",
                {{"serial", serial.shown}, {"at once", parallel.shown}});
    }
}

// stdout and stderr, caught; they are as before when it ends.
class CaughtOutput {
public:
    CaughtOutput() : file_(::memfd_create("stdio", MFD_CLOEXEC)) {
        for (std::size_t i = 0; i < saved_.size(); ++i) {
            const int fd = static_cast<int>(i) + 1;
            saved_[i] = ::dup(fd);
            ::dup2(file_, fd);
        }
    }
    ~CaughtOutput() {
        for (std::size_t i = 0; i < saved_.size(); ++i) {
            ::dup2(saved_[i], static_cast<int>(i) + 1);
            ::close(saved_[i]);
        }
        ::close(file_);
    }
    CaughtOutput(const CaughtOutput&) = delete;
    CaughtOutput& operator=(const CaughtOutput&) = delete;

    /// Its first bytes.
    std::string text() const {
        std::cout.flush();
        std::clog.flush();
        std::fflush(nullptr);
        std::array<char, 200> bytes{};
        const auto n = ::pread(file_, bytes.data(), bytes.size(), 0);
        return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
    }

private:
    int file_;
    std::array<int, 2> saved_{};
};

void stdio(Subject& subject) {
    std::string text;
    {
        const CaughtOutput caught;
        live(subject);
        text = caught.text();
    }
    require(text.empty(),
            "it wrote to stdout or stderr: " +
                json(text).dump(-1, ' ', true, json::error_handler_t::replace),
            "nothing there; gantry::Host and call.log are the log");
}

// Children that ended and were waited for leave their page faults behind.
long faults_of_children() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_minflt;
}

void process(Subject& subject) {
    subject.library();
    const auto before = ProcessState::now();
    const auto faults = faults_of_children();
    live(subject);
    const auto changes = before.changes_to(ProcessState::now());
    require(changes.empty(), changes.empty() ? "" : changes.front(),
            "the process is as before when a life is over", changes);
    require(faults_of_children() == faults, "it started another process",
            "none: they inherit every file and secret of the host");
}

// Equal calls, without what the rig would note of them.
int call_for(Stage& stage, Action& action, const std::string& key, int most,
             Clock::time_point until) {
    int made = 0;
    for (; made < most && Clock::now() < until; ++made) {
        const auto end = action.invoke(key);
        require(end.answered && !end.error,
                named(action.scenario()) + ", repeated, ended with " + in_words(end), "success");
        if (action.scenario().probe) action.probe();
        stage.rig().forget();
    }
    return made;
}

void leak(Subject& subject) {
    const auto scenario = subject.main_scenario();
    Stage stage(subject);
    auto action = stage.action(scenario);
    const auto key = new_key();
    const auto began = Clock::now();
    call_for(stage, action, key, kCalls / kWindows, began + kTimeForCalls / 2);  // caches fill
    const auto files = count_files();
    const auto threads_before = count_threads();
    double least = 1e9;
    int calls = 0;
    for (int window = 1; window <= kWindows; ++window) {
        const auto before = heap_size();
        const auto until = began + kTimeForCalls / 2 + window * kTimeForCalls / (2 * kWindows);
        const int made = call_for(stage, action, key, kCalls / kWindows, until);
        if (made < kFewest) skip("a call takes so long that no leak would show in time");
        calls += made;
        const auto grown = static_cast<double>(heap_size()) - static_cast<double>(before);
        least = std::min(least, grown / made);
    }
    const std::string after = " after " + std::to_string(calls) + " equal calls";
    require(least < kMostPerCall,
            "the heap grows by " + std::to_string(static_cast<long>(least)) +
                " bytes with each call, still" + after,
            "a flat heap once caches are full");
    require(count_files() <= files,
            std::to_string(count_files() - files) + " more open files" + after,
            "as many as before");
    require(count_threads() <= threads_before,
            std::to_string(count_threads() - threads_before) + " more threads" + after,
            "as many as before");
}

void reach(Subject& subject) {
    subject.library();
    const auto before = open_now();
    Stage stage(subject);
    for (const auto& scenario : subject.scenarios()) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        action.take_back(key, action.invoke(key));
    }
    const auto undeclared = undeclared_of(before, open_now(), subject);
    if (undeclared.empty()) return;
    std::string all;
    for (const auto& one : undeclared) all += (all.empty() ? "" : ", ") + one;
    warn("it has opened " + all, "only files and hosts that its options name");
}

// As many sign-ins after some rounds of all scenarios as after the first.
void sign_ins(Subject& subject) {
    const auto scenarios = subject.good_scenarios();
    Stage stage(subject);
    const auto& traffic = stage.rig().traffic();
    const auto all_once = [&] {
        for (const auto& scenario : scenarios) {
            auto action = stage.action(scenario);
            const auto key = new_key();
            action.take_back(key, action.invoke(key));
        }
    };
    all_once();
    if (traffic.empty()) skip("it sends nothing through gantry.http/1");
    const auto first = traffic.sign_ins();
    for (int round = 1; round < kRounds; ++round) all_once();
    const auto now = traffic.sign_ins();
    require(now <= first,
            "it signed in " + std::to_string(first) + " times in one round of the scenarios, and " +
                std::to_string(now) + " times in " + std::to_string(kRounds),
            "once: a session serves until it is refused");
}

}  // namespace

std::vector<Check> neighbour_checks() {
    return {
        {"H1", "threads.declared", 2,
         "as many calls at once as it declares end as they do one after another",
         "Guard what calls share, keep nothing of a call in a static, or lower "
         "\"max_concurrency\".",
         seconds(120), &threads},
        {"H2", "stdio", 2, "it writes nothing to stdout and stderr",
         "Log by gantry::Host and call.log; quieten libraries that print.", seconds(60), &stdio},
        {"H3", "process", 2, "when its life is over the process is as before",
         "Set no locale, signal handler, umask or environment; end every thread, close every file, "
         "start no process.",
         seconds(60), &process},
        {"H4", "leak", 3, "a thousand equal calls leave memory, files and threads flat",
         "Run the same under -fsanitize=address to see where it was allocated.", seconds(120),
         &leak},
        {"H5", "reach", 3, "it opens only what its options name",
         "Name hosts and paths in the options; reach HTTP servers by the host's own client.",
         seconds(60), &reach},
        {"H6", "sign-ins", 2, "calls of one instance share a session",
         "Keep what a sign-in gave in the instance, under a lock, and sign in again when the "
         "system "
         "answers 401.",
         seconds(60), &sign_ins},
    };
}

}  // namespace gantry::host::check
