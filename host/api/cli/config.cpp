// gantry config check
#include "api/cli/cli.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gantry::host {

void add_config(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand("config", "Looks at the configuration.");
    command->require_subcommand(1);
    auto* check = command->add_subcommand(
        "check",
        "Checks everything a start would, without starting anything: the file, plugins, options,\n"
        "requirements, workflows and routes. Prints every problem with its place; exit 2 if any.");
    check->callback([&] {
        Problems problems;
        const auto config = read_config(context.config_file, problems);
        if (config) context.program.check(*config, problems);
        if (problems.empty()) {
            std::cout << context.config_file << ": no problems; " << config->modules.size()
                      << " modules, " << config->routes.size() << " routes\n";
            exit_code = kExitDone;
            return;
        }
        std::cerr << problems.text() << '\n';
        exit_code = kExitUse;
    });
}

}  // namespace gantry::host
