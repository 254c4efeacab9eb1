// Fills in references, then reads section by section; globs by glob(3).
#include "base/config.hpp"

#include "base/describe.hpp"
#include "base/duration.hpp"
#include "base/http_config.hpp"
#include "base/module_http.hpp"
#include "base/nearest.hpp"
#include "base/route_path.hpp"
#include "base/section.hpp"
#include "base/substitute.hpp"

#include <glob.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <tuple>

namespace gantry::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::size_t kMaxSystem = 200;
constexpr auto kMaxRouteWait = std::chrono::minutes(5);
constexpr auto kLeastLimit = std::chrono::milliseconds(100);
constexpr auto kMostLimit = std::chrono::seconds(60);
constexpr std::size_t kLeastMemory = 16;  // MiB
constexpr std::size_t kMostMemory = 4096;

fs::path absolute_in(const fs::path& directory, const std::string& path) {
    return (directory / path).lexically_normal();
}

/// "sqlite:" with a relative path becomes absolute; a path beginning with ":" is SQLite's own word.
std::string absolute_store(const fs::path& directory, const std::string& text) {
    if (text.rfind(kSqlite, 0) != 0) return text;
    const auto path = text.substr(kSqlite.size());
    if (path.empty() || path[0] == ':') return text;
    return std::string(kSqlite) + absolute_in(directory, path).string();
}

void make_stores_absolute(const fs::path& directory, json& value) {
    if (value.is_string()) {
        value = absolute_store(directory, value.get<std::string>());
    } else if (value.is_structured()) {
        for (auto& part : value) make_stores_absolute(directory, part);
    }
}

std::string in_upper_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// "256MiB" within kLeastMemory and kMostMemory.
std::optional<std::size_t> parse_mib(std::string_view text) {
    constexpr std::string_view unit = "MiB";
    if (!text.ends_with(unit)) return std::nullopt;
    text.remove_suffix(unit.size());
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (size < kLeastMemory || size > kMostMemory) return std::nullopt;
    return size;
}

class ConfigReader {
public:
    ConfigReader(Reading& reading, const json& root, Config& out)
        : reading_(reading), root_(root), out_(out) {}

    void run() {
        Section top(reading_, root_, "");
        store(top);
        read_http(reading_, top, out_);
        for (const auto& [path, at] : top.texts("plugin_path")) {
            if (path.empty()) reading_.problem(at, "found an empty text, expected a directory");
            if (reading_.broken.contains(at)) continue;
            out_.plugin_path.push_back(absolute_in(out_.directory, path));
            std::error_code none;
            if (fs::is_directory(out_.plugin_path.back(), none)) continue;
            out_.doubts[at] = "there is no folder " + out_.plugin_path.back().string();
        }
        modules(top);
        workflows(top);
        retention(top);
        expressions(top);
        if (const json* const all = top.array("routes")) {
            for (std::size_t i = 0; i < all->size(); ++i) route(all->at(i), child("/routes", i));
        }
        check_doors(reading_, out_);
        top.refuse_others();
    }

private:
    void store(Section& top) {
        const auto text = top.text("store").value_or("sqlite:gantry.db");
        out_.store = absolute_store(out_.directory, text);
        std::error_code none;
        if (out_.store == "memory:") return;
        if (out_.store.rfind("sqlite:/", 0) == 0) {
            if (!fs::is_directory(out_.store.substr(kSqlite.size()), none)) return;
            return top.problem("store",
                               "found a folder, expected a file, which is made when it is "
                               "not there");
        }
        const std::string expected = "expected \"sqlite:PATH\" or \"memory:\"";
        // Not shown: the address of a database may hold a password.
        if (text.empty() || text.find(':') != std::string::npos) {
            return top.problem("store", "found a store of another kind, " + expected);
        }
        const auto pointer = top.pointer("store");
        const bool as_written = reading_.document.root().at("store") == text;
        const auto meant = text == "memory" ? "memory:" : std::string(kSqlite) + text;
        top.problem("store", "found " + reading_.shown(pointer) + ", " + expected +
                                 (as_written ? ". Did you mean " + in_quotes(meant) + "?" : ""));
    }

    void modules(Section& top) {
        const json* const all = top.object("modules");
        if (all == nullptr) return;
        std::vector<std::tuple<int, int, std::string>> order;
        for (const auto& [name, value] : all->items()) {
            const auto place = reading_.document.place(child(top.pointer("modules"), name));
            order.emplace_back(place.line, place.column, name);
        }
        std::sort(order.begin(), order.end());
        for (const auto& [line, column, name] : order) {
            claim(name, child(top.pointer("modules"), name), in_quotes(name));
        }
        for (const auto& [line, column, name] : order) {
            module(name, all->at(name), child(top.pointer("modules"), name));
        }
    }

    void module(const std::string& name, const json& value, const std::string& pointer) {
        Section section(reading_, value, pointer);
        ModuleConfig one;
        one.name = name;
        one.plugin = section.required_text("plugin").value_or("");
        if (value.is_object() && value.contains("plugin") && value["plugin"] == "") {
            section.problem("plugin", "found an empty text, expected a plugin's id or path");
        }
        if (one.plugin.find('/') != std::string::npos) {
            one.plugin = absolute_in(out_.directory, one.plugin).string();
        }
        one.options_pointer = section.pointer("options");
        if (const json* const options = section.object("options")) {
            one.options = *options;
            make_stores_absolute(out_.directory, one.options);
        }
        system(section, one);
        for (const auto& [alias, at] : section.texts("aliases")) {
            claim(alias, at, reading_.shown(at));
            one.aliases.push_back(alias);
        }
        if (const json* const bind = section.object("bind")) {
            for (const auto& [required, target] : bind->items()) {
                const auto at = child(section.pointer("bind"), required);
                if (expect(reading_, target, at, json::value_t::string)) {
                    one.bind[required] = target.get<std::string>();
                }
            }
        }
        if (const json* const http = section.object("http")) {
            one.http = read_module_http(reading_, *http, section.pointer("http"), out_.directory);
        }
        section.refuse_others();
        out_.modules.push_back(std::move(one));
    }

    void system(Section& section, ModuleConfig& module) {
        module.system = section.text("system").value_or("");
        const auto bytes = module.system.size();
        const bool plain = std::all_of(module.system.begin(), module.system.end(),
                                       [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
        if (bytes > kMaxSystem || !plain) {
            section.problem("system", "found " + std::to_string(bytes) +
                                          " bytes, expected a name of at most " +
                                          std::to_string(kMaxSystem) +
                                          " without control characters, as \"shop-erp-1\"");
        }
    }

    /// Takes a module's name or alias, once.
    void claim(const std::string& name, const std::string& pointer, const std::string& shown) {
        const auto good = [](unsigned char c) {
            return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '-');
        };
        if (name.empty() || !std::all_of(name.begin(), name.end(), good) || name[0] == '-' ||
            std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
            reading_.problem(pointer,
                             "found the name " + shown +
                                 ", expected letters, digits, \"_\" and \"-\", the first a "
                                 "letter or \"_\"");
        } else if (name.rfind("gantry", 0) == 0) {
            reading_.problem(pointer,
                             "found the name " + shown +
                                 ", but names with \"gantry\" belong to the host; expected "
                                 "another");
        }
        const auto [taken, fresh] = names_.emplace(name, pointer);
        if (fresh) return;
        const auto first = reading_.document.place(taken->second);
        reading_.problem(pointer, "found the name " + shown + " again, first at " +
                                      std::to_string(first.line) + ":" +
                                      std::to_string(first.column) +
                                      "; expected every name and alias once");
    }

    void retention(Section& top) {
        const json* const value = top.object("retention");
        if (value == nullptr) return;
        Section section(reading_, *value, top.pointer("retention"));
        for (auto& [state, kept] : {std::pair{"done", &out_.retention.done},
                                    {"reverted", &out_.retention.reverted},
                                    {"failed", &out_.retention.failed}}) {
            const auto text = section.text(state);
            if (!text) continue;
            *kept = parse_duration(*text);
            if (*kept || *text == "never") continue;
            section.problem(state, "found " + reading_.shown(section.pointer(state)) +
                                       ", expected a duration such as \"7d\", or \"never\"");
        }
        section.refuse_others();
    }

    void expressions(Section& top) {
        const json* const value = top.object("expressions");
        if (value == nullptr) return;
        Section section(reading_, *value, top.pointer("expressions"));
        if (const auto text = section.text("limit")) {
            const auto limit = parse_duration(*text);
            if (limit && *limit >= kLeastLimit && *limit <= kMostLimit) {
                out_.expressions.limit = *limit;
            } else {
                section.problem("limit", "found " + reading_.shown(section.pointer("limit")) +
                                             ", expected a duration from \"100ms\" to \"60s\"");
            }
        }
        if (const auto text = section.text("memory")) {
            const auto size = parse_mib(*text);
            if (size) {
                out_.expressions.memory_mib = *size;
            } else {
                section.problem("memory", "found " + reading_.shown(section.pointer("memory")) +
                                              ", expected a size from \"16MiB\" to \"4096MiB\"");
            }
        }
        section.refuse_others();
    }

    void workflows(Section& top) {
        for (const auto& [pattern, at] : top.texts("workflows")) {
            const auto found = files(pattern);
            if (found.empty() && pattern.find('*') == std::string::npos) {
                reading_.problem(at, "found no file " + reading_.shown(at) + " in " +
                                         in_quotes(out_.directory.string()) +
                                         ", expected a workflow's definition");
            } else if (found.empty()) {
                out_.doubts[at] = "no file matches this pattern in " + out_.directory.string();
            }
            out_.workflows.insert(out_.workflows.end(), found.begin(), found.end());
        }
        std::sort(out_.workflows.begin(), out_.workflows.end());
        out_.workflows.erase(std::unique(out_.workflows.begin(), out_.workflows.end()),
                             out_.workflows.end());
    }

    std::vector<fs::path> files(const std::string& pattern) const {
        std::string full;
        if (fs::path(pattern).is_relative()) {
            for (const char c : (out_.directory / "").string()) {
                if (std::string_view("*?[]\\").find(c) != std::string_view::npos) full += '\\';
                full += c;
            }
        }
        full += pattern;
        std::vector<fs::path> out;
        glob_t matches{};
        if (::glob(full.c_str(), 0, nullptr, &matches) == 0) {
            for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
                const auto path = fs::path(matches.gl_pathv[i]).lexically_normal();
                std::error_code none;
                if (fs::is_regular_file(path, none)) out.push_back(path);
            }
        }
        ::globfree(&matches);
        return out;
    }

    void route(const json& value, const std::string& pointer) {
        static const std::vector<std::string> methods = {"GET", "POST", "PUT", "PATCH", "DELETE"};
        Section section(reading_, value, pointer);
        RouteConfig one;
        one.method = section.required_text("method").value_or("");
        const bool has_method =
            std::find(methods.begin(), methods.end(), one.method) != methods.end();
        if (!has_method && value.is_object() && value.contains("method")) {
            section.problem("method",
                            "found " + reading_.shown(section.pointer("method")) +
                                ", expected a method." +
                                did_you_mean_or_known(in_upper_case(one.method), methods));
        }
        const auto path = section.required_text("path");
        one.path = path.value_or("");
        if (path) check_path(section, one, has_method);
        one.workflow = section.required_text("workflow").value_or("");
        if (const auto wait = section.text("wait")) {
            const auto parsed = parse_duration(*wait);
            if (parsed && *parsed <= kMaxRouteWait) {
                one.wait = *parsed;
            } else if (parsed) {
                section.problem("wait", "found " + reading_.shown(section.pointer("wait")) +
                                            ", expected at most \"5m\": a caller that wants to "
                                            "wait longer asks again at /runs/{id}");
            } else {
                section.problem("wait", "found " + reading_.shown(section.pointer("wait")) +
                                            ", expected a duration: \"250ms\", \"30s\", \"5m\", "
                                            "\"2h\" or \"7d\"");
            }
        }
        if (const json* const input = section.any("input")) one.input = *input;
        read_allow(reading_, section, one);
        section.refuse_others();
        out_.routes.push_back(std::move(one));
    }

    void check_path(Section& section, const RouteConfig& one, bool has_method) {
        const auto fault = route_path_fault(one.path);
        if (!fault.empty()) {
            const auto shown = reading_.shown(section.pointer("path"));
            const bool as_written = shown == in_quotes(one.path);
            section.problem("path",
                            as_written ? fault : "what " + shown + " stands for is no path");
            return;
        }
        if (!has_method) return;
        const auto [taken, fresh] =
            shapes_.emplace(one.method + route_shape(one.path), section.pointer("path"));
        if (fresh) return;
        const auto first = reading_.document.place(taken->second);
        section.problem("path", "found " + one.method + " " +
                                    reading_.shown(section.pointer("path")) + " again, first at " +
                                    std::to_string(first.line) + ":" +
                                    std::to_string(first.column) +
                                    "; expected one route for one method and path");
    }

    Reading& reading_;
    const json& root_;
    Config& out_;
    std::map<std::string, std::string> names_;   // → pointer
    std::map<std::string, std::string> shapes_;  // → pointer
};

}  // namespace

void Config::complain(Problems& problems, const std::string& pointer,
                      const std::string& message) const {
    if (!broken.contains(pointer)) problems.add(document.place(pointer), dotted(pointer), message);
}

std::optional<Config> read_config(const fs::path& file, Problems& problems) {
    auto document = Document::read(file, problems);
    if (!document) return std::nullopt;
    Config config;
    config.file = fs::absolute(file).lexically_normal();
    config.directory = config.file.parent_path();
    config.document = std::move(*document);
    Reading reading{config.document, problems};
    const json root = substituted(reading, config.directory);
    ConfigReader(reading, root, config).run();
    config.broken = std::move(reading.broken);
    return config;
}

}  // namespace gantry::host
