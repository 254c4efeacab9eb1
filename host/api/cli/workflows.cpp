// gantry workflows
#include "api/cli/cli.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gantry::host {

void add_workflows(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand("workflows", "Lists the workflows and their steps.");
    const auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "Print JSON, with the definitions");
    command->callback([&context, &exit_code, as_json] {
        const auto config = context.config();
        if (!config) return;
        const auto host = context.open(*config, {"gantry workflows", {}, {}, true});
        const auto answer = host->workflows();
        exit_code = kExitDone;
        if (*as_json) {
            std::cout << answer.dump(2) << '\n';
            return;
        }
        for (const auto& w : answer.at("workflows")) {
            std::cout << w.value("name", "") << '\n';
            for (const auto& step : w.at("steps")) {
                std::cout << "  " << step.value("id", "") << " (" << step.value("module", "") << "/"
                          << step.value("step", "")
                          << (step.value("compensable", false) ? ", can be undone" : "") << ")\n";
            }
        }
    });
}

}  // namespace gantry::host
