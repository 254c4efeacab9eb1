// gantry call SERVICE METHOD
#include "api/cli/cli.hpp"
#include "api/cli/streams.hpp"

#include <CLI/CLI.hpp>

namespace gantry::host {
namespace {

struct CallArguments {
    std::string service;
    std::string method;
    std::string input = "{}";
    std::string key;
};

}  // namespace

void add_call(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand(
        "call",
        "Calls one method of a service and prints its answer; for scripts and repairs.\n"
        "  gantry call product retrieveProduct --input '{\"id\":\"prod_1\"}'");
    const auto arguments = std::make_shared<CallArguments>();
    command->add_option("service", arguments->service, "A module or alias; see: gantry modules")
        ->required();
    command->add_option("method", arguments->method, "One of its methods")->required();
    command->add_option("-i,--input", arguments->input,
                        "The method's input: JSON, @FILE, or @- for standard input (default: {})");
    command->add_option("-k,--key", arguments->key,
                        "Idempotency key of a write: repeated with it, the write happens once");
    command->callback([&context, &exit_code, arguments] {
        const auto input = json_argument(arguments->input);
        const auto config = context.config();
        if (!config) return;
        const auto host = context.open(*config, {"gantry call", {}, arguments->service, false});
        try {
            to_stdout()
                << host->call(arguments->service, arguments->method, input, arguments->key).dump()
                << '\n';
            exit_code = kExitDone;
        } catch (const ServiceError& e) {
            if (e.code() != GANTRY_E_NOT_FOUND) throw;
            throw NotThere(e);
        }
    });
}

}  // namespace gantry::host
