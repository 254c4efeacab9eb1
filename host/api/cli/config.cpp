// gantry config check
#include "api/cli/check_in_child.hpp"
#include "api/cli/cli.hpp"
#include "api/cli/streams.hpp"

#include <CLI/CLI.hpp>

namespace gantry::host {
namespace {

int check_and_tell(const CommandContext& context, LoadMark& mark) {
    Problems problems;
    const auto config = context.read(problems);
    std::string away;  // what no configuration can be blamed for
    try {
        if (config) context.program.check(*config, problems, &mark);
    } catch (const BadEnvironment& e) {
        away = e.message();
    }
    const auto warnings = problems.warnings();
    for (const auto& line : warnings) to_stderr() << "warning: " << line << '\n';
    if (!problems.empty()) {
        to_stderr() << problems.text() << '\n';
        return kExitUse;
    }
    if (!away.empty()) {
        to_stderr() << away << '\n';
        return kExitEnvironment;
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
        "requirements, workflows and routes. Prints every problem with its place; exit 2 if any, "
        "74 where\n"
        "all is well but a module's database server is not reached.");
    check->callback([&] {
        exit_code = check_in_child(context.config_file,
                                   [&](LoadMark& mark) { return check_and_tell(context, mark); });
    });
}

}  // namespace gantry::host
