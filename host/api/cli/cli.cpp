// What the commands share: options, finding the host, and turning errors into words and exit codes.
#include "api/cli/cli.hpp"
#include "api/cli/streams.hpp"

#include "api/errors.hpp"
#include "api/remote.hpp"
#include "base/error_json.hpp"
#include "base/installation.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "base/store_file.hpp"
#include "store/lock_file.hpp"
#include "store/own_file.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

namespace gantry::host {
namespace {

constexpr auto kOtherCommand = std::chrono::seconds(10);
constexpr auto kLookAgain = std::chrono::milliseconds(50);

std::string default_config() {
    const char* name = std::getenv("GANTRY_CONFIG");  // NOLINT: no other thread runs yet
    return name != nullptr ? name : "gantry.json";
}

// CLI11 would only say that a command is missing.
void check_words(const CLI::App& app, const std::vector<std::string>& words) {
    const CLI::App* at = &app;
    for (const auto& word : words) {
        const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
        if (commands.empty() || word.empty() || word.front() == '-') return;
        std::vector<std::string> names;
        const CLI::App* next = nullptr;
        for (const auto* command : commands) {
            if (command->get_name().empty()) continue;  // a group of options
            names.push_back(command->get_name());
            if (command->get_name() == word) next = command;
        }
        if (names.empty()) return;
        if (next == nullptr) {
            throw Error(GANTRY_E_INVALID_DATA, "there is no command \"" + word + "\"." +
                                                   did_you_mean_or_known(word, names));
        }
        at = next;
    }
}

// Root would make a store that the user of the host cannot open.
void refuse_to_make_for_others(const std::filesystem::path& store) {
    std::error_code none;
    if (::geteuid() != 0 || std::filesystem::exists(store, none)) return;
    try {
        refuse_of_others(store.parent_path());
    } catch (const Error& e) {
        throw BadEnvironment(e);
    }
}

void tell(const Error& e) {
    to_stderr() << "gantry: " << code_name(e.code()) << ": " << one_line(e.message()) << '\n';
}

}  // namespace

std::optional<Config> CommandContext::read(Problems& problems) const {
    auto config = read_config(config_file, problems);
    const auto installed = installed_plugins();
    if (!config || installed.empty()) return config;
    auto& folders = config->plugin_path;
    std::error_code none;
    const bool is_named = std::any_of(folders.begin(), folders.end(), [&](const auto& folder) {
        return std::filesystem::equivalent(folder, installed, none);
    });
    if (!is_named) folders.push_back(installed);
    return config;
}

std::optional<Config> CommandContext::config() const {
    Problems problems;
    auto config = read(problems);
    if (problems.empty()) return config;
    if (config) program.check(*config, problems, nullptr);  // so that all of them are seen at once
    to_stderr() << problems.text() << '\n';
    return std::nullopt;
}

std::unique_ptr<Operations> CommandContext::running(const Config& config) {
    if (store_file(config).empty()) return nullptr;
    const auto owner = LockFile::holder(store_file(config));
    if (!owner || owner->address.empty()) return nullptr;
    auto remote = std::make_unique<Remote>(owner->address, owner->token, owner->pid);
    to_stderr() << "gantry: asking the host at " << remote->where() << '\n';
    return remote;
}

std::unique_ptr<Operations> CommandContext::open(const Config& config, const Needs& needs) const {
    std::unique_ptr<Operations> host;
    const bool shared = !store_file(config).empty();
    when_free(config, [&] {
        const auto owner = shared ? LockFile::holder(store_file(config)) : std::nullopt;
        if (needs.debug && owner && !owner->address.empty()) {
            throw Error(GANTRY_E_CONFIG, "--debug runs plugins in this process, and the host at " +
                                             owner->address + " (pid " +
                                             std::to_string(owner->pid) + ") has " + config.store +
                                             ": stop that host first");
        }
        host = running(config);
        if (host) return;
        std::error_code none;
        if (needs.no_store) {
            to_stderr() << "gantry: no host runs with this configuration; looking at the "
                           "configuration alone\n";
            Config alone = config;
            alone.store = "memory:";
            host = program.open(alone, needs);
            return;
        }
        if (shared && needs.nothing_started && !std::filesystem::exists(store_file(config), none)) {
            throw Error(GANTRY_E_UNAVAILABLE,
                        "no host runs with this configuration, and there is no store yet at " +
                            store_file(config));
        }
        if (shared) refuse_to_make_for_others(store_file(config));
        to_stderr() << (shared ? "gantry: no host runs with this configuration; using " +
                                     config.store + " directly\n"
                               : "gantry: the store " + config.store +
                                     " is this command's own; a running host is not asked\n");
        host = program.open(config, needs);
    });
    return host;
}

std::function<void()> CommandContext::asking(int& exit_code,
                                             std::function<void(Operations&)> question) const {
    return [this, &exit_code, question = std::move(question)] {
        const auto known = config();
        if (!known) return;
        const auto host = open(*known, {"gantry runs", {}, {}, true});
        exit_code = kExitDone;  // unless the question says otherwise
        try {
            question(*host);
        } catch (const Error& e) {
            if (e.code() != GANTRY_E_NOT_FOUND) throw;
            throw NotThere(e);
        }
    };
}

void CommandContext::when_free(const Config& config, const std::function<void()>& use) {
    const auto until = std::chrono::steady_clock::now() + kOtherCommand;
    bool told = false;
    for (;;) {
        // Another command, or a host that does not listen yet: both are a matter of moments.
        if (!store_file(config).empty()) {
            auto owner = LockFile::holder(store_file(config));
            if (owner && owner->address.empty() && !std::exchange(told, true)) {
                to_stderr() << "gantry: waiting for " << owner->who << " (process " << owner->pid
                            << "), which has the store\n";
            }
            while (owner && owner->address.empty() && std::chrono::steady_clock::now() < until) {
                std::this_thread::sleep_for(kLookAgain);  // another process's lock gives no signal
                owner = LockFile::holder(store_file(config));
            }
        }
        try {
            return use();
        } catch (const Error& e) {
            const bool in_use = e.details().is_object() && e.details().contains("in_use");
            const auto owner = in_use ? LockFile::holder(store_file(config)) : std::nullopt;
            const bool serves = owner && !owner->address.empty();
            if (!in_use || serves || std::chrono::steady_clock::now() >= until) throw;
        }
    }
}

std::string json_argument(const std::string& text, const std::string& option) {
    std::string content = text;
    if (text.starts_with("@")) {
        std::ostringstream all;
        if (text == "@-") {
            all << std::cin.rdbuf();
        } else {
            const std::ifstream file(text.substr(1), std::ios::binary);
            if (!file) {
                throw Error(GANTRY_E_INVALID_DATA, option + ": cannot read " + text.substr(1));
            }
            all << file.rdbuf();
        }
        content = all.str();
    }
    try {
        check_json(content, std::size_t{1} << 20);
    } catch (const Error& e) {
        throw Error(e.code(), option + " is no JSON: " + e.message());
    }
    return content;
}

int command_line(int argc, char** argv, Program program) {
    CLI::App app{
        "Gantry runs durable workflows made of the steps that plugins export.\n"
        "Commands other than serve talk to a running host of the same configuration, or do it\n"
        "themselves where none runs; they say on stderr which."};
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", "gantry " GANTRY_VERSION " (ABI " +
                                          std::to_string(GANTRY_ABI_MAJOR) + "." +
                                          std::to_string(GANTRY_ABI_MINOR) + ")");
    CommandContext context{std::move(program), default_config()};
    app.add_option("-c,--config", context.config_file,
                   "Host configuration (default: $GANTRY_CONFIG, else ./gantry.json)");
    app.footer(
        std::string(
            "Exit codes: 0 done, 1 not done, 2 bad use or configuration, 3 reverted, 4 failed,\n"
            "5 accepted but not over, 6 not known whether it was accepted, 74 no port, disk or "
            "store.\n") +
        installed_pages());
    int exit_code = kExitUse;
    add_serve(app, context, exit_code);
    add_run(app, context, exit_code);
    add_call(app, context, exit_code);
    add_config(app, context, exit_code);
    add_modules(app, context, exit_code);
    add_workflows(app, context, exit_code);
    add_runs(app, context, exit_code);
    add_backup(app, context, exit_code);
    add_new(app, exit_code);
    add_check(app, exit_code);
    try {
        check_words(app, {argv + 1, argv + argc});
        app.parse(argc, argv);
        if (to_stdout().flush()) return exit_code;
        to_stderr() << "gantry: stdout takes nothing more: what it was to say is not all there\n";
        return exit_code == kExitDone ? kExitError : exit_code;
    } catch (const CLI::ParseError& e) {
        return app.exit(e, to_stdout(), to_stderr()) == 0 ? kExitDone : kExitUse;
    } catch (const BadConfiguration& e) {
        to_stderr() << e.message() << '\n';
        return kExitUse;
    } catch (const BadEnvironment& e) {
        to_stderr() << "gantry: " << one_line(e.message()) << '\n';
        return kExitEnvironment;
    } catch (const NotThere& e) {
        tell(e);
        return kExitError;
    } catch (const Error& e) {
        tell(e);
        if (e.details().is_object() && e.details().contains("disk_full")) return kExitEnvironment;
        const bool use = e.error_class() == GANTRY_CLASS_INPUT ||
                         e.error_class() == GANTRY_CLASS_CONFIG || e.code() == GANTRY_E_NOT_FOUND;
        if (is_done(e)) return kExitError;
        return use ? kExitUse : kExitError;
    } catch (const std::exception& e) {
        to_stderr() << "gantry: " << e.what() << '\n';
        return kExitError;
    }
}

}  // namespace gantry::host
