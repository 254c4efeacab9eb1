// An option is a database by its text: "sqlite:" and an absolute path, as the container has made
// it, or a URL of PostgreSQL.
#include "plugin/module_databases.hpp"

#include "base/describe.hpp"
#include "base/tcp_reach.hpp"
#include "store/database_file.hpp"

#include <unistd.h>

#include <charconv>
#include <set>

namespace gantry::host {
namespace {

constexpr std::string_view kFile = "sqlite:";

struct DatabaseOption {
    const Module* module;
    std::string pointer;
    std::string text;

    bool is_file() const { return text.starts_with("sqlite:/"); }
    std::filesystem::path file() const { return text.substr(kFile.size()); }
};

std::vector<DatabaseOption> databases_of(const Container& container) {
    std::vector<DatabaseOption> all;
    for (const auto* module : container.modules()) {
        const auto& config = module->config();
        for (const auto& [name, option] : config.options.items()) {
            if (!option.is_string()) continue;
            all.push_back({module, child(config.options_pointer, name), option});
        }
    }
    return all;
}

std::string this_host(const Config& config) { return "the host with the store " + config.store; }

/// Who else has it; empty: nobody.
std::string claimed_by_another(const Config& config, const DatabaseOption& option) {
    const auto owner = LockFile::holder(option.file());
    return owner && owner->who != this_host(config) ? owner->who : "";
}

std::string of_claimed(const DatabaseOption& option, const std::string& by) {
    return option.file().string() + " is in use by " + by +
           ": its runs and those of this host do not know of each other; expected a database that "
           "one host uses";
}

struct Server {
    std::string host;
    std::string port = "5432";
};

// Those of "postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE"; not one on a unix socket.
std::vector<Server> servers_of(std::string_view url) {
    const auto scheme = url.find("://");
    const auto query = url.substr(std::min(url.find('?'), url.size()));
    const bool is_postgresql = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if (!is_postgresql || query.find("host") != std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
    std::vector<Server> all;
    while (!url.empty()) {
        auto one = url.substr(0, url.find(','));
        url.remove_prefix(std::min(one.size() + 1, url.size()));
        const auto end = one.starts_with('[') ? one.find(']') : 0;
        const auto colon = one.find(':', std::min(end, one.size()));
        Server server;
        if (colon != std::string_view::npos) server.port = one.substr(colon + 1);
        one = one.substr(0, colon);
        if (one.starts_with('[')) one = one.substr(1, one.find(']') - 1);
        server.host = one;
        if (!one.empty() && one.find('%') == std::string_view::npos) all.push_back(server);
    }
    return all;
}

// 0: it is none.
int number_of(const std::string& port) {
    int number = 0;
    const auto* const end = port.data() + port.size();
    const auto [rest, error] = std::from_chars(port.data(), end, number);
    return error == std::errc() && rest == end && number > 0 && number <= 65535 ? number : 0;
}

std::string what_is_wrong(const DatabaseOption& option) {
    for (const auto& server : servers_of(option.text)) {
        if (number_of(server.port) != 0) continue;
        return "found a port that is no number from 1 to 65535 (it is not shown, as it may be a "
               "part "
               "of a password): within a password write / as %2F, ? as %3F, # as %23, @ as %40";
    }
    if (!option.is_file()) return {};
    const auto found = look_at_database(option.file());
    if (!found) return {};
    const auto file = option.file().string();
    const auto& id = option.module->manifest().id;
    if (!found->is_sqlite) return file + " is no SQLite database; expected one, or no file yet";
    if (found->is_store) return file + " is the store of a host, expected a database of " + id;
    if (found->plugin.empty() || found->plugin == id) return {};
    return file + " is a database of " + found->plugin + ", expected one of " + id +
           ", or no file yet";
}

}  // namespace

void find_foreign_databases(const Config& config, const Container& container, Problems& problems) {
    for (const auto& option : databases_of(container)) {
        // The host's own store is told of as the file of two.
        if (option.text == config.store) continue;
        const auto wrong = what_is_wrong(option);
        if (!wrong.empty()) config.complain(problems, option.pointer, wrong);
    }
}

void find_claimed_databases(const Config& config, const Container& container, Problems& problems) {
    for (const auto& option : databases_of(container)) {
        if (!option.is_file()) continue;
        const auto other = claimed_by_another(config, option);
        if (other.empty()) continue;
        problems.warn(config.document.place(option.pointer), dotted(option.pointer),
                      of_claimed(option, other));
    }
}

std::vector<std::string> unreached_databases(const Config& config, const Container& container) {
    std::vector<std::string> lines;
    for (const auto& option : databases_of(container)) {
        std::string why;
        for (const auto& server : servers_of(option.text)) {
            const auto wrong = why_not_reached(server.host, number_of(server.port));
            if (wrong.empty()) {  // one of several is enough
                why.clear();
                break;
            }
            why = "the PostgreSQL server at " + server.host + ":" + server.port +
                  " cannot be reached: " + wrong;
        }
        if (why.empty()) continue;
        Problems one;
        config.complain(one, option.pointer, why);
        lines.push_back(one.text());
    }
    return lines;
}

DatabaseClaims::DatabaseClaims(const Config& config, const Container& container, Log& log) {
    std::set<std::filesystem::path> files;
    for (const auto& option : databases_of(container)) {
        std::error_code none;
        if (!option.is_file() || option.module->instance() == nullptr) continue;
        if (!std::filesystem::is_regular_file(option.file(), none)) continue;
        if (!files.insert(option.file()).second) continue;
        try {
            locks_.push_back(std::make_unique<LockFile>(
                option.file(), LockOwner{::getpid(), this_host(config), "", ""}));
        } catch (const Error& e) {
            const auto other = claimed_by_another(config, option);
            log.warn("module " + in_quotes(option.module->name()) + ": " +
                         (other.empty() ? e.message() : of_claimed(option, other)),
                     {{"module", option.module->name()}});
        }
    }
}

}  // namespace gantry::host
