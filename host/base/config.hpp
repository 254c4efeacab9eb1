// The host's configuration: one JSON file becomes one struct.
#pragma once

#include "base/document.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gantry::host {

/// What a module may ask over HTTP, and how.
struct ModuleHttpConfig {
    /// Hosts in lower case, or "*." and a domain. Nothing: those that its options name.
    std::optional<std::vector<std::string>> allowed_hosts;
    /// Empty: none. Nothing: what the environment says.
    std::optional<std::string> proxy;
    /// Absolute; the certificates to trust. Empty: the system's.
    std::string ca_file;
};

struct ModuleConfig {
    std::string name;
    /// An id to be found on the plugin path, or an absolute path (it contains "/").
    std::string plugin;
    /// With references filled in. "sqlite:" and a relative path, anywhere in it, is made absolute;
    /// "sqlite::memory:" stays.
    json options = json::object();
    /// Where the options stand in Config::document.
    std::string options_pointer;
    std::vector<std::string> aliases;
    /// Name that the plugin requires → module that serves it.
    std::map<std::string, std::string> bind;
    ModuleHttpConfig http;
    /// Tells apart which system is meant where that may change; empty: it has no name.
    std::string system{};
};

struct RouteConfig {
    /// GET, POST, PUT, PATCH or DELETE.
    std::string method;
    /// Begins with "/"; {name} stands for one segment.
    std::string path;
    std::string workflow;
    /// For how long a request waits for the end of its run.
    std::chrono::milliseconds wait{10'000};
    /// The run's input; the body with the path's parameters when not given.
    std::optional<json> input;
    /// Who may call it; nothing: anyone on this machine.
    enum class Allow { kAnyone, kAdmin };
    std::optional<Allow> allow{};
};

struct ListenConfig {
    /// Without the brackets of an IPv6 address.
    std::string address = "127.0.0.1";
    /// 0: any free one.
    int port = 9000;
    /// The absolute path of a unix socket, in the place of both; empty: none.
    std::string socket{};
};

struct HttpConfig {
    ListenConfig listen;
    /// Where /admin and /metrics are served, and nowhere else; nothing: where the routes are.
    std::optional<ListenConfig> admin_listen{};
    std::optional<std::string> admin_token;
    /// /admin asks for no token.
    bool admin_open = false;
    /// Names besides its addresses and "localhost" that the host is asked by, in lower case.
    std::vector<std::string> names{};
};

/// How long finished runs are kept, by state; nothing: for ever.
struct RetentionConfig {
    std::optional<std::chrono::milliseconds> done = std::chrono::hours(24 * 7);
    std::optional<std::chrono::milliseconds> reverted = std::chrono::hours(24 * 30);
    std::optional<std::chrono::milliseconds> failed;
};

/// Of jq programs in workflows, routes and call steps.
struct ExpressionsConfig {
    /// How long one may run before it is ended; 100 ms to 60 s.
    std::chrono::milliseconds limit{5000};
    /// What one may use of memory before it is ended; 16 to 4096 MiB.
    std::size_t memory_mib = 256;
};

struct Config {
    /// Absolute.
    std::filesystem::path file, directory;
    /// "sqlite:/absolute/path" or "memory:".
    std::string store;
    HttpConfig http;
    bool has_http = false;
    RetentionConfig retention;
    ExpressionsConfig expressions;
    /// Absolute.
    std::vector<std::filesystem::path> plugin_path;
    /// In the order written.
    std::vector<ModuleConfig> modules;
    /// Absolute files, globs expanded, sorted, each once.
    std::vector<std::filesystem::path> workflows;
    /// Values that have a problem already: what follows from it is not reported again.
    std::set<std::string> broken;
    /// Pointer → what stands there, which is allowed and probably not meant.
    std::map<std::string, std::string> doubts;
    /// In the order written. The n-th stands at /routes/n unless `routes` had problems.
    std::vector<RouteConfig> routes;
    /// As written, without secrets; later checks place their problems with it.
    Document document;

    /// A problem that a later check finds; none where the value has one already.
    void complain(Problems& problems, const std::string& pointer, const std::string& message) const;
};

/// Reads and checks the file, filling $(env:NAME) and $(file:PATH) in any string value. Everything
/// wrong is added to `problems`; what could be read is returned nevertheless, so that later checks
/// can add theirs. Nothing is returned only when the file is no JSON. Relative paths belong to the
/// file's directory.
std::optional<Config> read_config(const std::filesystem::path& file, Problems& problems);

}  // namespace gantry::host
