// C: an instance from create() to destroy(): once, wrongly, offline, often, beside others.
#include "check/check.hpp"
#include "check/process_state.hpp"
#include "check/sample.hpp"
#include "check/stage.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

namespace gantry::host::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kNobodysPort = 1;
constexpr std::size_t kHugeOption = std::size_t{1} << 20;
constexpr int kWarmUp = 5;
constexpr int kCycles = 50;
constexpr std::size_t kHeapOfCycle = 4096;  // the rig keeps some of it: what each call came to
constexpr int kNeighbours = 8;
constexpr auto kSettled = seconds(1);
constexpr auto kQuiet = milliseconds(300);
constexpr auto kLookAgain = milliseconds(10);

void valid(Subject& subject) {
    Rig rig(subject);
    End end;
    auto* instance = rig.create(subject.options().dump(), end);
    require(end.answered, "create() did not end its call", "one complete()");
    require(!end.error, "it refused the example options: " + in_words(end),
            "an instance; give options that it takes in contract.json or by --options");
    require(end.completes == 1,
            "create() ended its call " + std::to_string(end.completes) + " times", "once");
    require(instance != nullptr, "create() succeeded and gave no instance", "one");
    rig.destroy(instance);
}

// An exception that tells no class counts as BUG, which is right here: a host checks the options
// before.
bool says_whose_fault(const Error& error) {
    const auto cls = error.error_class();
    return cls == GANTRY_CLASS_CONFIG || cls == GANTRY_CLASS_INPUT || cls == GANTRY_CLASS_BUG;
}

void refused(Rig& rig, const std::string& key, const std::string& how, const json& options) {
    End end;
    auto* instance = rig.create(options.dump(), end);
    const auto what = "option " + key + ", " + how + ": ";
    require(instance == nullptr && end.error, what + "it was taken", "an error, and no instance");
    require(says_whose_fault(*end.error), what + in_words(end), "an error of class CONFIG");
    require(end.error->error_class() == GANTRY_CLASS_BUG ||
                end.error->message().find(key) != std::string::npos,
            what + in_words(end), "a message that names the option");
}

void invalid_options(Subject& subject) {
    const auto& schema = subject.manifest().options;
    const auto required = schema.value("required", std::vector<std::string>{});
    if (required.empty()) skip("it demands no option");
    const auto good = subject.options();
    Rig rig(subject);
    for (const auto& bad : Sample::misfits(schema, good)) {
        const bool must = std::find(required.begin(), required.end(), bad.key) != required.end();
        if (must) refused(rig, bad.key, bad.how, bad.value);
    }
    for (const auto& [key, value] : good.items()) {
        if (!value.is_string()) continue;
        json options = good;
        options[key] = std::string(kHugeOption, 'x');
        End end;
        auto* instance = rig.create(options.dump(), end);
        if (instance != nullptr) {
            rig.destroy(instance);
        } else {
            require(end.error && says_whose_fault(*end.error),
                    "option " + key + " of 1 MiB: " + in_words(end),
                    "an instance, or an error of class CONFIG");
        }
    }
}

void offline(Subject& subject) {
    const auto& settings = subject.settings();
    const auto options = filled_in(settings.options.value_or(subject.contract().options),
                                   kNobodysPort, settings.folder);
    Rig rig(subject);
    rig.seam().inject({Fault::Kind::kUnreached, 0, json::object(), "", false});
    End end;
    auto* instance = rig.create(options.dump(), end);
    require(end.answered, "create() did not end before its deadline", "an end");
    if (instance != nullptr) return rig.destroy(instance);
    require(end.error && end.error->error_class() == GANTRY_CLASS_RETRYABLE,
            "create() while nothing can be reached: " + in_words(end),
            "an instance, or an error of class RETRYABLE");
}

// A joined thread may still be listed for a moment.
std::size_t threads_down_to(std::size_t wanted) {
    const auto until = Clock::now() + kSettled;
    while (count_threads() > wanted && Clock::now() < until) {
        std::this_thread::sleep_for(kLookAgain);
    }
    return count_threads();
}

std::size_t count_mappings() {
    std::ifstream maps("/proc/self/maps");
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
}

void flat(Subject& subject) {
    Rig rig(subject);
    const auto live = [&](int times) {
        for (int i = 0; i < times; ++i) rig.destroy(rig.create());
    };
    live(kWarmUp);
    const auto threads = count_threads();
    const auto files = count_files();
    const auto mappings = count_mappings();
    const auto before = heap_size();
    live(kCycles);
    const auto same = [](const std::string& what, std::size_t then, std::size_t now) {
        require(now <= then,
                std::to_string(then) + " " + what + " before 50 instances, " + std::to_string(now) +
                    " after them",
                "as many");
    };
    same("threads", threads, threads_down_to(threads));
    same("open files", files, count_files());
    // Arenas and stacks that the C library keeps may come and go.
    same("mappings", mappings + kCycles / 2, count_mappings());
    const auto more = heap_size() > before ? heap_size() - before : 0;
    require(more <= kCycles * kHeapOfCycle,
            "each instance left " + std::to_string(more / kCycles) + " bytes behind",
            "at most 4096: what create() takes, destroy() gives back");
}

// The example, with a text of its own wherever any text will do.
json marked(Subject& subject, const json& example, const std::string& mark, bool& any) {
    json options = example;
    const auto properties = subject.manifest().options.value("properties", json::object());
    for (auto& [key, value] : options.items()) {
        const auto property = properties.value(key, json::object());
        const bool free = value.is_string() && !property.contains("enum") &&
                          !property.contains("pattern") && !property.contains("format") &&
                          value.get<std::string>().find_first_of("$:/") == std::string::npos;
        if (free) value = mark;
        any = any || free;
    }
    return options;
}

// All that was heard through this host.
std::string heard(const Rig& rig, const std::vector<End>& ends) {
    std::string all;
    for (const auto& line : rig.log()) all += line.message + " " + line.fields + "\n";
    for (const auto& end : ends) all += in_words(end) + " " + end.details + "\n";
    return all;
}

void apart(Subject& subject) {
    const auto& settings = subject.settings();
    const auto example = settings.options.value_or(subject.contract().options);
    struct Neighbour {
        std::string mark;
        std::unique_ptr<Rig> rig;
        gantry_instance* instance = nullptr;
        std::vector<End> ends;
    };
    std::vector<Neighbour> all;
    bool any = false;
    for (int i = 0; i < kNeighbours; ++i) {
        Neighbour one;
        one.mark = "mark" + std::to_string(settings.seed % 100000) + "of" + std::to_string(i);
        const auto folder = settings.folder / std::to_string(i);
        std::filesystem::create_directories(folder);
        const auto options =
            filled_in(marked(subject, example, one.mark, any), settings.port, folder);
        if (!any) skip("none of the example options takes any text");
        one.rig = std::make_unique<Rig>(subject);
        End end;
        one.instance = one.rig->create(options.dump(), end);
        require(one.instance != nullptr, "options with a text of its own: " + in_words(end),
                "an instance; its example options have no \"enum\", \"pattern\" or \"format\"");
        all.push_back(std::move(one));
    }
    for (const auto& scenario : subject.scenarios()) {
        for (auto& one : all) {
            Action action(*one.rig, one.instance, scenario);
            const auto key = new_key();
            one.ends.push_back(action.invoke(key));
            action.take_back(key, one.ends.back());
        }
    }
    for (const auto& one : all) {
        const auto said = heard(*one.rig, one.ends);
        for (const auto& other : all) {
            require(&one == &other || said.find(other.mark) == std::string::npos,
                    "an instance shows an option of another one",
                    "each knows its own only; keep state in the instance",
                    {{"option", other.mark}, {"said", said}});
        }
    }
    for (const auto& one : all) one.rig->destroy(one.instance);
}

void drains(Subject& subject) {
    subject.library();
    const auto threads = count_threads();
    auto& rig = *new Rig(subject);  // for as long as the process: a thread left behind may call it
    auto* instance = rig.create();
    for (const auto& scenario : subject.scenarios()) {
        Action action(rig, instance, scenario);
        const auto key = new_key();
        const auto end = action.invoke(key);
        action.take_back(key, end);
    }
    rig.destroy(instance);
    rig.close();
    const auto left = threads_down_to(threads);
    const auto until = Clock::now() + kQuiet;
    while (rig.late_calls() == 0 && Clock::now() < until) std::this_thread::sleep_for(kLookAgain);
    require(rig.late_calls() == 0, "it called the host after destroy()", "no call");
    require(left <= threads,
            std::to_string(threads) + " threads before create(), " + std::to_string(left) +
                " after destroy()",
            "none of its own is left");
}

}  // namespace

std::vector<Check> lifecycle_checks() {
    return {
        {"C1", "create.valid", 1, "the example options make an instance",
         "End the call of create() once, by an error or by an instance.", seconds(30), &valid},
        {"C2", "create.invalid", 2, "options that are wrong are refused, by name",
         "Throw Error CONFIG with the option's name; give no instance then.", seconds(60),
         &invalid_options},
        {"C3", "create.offline", 2, "it starts, or asks to be tried again, when nothing is reached",
         "Connect at the first call; or end create() with an error of class RETRYABLE.",
         seconds(30), &offline},
        {"C4", "cycle.flat", 2, "fifty instances leave nothing behind",
         "Free in destroy() what create() took; join threads and close files in stop().",
         seconds(120), &flat},
        {"C5", "instances.apart", 2, "instances do not show one another's options",
         "Keep state in the instance, none in static variables.", seconds(120), &apart},
        {"C6", "stop.drains", 2, "after destroy() it runs no more, and does not call the host",
         "Join in stop() every thread that create() or a call has started.", seconds(60), &drains},
    };
}

}  // namespace gantry::host::check
