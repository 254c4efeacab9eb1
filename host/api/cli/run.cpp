// gantry run WORKFLOW
#include "api/cli/cli.hpp"
#include "api/cli/story.hpp"
#include "api/cli/streams.hpp"
#include "api/remote.hpp"
#include "base/duration.hpp"
#include "base/json_text.hpp"

#include <CLI/CLI.hpp>

#include <thread>

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
constexpr const char* kNoWait = "0s";
constexpr auto kComesBack = std::chrono::seconds(30);
constexpr auto kLookForHost = std::chrono::milliseconds(200);
constexpr auto kDebuggerWait = std::chrono::hours(24 * 365);

int report(const std::string& text) {
    const auto run = json::parse(text);
    const std::string state = run.at("state");
    const std::string id = run.at("run_id");
    if (state == "done") {
        to_stdout() << slice(text, {"output"}) << '\n';  // as it was written
        return kExitDone;
    }
    if (state != "reverted" && state != "failed") {
        to_stderr() << "gantry: run " << id << " is " << state << "; look with: gantry runs show "
                    << id << '\n';
        return kExitNotOver;
    }
    const auto& error = run.at("error");
    to_stderr() << "gantry: run " << id << " is " << state << ": "
                << (error.is_object() ? error_line(error) : "no reason given") << '\n';
    if (state == "reverted") return kExitReverted;
    to_stderr() << "gantry: not undone: " << run.at("unreverted").dump()
                << "; a person must act: gantry runs show " << id << '\n';
    return kExitFailed;
}

// A host that was killed and comes back has the run: under its key it is the same one. Throws the
// last NoAnswer when none is back in time.
std::string ask_again(const Config& config, const RunArguments& arguments, const std::string& input,
                      std::chrono::steady_clock::time_point until, NoAnswer lost) {
    using Clock = std::chrono::steady_clock;
    const auto end = std::min(until, Clock::now() + kComesBack);
    to_stderr() << "gantry: " << lost.message() << "; asking again with the key " << lost.key
                << " when it is back\n";
    while (Clock::now() < end) {
        std::this_thread::sleep_for(kLookForHost);  // another process gives no signal
        try {
            const auto host = CommandContext::running(config);
            if (!host) continue;
            const auto left = std::max(until - Clock::now(), Clock::duration(0));
            return host->start(arguments.workflow, input, lost.key,
                               std::chrono::ceil<std::chrono::milliseconds>(left));
        } catch (const NoAnswer& e) {
            if (!e.run_id.empty()) lost.run_id = e.run_id;
        } catch (const Error& e) {
            if (e.error_class() != GANTRY_CLASS_RETRYABLE) throw;
        }
    }
    throw lost;
}

int report_lost(const NoAnswer& lost, const std::string& workflow) {
    if (!lost.run_id.empty()) {
        to_stderr()
            << "gantry: run " << lost.run_id
            << " was accepted and is not over as far as is known; look with: gantry runs show "
            << lost.run_id << '\n';
        return kExitNotOver;
    }
    to_stderr()
        << "gantry: no host has answered: it is not known whether the run was accepted. Asked "
           "again with the same key it is the same run:\n  gantry run "
        << workflow << " --key " << lost.key << " --input …\n";
    return kExitUnknown;
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
                        "How long to wait for its end, such as 30s or 5m (default: 60s), or 0s");
    command->add_flag(
        "--debug", arguments->debug,
        "For a debugger, as in: gdb --args gantry run WORKFLOW --debug. In this process\n"
        "(refused while a host runs); no deadline for a call, a heartbeat, a module that\n"
        "starts, or the run, and no end to the wait without --wait; steps and the services\n"
        "they call all on one thread; the log at level debug");
    command->callback([&context, &exit_code, arguments] {
        std::optional<std::chrono::milliseconds> wait = arguments->debug ? kDebuggerWait : kWait;
        if (arguments->wait) {
            wait = *arguments->wait == kNoWait ? std::chrono::milliseconds(0)
                                               : parse_duration(*arguments->wait);
        }
        if (!wait) {
            throw Error(
                GANTRY_E_INVALID_DATA,
                "--wait " + *arguments->wait + ": expected a duration such as 30s or 5m, or 0s");
        }
        const auto input = json_argument(arguments->input);
        const auto config = context.config();
        if (!config) return;
        const auto host = context.open(
            *config, {"gantry run", arguments->workflow, {}, false, false, arguments->debug});
        const auto until = std::chrono::steady_clock::now() + *wait;
        try {
            exit_code = report(host->start(arguments->workflow, input, arguments->key, *wait));
        } catch (const NoAnswer& lost) {
            try {
                exit_code = report(ask_again(*config, *arguments, input, until, lost));
            } catch (const NoAnswer& still) {
                exit_code = report_lost(still, arguments->workflow);
            }
        }
    });
}

}  // namespace gantry::host
