// What is copied while no call of a plugin runs is of one point: a run whose call is over has it in
// the module's copy, and the store knows of it, or asks for it again with the same key.
#include "api/backup.hpp"

#include "api/api.hpp"
#include "api/backup_contents.hpp"
#include "api/backup_folder.hpp"
#include "api/body.hpp"
#include "api/iso_time.hpp"
#include "base/clock.hpp"
#include "base/describe.hpp"
#include "base/duration.hpp"

#include <algorithm>
#include <future>
#include <thread>

namespace gantry::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kMostPatience = std::chrono::minutes(10);
constexpr const char* kCallsEnd = "30s";
constexpr auto kCopies = std::chrono::minutes(10);  // of all modules together: calls are held
constexpr const char* kMethod = "backupTo";

// On a thread of its own: one that does not return is left behind, and the calls go on.
CallEnd ask(Container& container, const std::string& module, const std::string& input,
            Clock::time_point until) {
    const auto left =
        std::max(std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()),
                 std::chrono::milliseconds(1));
    const auto end = std::make_shared<std::promise<CallEnd>>();
    auto answer = end->get_future();
    std::thread([&container, module, input, left, end] {
        try {
            end->set_value(container.call(module, kMethod, input, "", left));
        } catch (...) {
            end->set_exception(std::current_exception());
        }
    }).detach();
    const auto most = left + container.settings().grace;
    if (answer.wait_for(most) != std::future_status::ready) {
        throw Error(GANTRY_E_UNAVAILABLE, module + "." + kMethod + " does not return",
                    GANTRY_EF_NOT_APPLIED);
    }
    return answer.get();
}

json entry_of(const Module& module) {
    return {{"module", module.name()},
            {"plugin", module.manifest().id},
            {"version", module.manifest().version}};
}

// Data is where an option says: a plugin that knows none has nowhere to keep any.
bool may_keep_data(const Manifest& plugin) {
    const auto& options = plugin.options;
    return options.value("additionalProperties", json()) != false ||
           !options.value("properties", json::object()).empty();
}

// Why it is not in the backup; empty: its files are in `entry`.
std::string copied(Container& container, const Module& module, const BackupFolder& folder,
                   const std::string& name, Clock::time_point until, json& entry) {
    if (!may_keep_data(module.manifest())) {
        entry["files"] = json::array();
        return "";
    }
    const auto* interface = module.interface();
    if (interface == nullptr || !interface->methods.contains(kMethod)) {
        return "its plugin has no " + std::string(kMethod) +
               ": what it keeps, if anything, is backed up by its own means";
    }
    if (module.instance() == nullptr) return "it does not run: " + module.failure();
    const auto into = folder.make(name);
    const auto end =
        ask(container, module.name(), json{{"directory", into.string()}}.dump(), until);
    if (end.error && end.error->code() == GANTRY_E_UNSUPPORTED) {
        std::filesystem::remove(into);
        return end.error->message();
    }
    if (end.error) throw Error(*end.error);
    entry["files"] = json::array();
    const auto answer = json::parse(end.output);
    for (const auto& file : answer.at("files")) {
        const std::string made = file.at("file");
        if (!is_plain_name(made)) {
            throw Error(GANTRY_E_INTERNAL, module.name() + "." + kMethod + " answered the file \"" +
                                               made + "\", which is no name in its folder");
        }
        auto taken = folder.take(into / made);
        taken["option"] = file.at("option").get<std::string>();
        entry["files"].push_back(std::move(taken));
    }
    return "";
}

}  // namespace

json make_backup(Store& store, Container& container, const std::string& body) {
    const Body asked(body, {"directory", "patience"});
    const auto directory = asked.text("directory");
    if (directory.find('\0') != std::string::npos) {
        throw Error(GANTRY_E_INVALID_DATA, "directory: found a character of code 0",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto given = asked.text_or("patience", kCallsEnd);
    const auto patience = parse_duration(given);
    if (!patience || *patience > kMostPatience) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "patience: found " + in_quotes(given) +
                        ", expected a duration such as \"30s\", of 10 minutes at most",
                    GANTRY_EF_NOT_APPLIED);
    }
    BackupFolder folder(directory);
    FairThreads::Rest rest(container.threads());
    if (const auto running = rest.wait(*patience); !running.empty()) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "nothing was backed up: after " + given +
                        " these calls of plugins still run: " + running +
                        ". Try again when they have ended, or with more patience",
                    GANTRY_EF_NOT_APPLIED);
    }
    json contents = {{"format", kBackupFormat},
                     {"gantry", GANTRY_VERSION},
                     {"at", iso_time(wall_ms())},
                     {"modules", json::array()},
                     {"missing", json::array()}};
    const auto until = Clock::now() + kCopies;
    const auto copy = folder.path() / "gantry.db";
    store.copy_to(copy.string());
    contents["store"] = folder.take(copy);
    if (Clock::now() >= until) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "the copy of the store took more than ten minutes, in which no call began: "
                    "give the backup a folder on a faster disk",
                    GANTRY_EF_NOT_APPLIED);
    }
    contents["store"]["stamp"] = json::parse(store.note("stamp"), nullptr, false);
    for (const auto* module : container.modules()) {
        auto entry = entry_of(*module);
        const auto name = "module-" + std::to_string(contents["modules"].size() + 1);
        try {
            const auto missing = copied(container, *module, folder, name, until, entry);
            if (!missing.empty()) entry["why"] = missing;
        } catch (const json::exception& e) {
            throw Error(GANTRY_E_INTERNAL,
                        module->name() + "." + kMethod + " answered what it may not: " + e.what());
        }
        contents[entry.contains("why") ? "missing" : "modules"].push_back(std::move(entry));
    }
    folder.finish(contents);
    contents["directory"] = directory;
    return contents;
}

void add_backup(Router& router, const std::shared_ptr<Api>& api) {
    router.add({.method = "POST",
                .pattern = "/admin/backup",
                .handler = [api](const Request& request, const Reply& reply) {
                    const auto& parts = api->parts;
                    // It holds a thread of the API for as long as it takes.
                    const std::unique_lock alone(api->backup_mutex, std::try_to_lock);
                    if (!alone) {
                        throw Error(GANTRY_E_CONFLICT, "a backup is being made; wait for its end",
                                    GANTRY_EF_NOT_APPLIED);
                    }
                    const auto made = make_backup(parts.store, parts.container, request.body);
                    parts.log.info("a backup was made", {{"directory", made.at("directory")}});
                    reply(json_answer(200, made));
                }});
}

}  // namespace gantry::host
