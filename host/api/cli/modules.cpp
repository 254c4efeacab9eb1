// gantry modules
#include "api/cli/cli.hpp"
#include "api/listing.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gantry::host {
namespace {

bool all_reached(const json& answer) {
    for (const auto& m : answer.at("modules")) {
        if (m.contains("reach") && !m.at("reach").at("reached").get<bool>()) return false;
    }
    return true;
}

}  // namespace

void add_modules(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand(
        "modules",
        "Lists the configured modules: their plugin, service, steps and state, and whether the\n"
        "system of each is reached, which a running host knows, or --start. Ends with 1 when one\n"
        "is not reached.");
    struct Options {
        bool as_json = false;
        bool start = false;
    };
    const auto o = std::make_shared<Options>();
    command->add_flag("--json", o->as_json, "Print JSON");
    command->add_flag(
        "--start", o->start,
        "Where no host runs, start the modules to ask them; else they are only listed");
    command->callback([&context, &exit_code, o] {
        const auto config = context.config();
        if (!config) return;
        const auto host = context.open(*config, {"gantry modules", {}, {}, !o->start});
        const auto answer = host->modules();
        exit_code = all_reached(answer) ? kExitDone : kExitError;
        if (o->as_json) {
            std::cout << answer.dump(2) << '\n';
            return;
        }
        for (const auto& m : answer.at("modules")) {
            std::cout << m.value("name", "") << ": " << m.value("plugin", "") << ' '
                      << m.value("version", "") << ", " << m.value("state", "") << '\n';
            if (m.contains("reach")) std::cout << "  " << reach_in_words(m.at("reach")) << '\n';
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
