// gantry modules
#include "api/cli/cli.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gantry::host {

void add_modules(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand(
        "modules", "Lists the configured modules: their plugin, service, steps and state.");
    const auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "Print JSON");
    command->callback([&context, &exit_code, as_json] {
        const auto config = context.config();
        if (!config) return;
        const auto host = context.open(*config, {"gantry modules", {}, {}, true});
        const auto answer = host->modules();
        exit_code = kExitDone;
        if (*as_json) {
            std::cout << answer.dump(2) << '\n';
            return;
        }
        for (const auto& m : answer.at("modules")) {
            std::cout << m.value("name", "") << ": " << m.value("plugin", "") << ' '
                      << m.value("version", "") << ", " << m.value("state", "") << '\n';
            if (m.contains("service") && m.at("service").is_string()) {
                std::cout << "  serves " << m.value("service", "") << '\n';
            }
            for (const auto& [name, target] : m.at("requires").items()) {
                std::cout << "  requires " << name << ": " << target.get<std::string>() << '\n';
            }
            for (const auto& step : m.value("steps", json::array())) {
                std::cout << "  step "
                          << (step.is_string() ? step.get<std::string>() : step.value("name", ""))
                          << '\n';
            }
        }
    });
}

}  // namespace gantry::host
