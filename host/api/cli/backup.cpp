// gantry backup, restore
#include "api/cli/cli.hpp"
#include "api/cli/story.hpp"
#include "api/cli/streams.hpp"
#include "api/restore.hpp"
#include "base/log.hpp"

#include <CLI/CLI.hpp>

namespace gantry::host {
namespace {

void tell_missing(const json& contents) {
    for (const auto& module : contents.at("missing")) {
        to_stderr() << "gantry: not in this backup: module " << text_of(module, "module") << ": "
                    << text_of(module, "why") << '\n';
    }
}

void tell_backup(const json& made) {
    to_stdout() << text_of(made, "directory") << "  the store";
    for (const auto& module : made.at("modules")) {
        if (module.at("files").empty()) continue;
        to_stdout() << ", module " << text_of(module, "module");
    }
    to_stdout() << "  as of " << text_of(made, "at") << '\n';
    tell_missing(made);
}

void tell_restored(const json& how) {
    for (const auto& file : how.at("moved")) {
        to_stdout() << "moved aside  " << one_line(file.get<std::string>()) << '\n';
    }
    for (const auto& file : how.at("files")) {
        to_stdout() << "restored     " << one_line(file.get<std::string>()) << '\n';
    }
    tell_missing(how);
    const auto runs = how.at("runs").get<std::size_t>();
    to_stdout() << "as of        " << text_of(how, "at") << '\n'
                << "open runs    " << runs << (runs == 0 ? "\n" : ", paused\n");
    if (runs == 0) return;
    to_stdout()
        << "\nStart the host. What these runs did after the backup is not known: look, then go on\n"
           "  gantry runs ls --waits-for restored\n"
           "  gantry runs show ID\n"
           "  gantry runs resume --waits-for restored\n";
}

}  // namespace

void add_backup(CLI::App& app, CommandContext& context, int& exit_code) {
    struct Options {
        std::string directory;
        std::string patience = "30s";
        bool replace = false;
        bool as_json = false;
    };
    const auto o = std::make_shared<Options>();
    auto* backup = app.add_subcommand(
        "backup",
        "Copies the store, and the data of the modules that can, at one point into a folder.\n"
        "A running host goes on: calls of plugins wait until it is done.");
    backup->add_option("directory", o->directory, "The folder: not there yet, or empty")
        ->required();
    backup->add_option(
        "--patience", o->patience,
        "How long calls under way are awaited; then nothing is written (default: 30s)");
    backup->add_flag("--json", o->as_json, "Print JSON");
    backup->callback([&context, &exit_code, o] {
        const auto config = context.config();
        if (!config) return;
        const auto host = context.open(*config, {"gantry backup", {}, {}, true});
        const json asked = {{"directory", std::filesystem::absolute(o->directory).string()},
                            {"patience", o->patience}};
        const auto made = host->backup(asked.dump());
        exit_code = kExitDone;
        if (o->as_json) {
            to_stdout() << made.dump(2) << '\n';
            return;
        }
        tell_backup(made);
    });
    auto* restore = app.add_subcommand(
        "restore",
        "Puts a backup in the place of the store and of the modules' files. No host may run. Runs\n"
        "that were open are paused as \"restored\".");
    restore->add_option("directory", o->directory, "What \"gantry backup\" made")->required();
    restore->add_flag("--replace", o->replace,
                      "What is there is moved aside: name.before-restore-TIME");
    restore->add_flag("--json", o->as_json, "Print JSON");
    restore->callback([&context, &exit_code, o] {
        const auto config = context.config();
        if (!config) return;
        json how;
        CommandContext::when_free(*config, [&] {
            how = restore_backup(*config, std::filesystem::absolute(o->directory), o->replace);
        });
        exit_code = kExitDone;
        if (o->as_json) {
            to_stdout() << how.dump(2) << '\n';
            return;
        }
        tell_restored(how);
    });
}

}  // namespace gantry::host
