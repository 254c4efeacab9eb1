// gantry modules
#include "api/cli/cli.hpp"
#include "api/cli/story.hpp"
#include "api/cli/streams.hpp"
#include "api/listing.hpp"
#include "base/log.hpp"

#include <CLI/CLI.hpp>

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
        const auto host = context.open(*config, {"gantry modules", {}, {}, !o->start, !o->start});
        const auto answer = host->modules();
        const bool none = answer.at("modules").empty();
        if (none)
            to_stderr() << "gantry: no modules are configured in " << context.config_file << '\n';
        exit_code = all_reached(answer) && !none ? kExitDone : kExitError;
        if (o->as_json) {
            to_stdout() << answer.dump(2) << '\n';
            return;
        }
        for (const auto& m : answer.at("modules")) {
            to_stdout() << text_of(m, "name") << ": " << text_of(m, "plugin") << ' '
                        << text_of(m, "version") << ", " << text_of(m, "state") << '\n';
            if (m.contains("reach")) to_stdout() << "  " << reach_in_words(m.at("reach")) << '\n';
            if (m.contains("service") && m.at("service").is_string()) {
                to_stdout() << "  serves " << text_of(m, "service") << '\n';
            }
            for (const auto& [name, target] : m.at("requires").items()) {
                to_stdout() << "  requires " << name << ": "
                            << (target.is_null() ? "nobody, it is optional"
                                                 : one_line(target.get<std::string>()))
                            << '\n';
            }
            for (const auto& step : m.value("steps", json::array())) {
                to_stdout() << "  step "
                            << (step.is_string() ? one_line(step.get<std::string>())
                                                 : text_of(step, "name"))
                            << '\n';
            }
        }
    });
}

}  // namespace gantry::host
