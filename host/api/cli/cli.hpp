// The command line: one file per command, each an object that CLI11 fills and run() carries out.
#pragma once

#include "api/operations.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library names it so
class App;
}

namespace gantry::host {

/// Exit codes of every command.
enum Exit : int {
    kExitDone = 0,
    kExitError = 1,  // the host or a service did not do it
    kExitUse = 2,    // bad use or configuration
    kExitReverted = 3,
    kExitFailed = 4,
    kExitNotOver = 5,       // accepted, but neither of these yet
    kExitUnknown = 6,       // the host went away: whether it was accepted is not known
    kExitEnvironment = 74,  // EX_IOERR: what a start needs of the machine is not there
};

/// What a command names well and is not there, such as a run: kExitError.
struct NotThere : Error {
    explicit NotThere(const Error& error) : Error(error) {}
};

/// What every command has.
struct CommandContext {
    Program program;
    std::string config_file;

    /// The configuration; nothing, after printing every problem, when there are any.
    std::optional<Config> config() const;
    /// As the file has it; its plugin_path ends with the folder of the installed plugins.
    std::optional<Config> read(Problems& problems) const;

    /// A running host of this configuration, else one in this process; says on stderr which. Where
    /// there is no store yet, none is made for who starts nothing: throws UNAVAILABLE.
    std::unique_ptr<Operations> open(const Config& config, const Needs& needs) const;

    /// A running host of this configuration; null: there is none, or it does not listen yet. Says
    /// on stderr which.
    static std::unique_ptr<Operations> running(const Config& config);

    /// A callback that opens a host of which nothing is started and asks it of runs.
    std::function<void()> asking(int& exit_code, std::function<void(Operations&)> question) const;

    /// Calls `use` when no other command has the store; again when one took it meanwhile. After 10
    /// s, or when a host has it, the error of `use` leaves.
    static void when_free(const Config& config, const std::function<void()>& use);
};

/// Parses and runs; the exit code.
int command_line(int argc, char** argv, Program program);

// One per file; `exit_code` is set when its command was the one given.
void add_serve(CLI::App& app, CommandContext& context, int& exit_code);
void add_run(CLI::App& app, CommandContext& context, int& exit_code);
void add_call(CLI::App& app, CommandContext& context, int& exit_code);
void add_config(CLI::App& app, CommandContext& context, int& exit_code);
void add_modules(CLI::App& app, CommandContext& context, int& exit_code);
void add_workflows(CLI::App& app, CommandContext& context, int& exit_code);
void add_runs(CLI::App& app, CommandContext& context, int& exit_code);
/// `gantry backup` and `gantry restore`.
void add_backup(CLI::App& app, CommandContext& context, int& exit_code);
void add_new(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
/// The verbs of `gantry runs` that ask something of a run; `runs` is that command.
void add_runs_control(CLI::App& runs, CommandContext& context, int& exit_code);

/// `text`, or the content of FILE for "@FILE", or standard input for "@-". Throws Error
/// INVALID_DATA that names `option`.
std::string json_argument(const std::string& text, const std::string& option = "--input");

}  // namespace gantry::host
