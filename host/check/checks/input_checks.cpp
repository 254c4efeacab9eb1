// E: inputs that are wrong, broken, in all scripts of the world, huge, and gone after the call.
#include "check/action.hpp"
#include "check/check.hpp"
#include "check/guarded.hpp"
#include "check/sample.hpp"
#include "plugin/limits.hpp"

#include <algorithm>
#include <fstream>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;

constexpr int kDeep = 10000;
constexpr std::size_t kMemoryForInput = 100;  // times its size

std::string key_of(int number) { return "run-" + std::to_string(number) + "/step"; }

// The host does not ask again, nor wait for a person. A host checks inputs before, so that BUG, the
// class of an exception without one, is right here.
bool is_for_good(const Error& error) {
    const auto cls = error.error_class();
    return cls == GANTRY_CLASS_INPUT || cls == GANTRY_CLASS_PERMANENT || cls == GANTRY_CLASS_BUG;
}

// Those of the schema's misfits that concern what it demands.
std::vector<Sample::Bad> demanded(const json& schema, const json& good) {
    auto all = Sample::misfits(schema, good);
    const auto required = schema.is_object() ? schema.value("required", std::vector<std::string>{})
                                             : std::vector<std::string>{};
    std::erase_if(all, [&](const Sample::Bad& bad) {
        return std::find(required.begin(), required.end(), bad.key) == required.end();
    });
    return all;
}

void invalid(Subject& subject) {
    Rig rig(subject);
    auto* instance = rig.create();
    int sent = 0;
    for (const auto& scenario : subject.scenarios()) {
        Action action(rig, instance, scenario);
        for (const auto& bad : demanded(action.input_schema(), scenario.input)) {
            const auto state = scenario.probe ? action.probe() : json(nullptr);
            const auto writes = rig.seam().writes();
            const auto end = action.send(bad.value.dump(), key_of(++sent));
            const auto what = bad.key + ", " + bad.how + ": ";
            require(end.answered && end.error, what + in_words(end), "an error of class INPUT");
            require(is_for_good(*end.error), what + in_words(end), "an error of class INPUT");
            require(rig.seam().writes() == writes && (!scenario.probe || action.probe() == state),
                    what + "something was written", "nothing is");
        }
    }
    if (sent == 0) skip("no input of a scenario has a schema that demands something");
    rig.destroy(instance);
}

struct Broken {
    const char* how;
    std::string text;
    bool is_json;
};

// `good` with one more member, whose value is `raw`.
std::string with(const json& good, const std::string& raw) {
    std::string text = good.is_object() ? good.dump() : "{}";
    text.pop_back();
    return text + (text.size() > 1 ? "," : "") + R"("more":)" + raw + "}";
}

std::vector<Broken> broken_inputs(const json& good) {
    const std::string text = good.dump();
    const std::string deep = std::string(kDeep, '[') + std::string(kDeep, ']');
    return {{"nothing, (NULL, 0)", "", false},
            {"cut in the middle", text.substr(0, text.size() / 2), false},
            {"bytes that are no UTF-8", with(good, "\"\xC3\x28\""), false},
            {"half of a surrogate pair", with(good, R"("\ud800")"), false},
            {"a byte 0 in a text", with(good, std::string("\"a\0b\"", 5)), false},
            {"10,000 levels deep", with(good, deep), true},
            {"1e400", with(good, "1e400"), true},
            {"one member twice", with(good, R"(1,"more":2)"), true}};
}

void malformed(Subject& subject) {
    Rig rig(subject);
    rig.borrow = [](std::string_view text) {
        return text.empty() ? gantry_str{nullptr, 0} : str(text);
    };
    auto* instance = rig.create();
    Action action(rig, instance, subject.main_scenario());
    int sent = 0;
    for (const auto& broken : broken_inputs(action.scenario().input)) {
        subject.doing(std::string("an input with ") + broken.how);
        const auto end = action.send(broken.text, key_of(++sent));
        require(end.answered, std::string(broken.how) + ": no answer", "an error");
        require(broken.is_json || end.error, std::string(broken.how) + ": it was taken",
                "an error: it is no JSON");
    }
    rig.destroy(instance);
}

// Texts and numbers of the input that the probe shows: where in the one, where in the other.
using Carried = std::vector<std::pair<json::json_pointer, json::json_pointer>>;

Carried carried(const json& input, const json& shown) {
    Carried all;
    const json texts = input.flatten();
    const json places = shown.flatten();
    for (const auto& [from, value] : texts.items()) {
        if (!value.is_string() || from.ends_with("/id")) continue;
        for (const auto& [to, other] : places.items()) {
            if (value == other && !to.ends_with("/id")) {
                all.emplace_back(json::json_pointer(from), json::json_pointer(to));
            }
        }
    }
    return all;
}

void unicode(Subject& subject) {
    const std::vector<std::string> texts = {"Grüße, Ελλάς, Привет",   "漢字かな",
                                            "𝄞 👩‍🚀",       "שלום مرحبا",
                                            "e\xCC\x81 is not é",     std::string("a\0b", 3),
                                            "tab\tand \"quotes\" \\", "0.10",
                                            "1234567890.123456789"};
    const auto scenario = subject.main_scenario();
    Rig rig(subject);
    auto* instance = rig.create();
    Action first(rig, instance, scenario);
    const auto end = first.invoke(key_of(0));
    require(end.answered && !end.error, "scenario \"" + scenario.name + "\": " + in_words(end),
            "it succeeds");
    const auto places = carried(scenario.input, first.probe());
    if (places.empty()) skip("its probe shows no text of the input");
    int sent = 0;
    for (const auto& [from, to] : places) {
        for (const auto& text : texts) {
            auto changed = scenario;
            changed.input[from] = text;
            Action action(rig, instance, changed);
            const auto answer = action.invoke(key_of(++sent));
            require(answer.answered, "no answer to the text " + json(text).dump(), "one");
            if (answer.error) {
                const auto cls = answer.error->error_class();
                require(cls == GANTRY_CLASS_PERMANENT || cls == GANTRY_CLASS_INPUT,
                        json(text).dump() + ": " + in_words(answer),
                        "it is taken, or refused for good");
                continue;
            }
            const auto shown = action.probe();
            require(shown.contains(to) && shown.at(to) == text,
                    "the text " + json(text).dump() + " came out as " +
                        (shown.contains(to)
                             ? shown.at(to).dump(-1, ' ', false, json::error_handler_t::replace)
                             : "nothing"),
                    "byte for byte the same", {{"at", to.to_string()}});
        }
    }
    rig.destroy(instance);
}

std::size_t status_kib(const std::string& name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name + ":")) return std::stoul(line.substr(name.size() + 1));
    }
    return 0;
}

// The most memory that this process has had since the peak was last reset.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

void huge(Subject& subject) {
    auto scenario = subject.main_scenario();
    const auto input = Sample::stretched(scenario.input, kPayload.bytes);
    if (!input) skip("scenario \"" + scenario.name + "\" has no text but an id in its input");
    scenario.input = *input;
    Rig rig(subject);
    auto* instance = rig.create();
    Action action(rig, instance, scenario);
    reset_peak();
    const auto before = status_kib("VmRSS");
    const auto end = action.invoke(key_of(1));
    const auto peak = status_kib("VmHWM");
    require(end.answered, "no answer to an input of 1 MiB", "one");
    if (end.error) {
        const auto cls = end.error->error_class();
        require(cls == GANTRY_CLASS_INPUT || cls == GANTRY_CLASS_PERMANENT,
                "an input of 1 MiB: " + in_words(end), "it is taken, or TOO_LARGE");
    }
    const auto more = peak > before ? peak - before : 0;
    require(more <= kMemoryForInput * kPayload.bytes / 1024,
            "an input of 1 MiB took " + std::to_string(more / 1024) + " MiB of memory",
            "at most 100 MiB");
    rig.destroy(instance);
}

void borrowed(Subject& subject) {
    std::vector<std::unique_ptr<Guarded>> lent;
    Rig rig(subject);
    rig.borrow = [&](std::string_view text) {
        lent.push_back(std::make_unique<Guarded>(text));
        return gantry_str{lent.back()->data(), text.size()};
    };
    const auto take_away = [&] {
        for (const auto& one : lent) one->take_away();
    };
    auto* instance = rig.create();
    take_away();
    int n = 0;
    for (const auto& scenario : subject.scenarios()) {
        Action action(rig, instance, scenario);
        const auto key = key_of(++n);
        const auto end = action.invoke(key);
        take_away();
        action.take_back(key, end);
        take_away();
    }
    rig.destroy(instance);
}

}  // namespace

std::vector<Check> input_checks() {
    return {
        {"E1", "input.invalid", 2,
         "an input that its schema forbids is refused and changes nothing",
         "Look at the input before the first write, and throw Error INVALID_DATA, NOT_APPLIED.",
         seconds(60), &invalid},
        {"E2", "input.malformed", 2, "an input that is no JSON is refused",
         "Parse with a limit and a length, never up to a NUL; the SDK does.", seconds(60),
         &malformed},
        {"E3", "input.unicode", 2, "texts of every script arrive as they were sent",
         "Pass UTF-8 on by its length, unchanged; keep decimals as texts.", seconds(60), &unicode},
        {"E4", "input.huge", 2, "an input of 1 MiB is taken or refused, within bounds",
         "Refuse with TOO_LARGE what the system does not take; do not copy it again and again.",
         seconds(60), &huge},
        {"E5", "input.borrowed", 2, "it reads no argument beyond its end or after the call",
         "Copy what you keep: strings are lent until the function returns.", seconds(60),
         &borrowed},
    };
}

}  // namespace gantry::host::check
