// gantry run WORKFLOW
#include "api/cli/cli.hpp"
#include "base/duration.hpp"
#include "base/json_text.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gantry::host {
namespace {

struct RunArguments {
    std::string workflow;
    std::string input = "{}";
    std::optional<std::string> key;
    std::optional<std::string> wait;
    bool debug = false;
};

constexpr auto kWait = std::chrono::seconds(60);
constexpr auto kDebuggerWait = std::chrono::hours(24 * 365);

int report(const std::string& text) {
    const auto run = json::parse(text);
    const std::string state = run.at("state");
    const std::string id = run.at("run_id");
    if (state == "done") {
        std::cout << slice(text, {"output"}) << '\n';  // as it was written
        return kExitDone;
    }
    if (state != "reverted" && state != "failed") {
        std::cerr << "gantry: run " << id << " is " << state << "; look with: gantry runs show "
                  << id << '\n';
        return kExitNotOver;
    }
    const auto& error = run.at("error");
    std::cerr << "gantry: run " << id << " is " << state << ": "
              << (error.is_object() ? error.value("code", "") + ": " + error.value("message", "")
                                    : "no reason given")
              << '\n';
    if (state == "reverted") return kExitReverted;
    std::cerr << "gantry: not undone: " << run.at("unreverted").dump()
              << "; a person must act: gantry runs show " << id << '\n';
    return kExitFailed;
}

}  // namespace

void add_run(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand(
        "run",
        "Runs a workflow and prints its result.\n"
        "  gantry run update-product-and-erp --input '{\"id\":\"prod_1\",\"title\":\"New\"}'");
    const auto arguments = std::make_shared<RunArguments>();
    command->add_option("workflow", arguments->workflow, "Its name; see: gantry workflows")
        ->required();
    command->add_option("-i,--input", arguments->input,
                        "The run's input: JSON, @FILE, or @- for standard input (default: {})");
    command->add_option("-k,--key", arguments->key,
                        "Idempotency key: the same key is the same run, however often it is given");
    command->add_option("-w,--wait", arguments->wait,
                        "How long to wait for its end, such as 30s or 5m (default: 60s)");
    command->add_flag(
        "--debug", arguments->debug,
        "For a debugger, as in: gdb --args gantry run WORKFLOW --debug. In this process\n"
        "(refused while a host runs); no deadline for a call, a heartbeat, a module that\n"
        "starts, or the run, and no end to the wait without --wait; steps and the services\n"
        "they call all on one thread; the log at level debug");
    command->callback([&context, &exit_code, arguments] {
        std::optional<std::chrono::milliseconds> wait = arguments->debug ? kDebuggerWait : kWait;
        if (arguments->wait) wait = parse_duration(*arguments->wait);
        if (!wait) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "--wait " + *arguments->wait + ": expected a duration such as 30s or 5m");
        }
        const auto input = json_argument(arguments->input);
        const auto config = context.config();
        if (!config) return;
        const auto host =
            context.open(*config, {"gantry run", arguments->workflow, {}, false, arguments->debug});
        exit_code = report(host->start(arguments->workflow, input, arguments->key, *wait));
    });
}

}  // namespace gantry::host
