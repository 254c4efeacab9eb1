// Checking and starting modules; calling is in container_calls.cpp.
#include "plugin/container.hpp"

#include "base/describe.hpp"
#include "base/nearest.hpp"
#include "base/schema.hpp"
#include "plugin/option_paths.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

std::string option_problem(const Manifest& manifest, const Violation& violation) {
    const std::string who = manifest.id + " " + manifest.version;
    const bool top_level = violation.pointer.find('/', 1) == std::string::npos;
    if (violation.keyword != "additionalProperties" || !top_level) {
        return violation.message + " (" + who + ")";
    }
    std::vector<std::string> known;
    std::string list;
    const auto properties = manifest.options.value("properties", json::object());
    for (const auto& [name, schema] : properties.items()) {
        known.push_back(name);
        list += (list.empty() ? "" : ", ") + name;
    }
    if (violation.pointer == "/system") {
        return "unknown option; the name of a module's system stands beside its options";
    }
    return "unknown option; " + who + " knows: " + (list.empty() ? "none" : list) + "." +
           did_you_mean(violation.pointer.substr(1), known);
}

}  // namespace

// A database belongs to one plugin, or to the host.
void find_shared_files(const Config& config, Problems& problems) {
    std::map<std::string, const ModuleConfig*> taken;
    for (const auto& module : config.modules) {
        for (const auto& [name, option] : module.options.items()) {
            if (!option.is_string() ||
                !option.get_ref<const std::string&>().starts_with("sqlite:/"))
                continue;
            const auto pointer = child(module.options_pointer, name);
            const auto place = config.document.place(pointer);
            const std::string file = option;
            if (file == config.store) {
                problems.add(place, dotted(pointer),
                             "found the file of the host's own store, expected another");
            }
            const auto [first, fresh] = taken.emplace(file, &module);
            if (fresh || first->second->plugin == module.plugin) continue;
            problems.warn(place, dotted(pointer),
                          "module " + in_quotes(first->second->name) +
                              " of another plugin has the same file; expected one of its own");
        }
    }
}

// What a reference stands for may be a secret: then the reference is shown in its place.
std::string as_written(const std::string& message, const json& document,
                       const std::string& pointer) {
    const json::json_pointer at(pointer);
    const auto expected = message.find(", expected");
    if (!document.contains(at) || !document.at(at).is_string()) return message;
    const auto& text = document.at(at).get_ref<const std::string&>();
    if (text.find("$(") == std::string::npos || expected == std::string::npos) return message;
    const auto end = message.find(". Did you mean");  // it shows the text again
    return "what " + in_quotes(text) + " stands for does not fit" +
           message.substr(expected, end == std::string::npos ? end : end - expected);
}

Container::Container(const Config& config, Pool& plugins, Timers& timers, Log& log,
                     Problems& problems, CallSettings settings, LoadSettings loads)
    : timers_(timers),
      log_(log),
      settings_(settings),
      catalog_(config.plugin_path, log),
      stuck_(plugins.threads(), log),
      threads_(plugins),
      cancels_({settings.grace, settings.debug}, timers, stuck_),
      starts_(timers, log, settings.debug) {
    {
        LoadWatch watch(log, loads);
        for (std::size_t i = 0; i < config.modules.size(); ++i) add(config, i, watch, problems);
    }
    for (std::size_t i = 0; i < config.modules.size(); ++i) {
        const auto it = by_name_.find(config.modules[i].name);
        if (it != by_name_.end()) bind(config, *it->second, i, problems);
    }
    order(config, problems);
    find_shared_files(config, problems);
    if (!config.modules.empty()) return;
    problems.warn(config.document.place(""), "",
                  "no modules are configured, so there is nothing to run or to call; expected "
                  "\"modules\"");
}

Container::~Container() {
    starts_.stop();
    starts_.wait();
    cancels_.stop();
    pings_.none(Timers::kNever);
    stop();
}

void Container::add(const Config& config, std::size_t index, LoadWatch& watch, Problems& problems) {
    const auto& module = config.modules[index];
    const std::string at = "/modules/" + module.name;
    const auto complain = [&](const std::string& pointer, const std::string& message) {
        config.complain(problems, pointer, message);
    };
    const auto warn = [&](const std::string& pointer, const std::string& message) {
        problems.warn(config.document.place(pointer), dotted(pointer), message);
    };
    const auto leave_out = [&](const std::string& message) {
        left_out_.push_back(module.name);
        left_out_.insert(left_out_.end(), module.aliases.begin(), module.aliases.end());
        complain(at + "/plugin", message);
    };
    const Library* library = nullptr;
    try {
        library = &catalog_.load(module.plugin, module.name, watch);
    } catch (const Error& e) {
        return leave_out(e.message());
    }
    const auto& manifest = library->manifest();
    const bool is_first = std::none_of(modules_.begin(), modules_.end(), [&](const auto& other) {
        return &other->library() == library;
    });
    if (is_first) {
        for (const auto& warning : library->warnings()) warn(at + "/plugin", warning);
    }
    try {
        const Schema schema(manifest.options);
        const auto bad = schema.check(module.options.dump());
        for (const auto& violation : bad) {
            const auto where = module.options_pointer + violation.pointer;
            complain(where, as_written(option_problem(manifest, violation), config.document.root(),
                                       where));
        }
    } catch (const Error& e) {
        return leave_out(library->file().string() + ": its options schema: " + e.message());
    }
    auto resolved = module;
    if (take_name_of_system(manifest.options)) {
        if (module.options.contains("system")) {
            return complain(
                module.options_pointer + "/system",
                "the name of the system stands beside the options, at " + dotted(at + "/system"));
        }
        if (!module.system.empty()) resolved.options["system"] = module.system;
    }
    resolved.options =
        with_absolute_paths(manifest.options, std::move(resolved.options), config.directory);
    for (const auto& [option, why] : missing_files(manifest.options, resolved.options)) {
        complain(module.options_pointer + option, why);
    }
    for (const auto& option : secrets_of_many_lines(manifest.options, resolved.options)) {
        warn(module.options_pointer + option, "this secret has more than one line");
    }
    for (const auto& other : modules_) {
        const bool same = &other->library() == library && !resolved.options.empty() &&
                          other->config().options == resolved.options;
        if (!same || resolved.options.dump().find(":memory:") != std::string::npos) continue;
        warn(at, "the same plugin with the same options as module " + in_quotes(other->name()) +
                     ": both change one system; expected other options, or one module with "
                     "\"aliases\"");
    }
    try {
        modules_.push_back(std::make_unique<Module>(resolved, *library, *this, calls_, log_));
    } catch (const Error& e) {
        return leave_out(library->file().string() + ": " + e.message());
    }
    by_name_.emplace(module.name, modules_.back().get());
    for (const auto& alias : module.aliases) by_name_.emplace(alias, modules_.back().get());
}

void Container::bind(const Config& config, Module& module, std::size_t index, Problems& problems) {
    const auto& written = config.modules[index];
    const std::string at = "/modules/" + written.name;
    const auto complain = [&](const std::string& pointer, const std::string& message) {
        config.complain(problems, pointer, message);
    };
    for (const auto& [name, target] : written.bind) {
        if (module.manifest().requirement(name) != nullptr) continue;
        complain(at + "/bind/" + name, problems_of_binding(module, name, target).front());
    }
    for (const auto& requirement : module.manifest().requirements) {
        const auto bound = written.bind.find(requirement.name);
        const bool is_bound = bound != written.bind.end();
        const std::string& name = is_bound ? bound->second : requirement.name;
        const bool broken =
            !by_name_.contains(name) && std::any_of(config.modules.begin(), config.modules.end(),
                                                    [&](const auto& m) { return m.name == name; });
        const bool done_without = requirement.optional && !is_bound && !by_name_.contains(name);
        if (broken || done_without) continue;  // a broken one is said where that module stands
        const auto wrong = problems_of_binding(module, requirement.name, name);
        for (const auto& problem : wrong) {
            complain(is_bound ? at + "/bind/" + requirement.name : at, problem);
        }
        if (wrong.empty()) module.bindings.emplace(requirement.name, by_name_.at(name));
    }
}

std::vector<std::string> Container::problems_of_binding(const Module& module,
                                                        const std::string& required,
                                                        const std::string& target) const {
    const auto& manifest = module.manifest();
    const auto* requirement = manifest.requirement(required);
    if (requirement == nullptr) {
        std::vector<std::string> known;
        for (const auto& r : manifest.requirements) known.push_back(r.name);
        return {"plugin " + manifest.id + " requires no \"" + required + "\"." +
                did_you_mean_or_known(required, known)};
    }
    const std::string needs = "plugin " + manifest.id + " requires a service \"" + required +
                              "\" (" + requirement->interface + ")";
    const auto it = by_name_.find(target);
    if (it == by_name_.end()) {
        std::vector<std::string> services;
        for (const auto& [name, m] : by_name_) services.push_back(name);
        return {needs + (target == required ? "" : ", bound to \"" + target + "\",") +
                " and no module has that name: add one, or bind another." +
                did_you_mean(target, services)};
    }
    const auto* interface = it->second->interface();
    const std::string offers = "module \"" + it->second->name() + "\"";
    if (interface == nullptr || interface->name != requirement->interface) {
        return {needs + "; " + offers + " offers " +
                (interface == nullptr ? "no service" : interface->name)};
    }
    std::vector<std::string> missing;
    for (const auto& method : requirement->methods) {
        if (interface->methods.contains(method)) continue;
        missing.push_back(needs + " with the method \"" + method + "\", which " + offers +
                          " does not have");
    }
    return missing;
}

// Level by level: a module stands one above the highest that it requires.
void Container::order(const Config& config, Problems& problems) {
    std::map<const Module*, std::size_t> level;
    std::size_t placed_before = 0;
    do {
        placed_before = level.size();
        for (const auto& module : modules_) {
            if (level.contains(module.get())) continue;
            std::size_t own = 0;
            const bool ready = std::all_of(module->bindings.begin(), module->bindings.end(),
                                           [&](const auto& binding) {
                                               const auto it = level.find(binding.second);
                                               if (it == level.end()) return false;
                                               own = std::max(own, it->second + 1);
                                               return true;
                                           });
            if (!ready) continue;
            level.emplace(module.get(), own);
            if (levels_.size() <= own) levels_.resize(own + 1);
            levels_[own].push_back(module.get());
        }
    } while (level.size() > placed_before);
    std::string cycle;
    const Module* first = nullptr;
    for (const auto& module : modules_) {
        if (level.contains(module.get())) continue;
        cycle += (first == nullptr ? "" : ", ") + module->name();
        if (first == nullptr) first = module.get();
    }
    if (first == nullptr) return;
    const std::string pointer = "/modules/" + first->name();
    config.complain(
        problems, pointer,
        "these modules require one another in a circle, so none can start first: " + cycle);
}

std::string Container::start(const std::vector<std::string>& names) {
    std::vector<Module*> wanted;
    const auto want = [&](const auto& self, Module& m) -> void {
        if (std::find(wanted.begin(), wanted.end(), &m) != wanted.end()) return;
        for (const auto& [name, target] : m.bindings) self(self, *target);
        wanted.push_back(&m);
    };
    for (const auto& name : names) want(want, module(name));
    if (names.empty()) {
        for (const auto& m : modules_) want(want, *m);
    }
    return starts_.run(wanted);
}

bool Container::stop() {
    about_to_block("modules to end");
    const auto now = Timers::Clock::now();
    if (!starts_.stop() || !cancels_.ended(now) || !pings_.none(now)) return false;
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
        for (Module* module : *level) module->end();
    }
    return true;
}

Module& Container::module(std::string_view name) const {
    const auto it = by_name_.find(name);
    if (it != by_name_.end()) return *it->second;
    std::vector<std::string> known;
    for (const auto& [n, m] : by_name_) known.push_back(n);
    throw Error(GANTRY_E_NOT_FOUND,
                "no service \"" + std::string(name) + "\"." + did_you_mean_or_known(name, known),
                GANTRY_EF_NOT_APPLIED);
}

std::vector<Module*> Container::modules() const {
    std::vector<Module*> all;
    for (const auto& module : modules_) all.push_back(module.get());
    return all;
}

std::map<std::string, std::string> Container::not_ready() const {
    std::map<std::string, std::string> out;
    for (const auto& module : modules_) {
        if (module->instance() == nullptr) out.emplace(module->name(), module->failure());
    }
    return out;
}

}  // namespace gantry::host
