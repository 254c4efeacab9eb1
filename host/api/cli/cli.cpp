// What the commands share: options, finding the host, and turning errors into words and exit codes.
#include "api/cli/cli.hpp"

#include "api/remote.hpp"
#include "base/error_json.hpp"
#include "base/json_text.hpp"
#include "base/nearest.hpp"
#include "store/lock_file.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

namespace gantry::host {
namespace {

constexpr auto kOtherCommand = std::chrono::seconds(10);
constexpr auto kLookAgain = std::chrono::milliseconds(50);
constexpr std::string_view kSqlitePrefix = "sqlite:";

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

std::filesystem::path store_path(const Config& config) {
    return config.store.substr(kSqlitePrefix.size());
}

}  // namespace

std::optional<Config> CommandContext::config() const {
    Problems problems;
    auto config = read_config(config_file, problems);
    if (problems.empty()) return config;
    if (config) program.check(*config, problems);  // so that all of them are seen at once
    std::cerr << problems.text() << '\n';
    return std::nullopt;
}

std::unique_ptr<Operations> CommandContext::open(const Config& config, const Needs& needs) const {
    std::unique_ptr<Operations> host;
    const bool shared = config.store.starts_with(kSqlitePrefix);
    when_free(config, [&] {
        const auto owner = shared ? LockFile::holder(store_path(config)) : std::nullopt;
        if (owner && !owner->address.empty()) {
            if (needs.debug) {
                throw Error(GANTRY_E_CONFIG,
                            "--debug runs plugins in this process, and the host at " +
                                owner->address + " (pid " + std::to_string(owner->pid) + ") has " +
                                config.store + ": stop that host first");
            }
            auto remote = std::make_unique<Remote>(owner->address, owner->token, owner->pid);
            std::cerr << "gantry: asking the host at " << remote->where() << '\n';
            host = std::move(remote);
            return;
        }
        std::cerr << (shared ? "gantry: no host runs with this configuration; using " +
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
        question(*host);
    };
}

void CommandContext::when_free(const Config& config, const std::function<void()>& use) {
    const auto until = std::chrono::steady_clock::now() + kOtherCommand;
    bool told = false;
    for (;;) {
        // Another command, or a host that does not listen yet: both are a matter of moments.
        if (config.store.starts_with(kSqlitePrefix)) {
            auto owner = LockFile::holder(store_path(config));
            if (owner && owner->address.empty() && !std::exchange(told, true)) {
                std::cerr << "gantry: waiting for " << owner->who << " (process " << owner->pid
                          << "), which has the store\n";
            }
            while (owner && owner->address.empty() && std::chrono::steady_clock::now() < until) {
                std::this_thread::sleep_for(kLookAgain);  // another process's lock gives no signal
                owner = LockFile::holder(store_path(config));
            }
        }
        try {
            return use();
        } catch (const Error& e) {
            const bool in_use = e.details().is_object() && e.details().contains("in_use");
            const auto owner = in_use ? LockFile::holder(store_path(config)) : std::nullopt;
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
        "Exit codes: 0 done, 1 not done, 2 bad use or configuration, 3 reverted, 4 failed,\n"
        "5 accepted but not over.");
    int exit_code = kExitUse;
    add_serve(app, context, exit_code);
    add_run(app, context, exit_code);
    add_call(app, context, exit_code);
    add_config(app, context, exit_code);
    add_modules(app, context, exit_code);
    add_workflows(app, context, exit_code);
    add_runs(app, context, exit_code);
    add_new(app, exit_code);
    add_check(app, exit_code);
    try {
        check_words(app, {argv + 1, argv + argc});
        app.parse(argc, argv);
        if (std::cout.flush()) return exit_code;
        std::cerr << "gantry: stdout takes nothing more: what it was to say is not all there\n";
        return exit_code == kExitDone ? kExitError : exit_code;
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? kExitDone : kExitUse;
    } catch (const BadConfiguration& e) {
        std::cerr << e.message() << '\n';
        return kExitUse;
    } catch (const Error& e) {
        std::cerr << "gantry: " << code_name(e.code()) << ": " << e.message() << '\n';
        const bool use = e.error_class() == GANTRY_CLASS_INPUT ||
                         e.error_class() == GANTRY_CLASS_CONFIG || e.code() == GANTRY_E_NOT_FOUND;
        return use ? kExitUse : kExitError;
    } catch (const std::exception& e) {
        std::cerr << "gantry: " << e.what() << '\n';
        return kExitError;
    }
}

}  // namespace gantry::host
