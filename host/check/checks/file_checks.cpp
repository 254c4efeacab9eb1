// A: what the file says, before any of its code is mapped.
#include "base/lower_case.hpp"
#include "base/schema.hpp"
#include "check/check.hpp"
#include "check/manifest_misfits.hpp"
#include "check/sample.hpp"
#include "check/subject.hpp"
#include "plugin/libraries.hpp"

#include <gnu/libc-version.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxManifest = std::size_t{1} << 20;
constexpr int kSamples = 100;

// Each ends or changes the whole process.
constexpr std::array<std::string_view, 22> kRisky = {
    "exit",   "_exit",     "_Exit",       "quick_exit", "abort_handler_s", "atexit",
    "signal", "sigaction", "setlocale",   "chdir",      "fchdir",          "umask",
    "fork",   "vfork",     "posix_spawn", "system",     "popen",           "dlopen",
    "setenv", "unsetenv",  "putenv",      "clearenv"};

std::string listed(const std::vector<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

void elf(Subject& subject) {
    const auto file = read_elf(subject.settings().file);
    require(file.is_elf64, "no 64-bit ELF file",
            "a shared library as gantry_add_plugin() makes it");
    require(file.is_shared, "an ELF file that is no shared library", "ET_DYN");
    const int mine = own_machine();
    require(file.machine == mine, "ELF machine " + std::to_string(file.machine),
            "this host's, " + std::to_string(mine));
    require(!file.text_relocations, "relocations in its code", "position-independent code");
    require(!file.executable_stack, "it asks for an executable stack", "none");
}

void manifest(Subject& subject) {
    const auto file = read_elf(subject.settings().file);
    require(file.manifests.size() == 1,
            std::to_string(file.manifests.size()) + " sections .gantry.manifest", "exactly one");
    require(file.manifests.front().size() <= kMaxManifest,
            "a manifest of " + std::to_string(file.manifests.front().size()) + " bytes",
            "at most 1 MiB");
    subject.manifest();
}

void exports(Subject& subject) {
    const std::set<std::string> wanted = {"gantry_plugin_entry_v1", "gantry_manifest_v1"};
    std::set<std::string> missing = wanted;
    std::vector<std::string> others;
    for (const auto& symbol : read_elf(subject.settings().file).symbols) {
        if (!symbol.defined) continue;
        require(!symbol.unique, "symbol " + symbol.name + " is one for the whole process",
                "no symbol that two plugins would share");
        missing.erase(symbol.name);
        if (!wanted.contains(symbol.name)) others.push_back(symbol.name);
    }
    require(missing.empty(), "it does not export " + listed({missing.begin(), missing.end()}),
            "its entry and its manifest");
    if (others.size() > 5) others.resize(5);
    require(others.empty(), "it also exports " + listed(others), "its entry and its manifest only");
}

void imports(Subject& subject) {
    const auto& path = subject.settings().file;
    const auto file = read_elf(path);
    if (!file.is_elf64) skip("it is no 64-bit ELF file");
    std::vector<std::string> risky;
    std::vector<std::string> open;
    const auto offered = symbols_of_libraries(path, file);
    for (const auto& symbol : file.symbols) {
        if (symbol.defined) continue;
        if (std::find(kRisky.begin(), kRisky.end(), symbol.name) != kRisky.end()) {
            risky.push_back(symbol.name);
        }
        if (!symbol.weak && !offered.contains(symbol.name)) open.push_back(symbol.name);
    }
    require(open.empty(), "no library that it needs has " + listed(open),
            "every symbol from one of them, and none from the host");
    require(risky.empty(), "it imports " + listed(risky),
            "nothing that ends or changes the whole process, or a reason under \"skip\"");
}

bool newer(const std::string& version, const std::string& than) {
    return ::strverscmp(version.c_str(), than.c_str()) > 0;
}

void needed(Subject& subject) {
    const auto& path = subject.settings().file;
    const auto file = read_elf(path);
    if (!file.is_elf64) skip("it is no 64-bit ELF file");
    for (const auto& library : file.needed) {
        require(!find_library(path, file, library).empty(),
                "it needs " + library + ", which is not on this machine",
                "libraries that are there");
    }
    for (const auto& run_path : file.run_paths) {
        require(run_path.starts_with("$ORIGIN"), "the run path " + run_path,
                "none, or one that begins with $ORIGIN");
    }
    const std::string mine = gnu_get_libc_version();
    for (const auto& symbol : file.symbols) {
        constexpr std::string_view kLibc = "GLIBC_";
        if (!symbol.version.starts_with(kLibc)) continue;
        const auto version = symbol.version.substr(kLibc.size());
        require(!newer(version, mine), symbol.name + " of C library " + version,
                "at most " + mine + ", which this machine has");
    }
}

// Every property of every object in it.
template <typename Visit>
void each_property(const json& schema, const std::string& at, const Visit& visit) {
    if (!schema.is_object()) return;
    const auto properties = schema.value("properties", json::object());
    for (const auto& [name, property] : properties.items()) {
        visit(at + "." + name, name, property);
        each_property(property, at + "." + name, visit);
    }
}

bool sounds_secret(const std::string& written) {
    const auto name = in_lower_case(written);
    constexpr std::array<std::string_view, 5> kWords = {"token", "password", "secret", "apikey",
                                                        "api_key"};
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

void schemas(Subject& subject) {
    const auto& manifest = subject.manifest();
    std::vector<std::string> found;
    const auto valid = [&](const std::string& what, const json& schema) {
        try {
            const Schema tried(schema);
            return true;
        } catch (const Error& e) {
            found.push_back(what + ": " + e.message());
            return false;
        }
    };
    each_property(manifest.options, "options",
                  [&](const auto& at, const auto& name, const json& property) {
                      if (!property.contains("description")) {
                          found.push_back(at + " has no description");
                      }
                      if (sounds_secret(name) && !property.value("writeOnly", false)) {
                          found.push_back(at + " sounds like a secret and is not marked");
                      }
                  });
    for (const auto& step : manifest.steps) {
        if (!step.input.is_null()) valid("the input of step " + step.name, step.input);
        if (!step.output.is_null()) valid("the output of step " + step.name, step.output);
    }
    const auto example = subject.options();
    const bool told = !example.empty() || manifest.options.contains("required");
    if (valid("the options", manifest.options) && told) {
        const auto bad = Schema(manifest.options).check(example.dump());
        if (!bad.empty()) found.push_back("the example options do not fit: " + joined(bad));
    }
    if (valid("the options", manifest.options)) {
        const auto misfits = manifest_misfits(subject.manifest_text(), manifest);
        found.insert(found.end(), misfits.begin(), misfits.end());
    }
    std::string all;
    for (const auto& one : found) all += (all.empty() ? "" : "\n") + one;
    require(found.empty(), all,
            "valid schemas, a sentence for who configures each option, \"writeOnly\": true at each "
            "secret, and example options that fit");
}

std::string place_of(const json& schema) { return schema.dump(); }

// Nothing that is made up fits a pattern: such a member is taken from `example`, or left out.
json fitting(json value, const json& schema, const json& example) {
    if (!value.is_object() || !schema.is_object()) return value;
    const json members = schema.value("properties", json::object());
    for (const auto& [name, member] : members.items()) {
        if (!value.contains(name) || Schema(member).check(value.at(name).dump()).empty()) continue;
        value.erase(name);
        if (example.is_object() && example.contains(name)) value[name] = example.at(name);
    }
    return value;
}

void compatible(Subject& subject) {
    if (subject.settings().previous.empty()) skip("no older build given (--previous FILE)");
    const auto old = parse_manifest(read_manifest_text(subject.settings().previous));
    const auto& now = subject.manifest();
    require(old.id == now.id, "the older build is plugin " + old.id, now.id);
    if (old.service) {
        require(now.service && now.service->interface == old.service->interface,
                "it no longer serves " + old.service->interface, "what the older build served");
        for (const auto& [method, unused] : old.service->methods) {
            require(now.service->methods.empty() || now.service->methods.contains(method),
                    "method " + method + " is gone", "every method of the older build");
        }
    }
    Sample sample(subject.settings().seed);
    const auto compare = [&](const std::string& what, const json& before, const json& after,
                             const json& example) {
        if (after.is_null()) return;
        const Schema schema(after);
        for (int i = 0; i < kSamples; ++i) {
            const auto value = fitting(sample.of(before), before, example);
            if (!Schema(before).check(value.dump()).empty()) continue;
            const auto bad = schema.check(value.dump());
            require(bad.empty(), what + " that the older build took is refused: " + joined(bad),
                    "everything it took", {{"value", value}, {"older", place_of(before)}});
        }
    };
    compare("an option", old.options, now.options, subject.options());
    for (const auto& step : old.steps) {
        const auto it = std::find_if(now.steps.begin(), now.steps.end(),
                                     [&](const auto& s) { return s.name == step.name; });
        require(it != now.steps.end(), "step " + step.name + " is gone", "every step of it");
        require(it->compensable || !step.compensable,
                "step " + step.name + " can no longer be taken back",
                "what could be taken back still can");
        const auto& scenarios = subject.contract().scenarios;
        const auto example = std::find_if(scenarios.begin(), scenarios.end(),
                                          [&](const auto& s) { return s.step == step.name; });
        compare("an input of step " + step.name, step.input, it->input,
                example == scenarios.end() ? json() : example->input);
    }
}

}  // namespace

std::vector<Check> file_checks() {
    return {
        {"A1", "file.elf", 1, "the file is a shared library for this machine",
         "Build it with gantry_add_plugin(), for this architecture, without flags of your own for "
         "the stack or position.",
         seconds(10), &elf},
        {"A2", "file.manifest", 1, "the file holds one manifest, and it is valid",
         "Mend plugin.json; gantry_add_plugin(... MANIFEST plugin.json) puts it into the file.",
         seconds(10), &manifest},
        {"A3", "file.exports", 1, "it exports its entry and its manifest, and nothing else",
         "Link with the version script that gantry_add_plugin() writes; with hidden visibility "
         "alone, templates of the standard library are still shared between plugins.",
         seconds(10), &exports},
        {"A4", "file.imports", 2, "every symbol comes from a library it names, none from the host",
         "Link with -z defs. For a call that ends or changes the process find another way, or "
         "write the reason into contract.json under \"skip\".",
         seconds(20), &imports},
        {"A5", "file.needed", 2, "the libraries it needs are there, and not newer than here",
         "Link what is rare statically, build on the oldest system you mean to run on, and set no "
         "run path but $ORIGIN.",
         seconds(20), &needed},
        {"A6", "manifest.schemas", 2, "its schemas are valid, described, and mark their secrets",
         "Give every option a \"description\", mark secrets \"writeOnly\": true, and let the "
         "example options in contract.json fit.",
         seconds(10), &schemas},
        {"A7", "manifest.compat", 2, "what an older build took is still taken",
         "Add no required option, narrow no type or enum, remove no step; else raise the major "
         "version.",
         seconds(20), &compatible},
    };
}

}  // namespace gantry::host::check
