// gantry config check
#include "api/cli/check_in_child.hpp"
#include "api/cli/cli.hpp"
#include "api/cli/streams.hpp"

#include <CLI/CLI.hpp>

namespace gantry::host {
namespace {

int check_config(const CommandContext& context, LoadMark& mark) {
    Problems problems;
    const auto config = read_config(context.config_file, problems);
    if (config) context.program.check(*config, problems, &mark);
    const auto warnings = problems.warnings();
    for (const auto& line : warnings) to_stderr() << "warning: " << line << '\n';
    if (!problems.empty()) {
        to_stderr() << problems.text() << '\n';
        return kExitUse;
    }
    to_stdout() << context.config_file << ": no problems"
                << (warnings.empty() ? "" : " but the warnings") << "; " << config->modules.size()
                << " modules, " << config->routes.size() << " routes\n";
    return kExitDone;
}

}  // namespace

void add_config(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand("config", "Looks at the configuration.");
    command->require_subcommand(1);
    auto* check = command->add_subcommand(
        "check",
        "Checks everything a start would, without starting anything: the file, plugins, options,\n"
        "requirements, workflows and routes. Prints every problem with its place; exit 2 if any.");
    check->callback([&] {
        exit_code = check_in_child(context.config_file,
                                   [&](LoadMark& mark) { return check_config(context, mark); });
    });
}

}  // namespace gantry::host
