// gantry workflows
#include "api/cli/cli.hpp"
#include "api/cli/story.hpp"
#include "api/cli/streams.hpp"

#include <CLI/CLI.hpp>

namespace gantry::host {

void add_workflows(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand("workflows", "Lists the workflows and their steps.");
    const auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "Print JSON, with the definitions");
    command->callback([&context, &exit_code, as_json] {
        const auto config = context.config();
        if (!config) return;
        const auto host = context.open(*config, {"gantry workflows", {}, {}, true, true});
        const auto answer = host->workflows();
        const bool none = answer.at("workflows").empty();
        if (none)
            to_stderr() << "gantry: there are no workflows in " << context.config_file << '\n';
        exit_code = none ? kExitError : kExitDone;
        if (*as_json) {
            to_stdout() << answer.dump(2) << '\n';
            return;
        }
        for (const auto& w : answer.at("workflows")) {
            to_stdout() << text_of(w, "name") << '\n';
            for (const auto& step : w.at("steps")) {
                to_stdout() << "  " << text_of(step, "id") << " (" << text_of(step, "module") << "/"
                            << text_of(step, "step")
                            << (step.value("compensable", false) ? ", can be undone" : "") << ")\n";
            }
        }
    });
}

}  // namespace gantry::host
