// gantry serve
#include "api/cli/cli.hpp"

#include <CLI/CLI.hpp>

namespace gantry::host {

void add_serve(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand(
        "serve",
        "Starts the host: its modules, the HTTP server, and every run an earlier host left open.\n"
        "Ends on SIGTERM or SIGINT: running calls get up to 20 s, the rest goes on at the next\n"
        "start. There is no reload: restart to take up a changed configuration.");
    command->callback([&] {
        const auto config = context.config();
        if (!config) return;
        CommandContext::when_free(*config, [&] { exit_code = context.program.serve(*config); });
    });
}

}  // namespace gantry::host
