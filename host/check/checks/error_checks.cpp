// F: what a plugin says when something is wrong: its shape, when memory is out, and no secret in
// it. Each provokes errors by wrong inputs and by services that fail.
#include "base/error_json.hpp"
#include "base/utf8.hpp"
#include "check/action.hpp"
#include "check/check.hpp"
#include "check/sample.hpp"
#include "check/scarce.hpp"
#include "plugin/limits.hpp"

#include <algorithm>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;

constexpr std::size_t kShortestSecret = 8;
constexpr std::size_t kMostMemory = 8;  // MiB
constexpr std::uint32_t kFlags = GANTRY_EF_MAYBE_APPLIED | GANTRY_EF_NOT_APPLIED;

using See = std::function<void(const End& end)>;

// Each scenario as it is, with inputs that its schema forbids, with half an input, and while the
// services that it needs fail in several ways.
void provoke(Rig& rig, gantry_instance* instance, const See& see) {
    int calls = 0;
    const auto key = [&] { return "run-" + std::to_string(++calls) + "/step"; };
    for (const auto& scenario : rig.subject().scenarios()) {
        Action action(rig, instance, scenario);
        see(action.invoke(key()));
        for (const auto& bad : Sample::misfits(action.input_schema(), scenario.input)) {
            see(action.send(bad.value.dump(), key()));
        }
        const auto text = scenario.input.dump();
        see(action.send(text.substr(0, text.size() / 2), key()));
        for (const auto kind :
             {Fault::Kind::kLoseReply, Fault::Kind::kUnreached, Fault::Kind::kAnswer}) {
            rig.seam().inject({kind, 503, json::object(), "out of order", false});
            see(action.invoke(key()));
            rig.seam().heal();
        }
    }
}

void provoke_create(Rig& rig, const json& options, const See& see) {
    for (const auto& bad : Sample::misfits(rig.subject().manifest().options, options)) {
        End end;
        auto* instance = rig.create(bad.value.dump(), end);
        see(end);
        if (instance != nullptr) rig.destroy(instance);
    }
}

bool is_one_line(const std::string& text) {
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); p < end;) {
        const auto length = utf8_length(p, end);
        if (length == 0 || static_cast<unsigned char>(*p) < 0x20) return false;
        p += length;
    }
    return true;
}

void well_shaped(const End& end) {
    if (!end.error) return;
    const auto& e = *end.error;
    const auto which = in_words(end) + ": ";
    require(e.error_class() >= GANTRY_CLASS_RETRYABLE && e.error_class() <= GANTRY_CLASS_BUG,
            which + "class " + std::to_string(e.error_class()), "one that abi.h has");
    require((e.flags() & ~kFlags) == 0 && e.flags() != kFlags,
            which + "flags " + std::to_string(e.flags()), "MAYBE_APPLIED, NOT_APPLIED or neither");
    require(!e.message().empty(), code_name(e.code()) + " without a message",
            "one line that says what was found and what to do");
    require(is_one_line(e.message()), which + "not one line of UTF-8", "one");
    require(e.message().size() <= rules::kLongestMessage,
            which + "a message of " + std::to_string(e.message().size()) + " bytes",
            "at most 1024; put more into the details");
    require(end.details.empty() || e.details().is_object(), which + "details " + end.details,
            "a JSON object, or nothing");
}

void shape(Subject& subject) {
    Rig rig(subject);
    std::size_t errors = 0;
    const See see = [&](const End& end) {
        errors += end.error ? 1 : 0;
        well_shaped(end);
    };
    provoke_create(rig, subject.options(), see);
    auto* instance = rig.create();
    provoke(rig, instance, see);
    rig.destroy(instance);
    if (errors == 0) skip("nothing provoked an error: it has no scenario, and demands no option");
}

// A large input, since what handles it takes memory in large pieces; it runs out at one after the
// other.
void contained(Subject& subject) {
    const auto scenario = subject.main_scenario();
    const auto input = Sample::stretched(scenario.input, kPayload.bytes);
    if (!input) skip("scenario \"" + scenario.name + "\" has no text but an id in its input");
    Rig rig(subject);
    auto* instance = rig.create();
    Scarce scarce;
    rig.entered = [&] { scarce.end(); };  // the checker's own part has memory
    Ask ask;
    ask.input = input->dump();
    for (std::size_t mib = 0; mib <= kMostMemory; ++mib) {
        const auto where = "an input of 1 MiB and " + std::to_string(mib) + " MiB of memory";
        ask.key = "run-" + std::to_string(mib) + "/step";
        bool limited = false;
        const auto end = rig.run(where, instance, ask, [&](const gantry_invocation& in) {
            const auto* step = scenario.step.empty() ? nullptr : &rig.step(scenario.step);
            limited = scarce.begin(mib << 20);
            if (step != nullptr) {
                step->invoke(instance, &in);
            } else {
                rig.table().service->call(instance, str(scenario.method), &in);
            }
            scarce.end();
        });
        if (!limited) skip("the memory of a process cannot be limited here");
        require(end.answered, where + ": no answer", "an error");
    }
    rig.destroy(instance);
}

// Where a secret could show: {option, value} each.
using Secrets = std::vector<std::pair<std::string, std::string>>;

void keeps(const Secrets& secrets, const std::string& where, const std::string& text) {
    for (const auto& [option, value] : secrets) {
        require(text.find(value) == std::string::npos, "option " + option + " shows in " + where,
                "in no log, message, details, output or URL", {{where, text}});
    }
}

void keep_quiet(Subject& subject, const json& options, const Secrets& secrets) {
    Rig rig(subject);
    const See see = [&](const End& end) {
        keeps(secrets, "an output", end.output);
        keeps(secrets, "undo data", end.undo.value_or("") + end.recorded.value_or(""));
        keeps(secrets, "the details of an error", end.details);
        if (end.error) keeps(secrets, "the message of an error", end.error->message());
    };
    End end;
    auto* instance = rig.create(options.dump(), end);
    see(end);
    if (instance != nullptr) {
        provoke(rig, instance, see);
        rig.destroy(instance);
    }
    provoke_create(rig, options, see);
    for (const auto& line : rig.log()) keeps(secrets, "the log", line.message + line.fields);
    for (const auto& one : rig.seam().passed()) keeps(secrets, "a request's URL", one.what);
}

// Once with the example's secrets, which the system takes, and once with others, which it may
// refuse.
void secrets(Subject& subject) {
    json example = subject.options();
    json other = example;
    Secrets given;
    Secrets made_up;
    Sample sample(subject.settings().seed);
    const auto properties = subject.manifest().options.value("properties", json::object());
    for (const auto& [name, property] : properties.items()) {
        if (!property.value("writeOnly", false) || property.value("type", json()) != "string") {
            continue;
        }
        const auto value = example.value(name, "");
        if (value.size() >= kShortestSecret) given.emplace_back(name, value);
        made_up.emplace_back(
            name, "secret" + sample.of({{"type", "string"}, {"minLength", 12}}).get<std::string>());
        other[name] = made_up.back().second;
    }
    if (made_up.empty()) skip("none of its options is a text marked \"writeOnly\"");
    keep_quiet(subject, example, given);
    keep_quiet(subject, other, made_up);
}

// What it was given by its system, too: that is known once it was sent.
void sessions(Subject& subject) {
    std::vector<std::pair<std::string, std::string>> told;
    Rig rig(subject);
    auto* instance = rig.create();
    provoke(rig, instance, [&](const End& end) {
        told.emplace_back("an output", end.output);
        told.emplace_back("undo data", end.undo.value_or("") + end.recorded.value_or(""));
        told.emplace_back("the details of an error", end.details);
        if (end.error) told.emplace_back("the message of an error", end.error->message());
    });
    rig.destroy(instance);
    for (const auto& line : rig.log()) told.emplace_back("the log", line.message + line.fields);
    const auto sent = rig.traffic().secrets();
    if (sent.empty()) skip("it sends no Authorization, cookie, token, session or key");
    for (const auto& [where, text] : told) {
        for (const auto& secret : sent) {
            require(text.find(secret) == std::string::npos,
                    "what it sent to say who it is shows in " + where,
                    "in no log, message, details or output", {{where, text}});
        }
    }
}

}  // namespace

std::vector<Check> error_checks() {
    std::vector<Check> all = {
        {"F1", "error.shape", 2, "its errors have a class, known flags, and one line of text",
         "Throw gantry::Error with a number of abi.h and one short sentence; put the rest into "
         "its details.",
         seconds(120), &shape},
        {"F3", "error.contained", 3, "when memory runs out it answers, and takes nothing down",
         "Let no exception leave a function of the table; the SDK's functions catch them all.",
         seconds(60), &contained},
        {"F4", "error.secrets", 2, "its secrets show in no log, error or answer",
         "Keep options marked \"writeOnly\" out of every message, also those of libraries.",
         seconds(120), &secrets},
        {"F5", "error.sessions", 2,
         "what it sends as Authorization, cookie, token, session or key shows nowhere",
         "Tell of a request its method, path and status; keep its headers out of logs and errors.",
         seconds(120), &sessions},
    };
    const auto http = http_checks();  // F2, F6
    all.insert(all.begin() + 1, http.front());
    all.push_back(http.back());
    return all;
}

}  // namespace gantry::host::check
