// First copies beside every place, then all are put there; while that goes on a file beside the
// store keeps hosts from starting, so that half of it is never taken for a whole.
#include "api/restore.hpp"

#include "api/backup_contents.hpp"
#include "api/operations.hpp"
#include "api/restore_copies.hpp"
#include "base/describe.hpp"
#include "base/fault.hpp"
#include "base/store_file.hpp"
#include "plugin/container.hpp"
#include "store/durable_file.hpp"
#include "store/lock_file.hpp"
#include "store/own_file.hpp"
#include "store/restored.hpp"
#include "store/stamp.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>

namespace gantry::host {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

Error bad(const std::string& message) {
    return {GANTRY_E_INVALID_DATA, message, GANTRY_EF_NOT_APPLIED};
}

// "0.10.2" is newer than "0.9".
bool is_newer(const std::string& version, const std::string& than) {
    std::istringstream a(version);
    std::istringstream b(than);
    const auto next = [](std::istringstream& of) {
        std::string part;
        std::getline(of, part, '.');
        return std::atol(part.c_str());
    };
    while (a.good() || b.good()) {
        const auto left = next(a);
        const auto right = next(b);
        if (left != right) return left > right;
    }
    return false;
}

// A folder of the backup that is a link would lead elsewhere.
std::filesystem::path file_in(const std::filesystem::path& directory, const json& file) {
    std::error_code none;
    auto at = directory;
    for (const auto& part : std::filesystem::path(file.at("file").get<std::string>())) {
        at /= part;
        if (!std::filesystem::is_symlink(std::filesystem::symlink_status(at, none))) continue;
        throw bad(at.string() + " is a link, expected what \"gantry backup\" made");
    }
    return at;
}

PutBack place_of(const std::filesystem::path& directory, const json& file, const Module& module) {
    const auto& options = module.config().options;
    const std::string option = file.at("option");
    const std::string where = "module \"" + module.name() + "\", option " + in_quotes(option);
    if (!options.contains(option) || !options.at(option).is_string()) {
        throw bad(where + " is not in the configuration: the backup has a file for it");
    }
    std::string text = options.at(option);
    const bool is_database = text.starts_with(kSqlite);
    if (is_database) text.erase(0, kSqlite.size());
    if (!text.starts_with("/")) {
        throw bad(where + " names no file: the backup has one for it");
    }
    return {file_in(directory, file), text, file.at("sha256"), is_database};
}

std::filesystem::path without_links(const std::filesystem::path& file) {
    std::error_code e;
    auto plain = std::filesystem::weakly_canonical(file, e);
    if (e) throw bad(file.string() + " cannot be reached: " + e.message());
    return plain;
}

// Modules that share a file have equal copies of it: one of them is put there.
void add(std::vector<PutBack>& places, PutBack place) {
    const auto file = without_links(place.to);
    const auto same = std::find_if(places.begin(), places.end(), [&](const PutBack& other) {
        return without_links(other.to) == file;
    });
    if (same == places.end()) return places.push_back(std::move(place));
    if (same->sha256 == place.sha256) return;
    throw bad(place.to.string() + ": the backup has two files for it, " + same->from.string() +
              " and " + place.from.string() +
              ": give each a place of its own in the configuration");
}

// Modules are looked at and not started.
class Configured {
public:
    explicit Configured(const Config& config)
        : container_(config, pool_, timers_, log_, problems_) {
        if (!problems_.empty()) throw Error(GANTRY_E_CONFIG, problems_.text());
    }

    /// Where the files of `contents` belong, which says what became of each module's data.
    void place(const std::filesystem::path& directory, const json& contents,
               std::vector<PutBack>& places) const {
        std::set<std::string> told;
        for (const auto& entry : contents.at("missing")) told.insert(entry.at("module"));
        for (const auto& entry : contents.at("modules")) {
            told.insert(entry.at("module"));
            for (const auto& file : entry.at("files")) {
                add(places, place_of(directory, file, module(entry)));
            }
        }
        for (const auto* module : container_.modules()) {
            if (told.contains(module->name())) continue;
            throw bad("the backup says nothing of module " + in_quotes(module->name()) +
                      ": restore with the configuration of that time, which had no such module");
        }
    }

private:
    const Module& module(const json& entry) const {
        const std::string name = entry.at("module");
        const std::string plugin = entry.at("plugin");
        for (const auto* module : container_.modules()) {
            if (module->name() != name) continue;
            if (module->manifest().id == plugin) return *module;
            throw bad("module " + in_quotes(name) + " is of plugin " + module->manifest().id +
                      " here, and of " + in_quotes(plugin) + " in the backup");
        }
        throw bad("the backup has files of module " + in_quotes(name) +
                  ", and no module of the configuration has that name");
    }

    Problems problems_;
    Log log_{Log::format_for_stderr(), GANTRY_LOG_WARN};
    Timers timers_;
    Pool pool_;
    const Container container_;
};

// Whether the file, or one of those beside it, is as `fits` says.
template <typename Fits>
bool any_of_companions(const std::filesystem::path& file, Fits fits) {
    return std::any_of(kCompanions.begin(), kCompanions.end(),
                       [&](const char* part) { return fits(file.string() + part); });
}

bool is_there(const std::filesystem::path& file) {
    std::error_code none;
    return std::filesystem::exists(file, none);
}

bool holds_something(const std::filesystem::path& file) {
    std::error_code none;
    return is_there(file) && std::filesystem::file_size(file, none) > 0;
}

// Under which nothing stands yet.
std::string suffix_for(const std::vector<PutBack>& places) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
    const std::string first = std::string(".before-restore-") + text.data();
    const auto is_taken = [&](const std::string& suffix) {
        return std::any_of(places.begin(), places.end(), [&](const PutBack& place) {
            return any_of_companions(place.to.string() + suffix, is_there);
        });
    };
    auto suffix = first;
    for (int again = 2; is_taken(suffix); ++again) suffix = first + "-" + std::to_string(again);
    return suffix;
}

// "a.db-wal" goes with "a.db" under its new name.
void move_aside(const std::filesystem::path& file, const std::string& suffix) {
    const std::filesystem::path aside = file.string() + suffix;
    for (const char* part : kCompanions) {
        const std::filesystem::path from = file.string() + part;
        if (!is_there(from)) continue;
        rename_durably(from, aside.string() + part);
        fault::at("restore.aside");
    }
}

// A restore that was killed may have moved "a.db" and not its "-wal", without which it is not
// whole.
void go_on_moving_aside(const std::filesystem::path& store, const std::vector<PutBack>& places,
                        json& moved) {
    std::ifstream mark(restoring_mark(store));
    std::string at;
    std::string suffix;
    if (!std::getline(mark, at) || !std::getline(mark, suffix) || suffix.empty()) return;
    for (const auto& place : places) {
        const std::filesystem::path aside = place.to.string() + suffix;
        if (!is_there(aside)) continue;
        moved.push_back(aside.string());
        if (!is_there(place.to)) move_aside(place.to, suffix);
    }
}

Restored prepared(const PutBack& store, const std::string& at) {
    try {
        return prepare_restored(
            store.beside(), store.to,
            "the backup was taken at " + at + ", and what this run did since is not in it");
    } catch (const Error& e) {
        throw Error(e.code(), store.from.string() + ": " + e.message(), GANTRY_EF_NOT_APPLIED);
    }
}

}  // namespace

json restore_backup(const Config& config, const std::filesystem::path& directory, bool replace) {
    const auto contents = read_backup(directory);
    const std::string version = contents.at("gantry");
    if (is_newer(version, GANTRY_VERSION)) {
        throw bad(directory.string() + " was made by Gantry " + version + ", and this is " +
                  GANTRY_VERSION + ": restore it with that one or a newer one");
    }
    const std::filesystem::path store = store_file(config);
    if (store.empty()) {
        throw bad("the configuration's store is " + config.store + ", which keeps nothing");
    }
    const Configured configured(config);

    const auto& of_store = contents.at("store");
    std::vector<PutBack> places{{file_in(directory, of_store), store, of_store.at("sha256"), true}};
    try {
        configured.place(directory, contents, places);
    } catch (const Error& e) {
        throw bad((directory / kBackupFile).string() + ": " + e.message());
    }
    for (const auto& place : places) make_own_folder(place.to.parent_path());
    std::optional<LockFile> lock;
    std::optional<DatabaseLock> second;  // also where somebody deleted the lock's file
    try {
        lock.emplace(store, LockOwner{getpid(), "gantry restore", "", ""});
        if (is_there(store)) second.emplace(store);
    } catch (const Error& e) {
        throw BadEnvironment(e);
    }
    std::string there;
    for (const auto& place : places) {
        if (!any_of_companions(place.to, holds_something)) continue;
        there += (there.empty() ? "" : ", ") + place.to.string();
    }
    if (!there.empty() && !replace) {
        throw bad(
            "there is data already: " + there +
            ". With --replace it is moved aside (name.before-restore-TIME), and the backup put "
            "in its place");
    }

    const Copies copies(places);
    const auto at = contents.at("at").get<std::string>();
    const auto restored = prepared(places.front(), at);
    sync(places.front().beside());
    json moved = json::array();
    go_on_moving_aside(store, places, moved);
    const auto suffix = suffix_for(places);
    write_durably(restoring_mark(store), at + "\n" + suffix + "\n");
    json files = json::array();
    std::error_code none;
    for (const auto& place : places) {
        fault::at("restore.between");
        if (any_of_companions(place.to, is_there)) {
            move_aside(place.to, suffix);
            moved.push_back(place.to.string() + suffix);
        }
        rename_durably(place.beside(), place.to);
        files.push_back(place.to.string());
    }
    // Of the host that ran before: whose calls were under way then is not known of these runs.
    const std::filesystem::path calls = store.string() + ".calls";
    if (is_there(calls)) rename_durably(calls, calls.string() + suffix);
    write_stamp(store, restored.stamp);
    std::filesystem::remove(restoring_mark(store), none);
    sync(store.parent_path());
    return {{"at", at},       {"store", store.string()}, {"runs", restored.runs},
            {"files", files}, {"moved", moved},          {"missing", contents.at("missing")}};
}

}  // namespace gantry::host
