// gantry runs ls, show, resume
#include "api/cli/cli.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gantry::host {
namespace {

struct RunsArguments {
    RunQuery query;
    std::string id;
    bool as_json = false;
};

std::string text_of(const json& object, const char* key) {
    const auto it = object.find(key);
    return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

void print_list(const json& runs) {
    for (const auto& run : runs) {
        std::cout << text_of(run, "run_id") << "  " << text_of(run, "state") << "  "
                  << text_of(run, "workflow_id") << "  " << text_of(run, "created_at") << '\n';
    }
}

void print_error(const json& error, const char* indent) {
    if (!error.is_object()) return;
    std::cout << indent << text_of(error, "code") << ": " << text_of(error, "message") << '\n';
}

void print_run(const json& run) {
    std::cout << "run       " << text_of(run, "run_id") << '\n'
              << "workflow  " << text_of(run, "workflow_id") << '\n'
              << "state     " << text_of(run, "state") << '\n'
              << "created   " << text_of(run, "created_at") << '\n';
    if (!text_of(run, "finished_at").empty()) {
        std::cout << "finished  " << text_of(run, "finished_at") << '\n';
    }
    if (!text_of(run, "waits_for").empty()) {
        std::cout << "waits for " << text_of(run, "waits_for") << '\n';
    }
    std::cout << "input     " << run.at("input").dump() << '\n';
    if (run.contains("output") && !run.at("output").is_null()) {
        std::cout << "output    " << run.at("output").dump() << '\n';
    }
    for (const auto& step : run.at("steps")) {
        std::cout << "  " << text_of(step, "id") << " " << text_of(step, "side") << ": "
                  << text_of(step, "status");
        if (step.value("attempts", 1) > 1) std::cout << ", attempt " << step.at("attempts");
        std::cout << "  " << text_of(step, "started_at") << '\n';
        if (step.contains("error")) print_error(step.at("error"), "    ");
    }
    if (run.contains("error") && run.at("error").is_object()) {
        std::cout << "cause     " << text_of(run.at("error"), "step") << '\n';
        print_error(run.at("error"), "  ");
    }
    if (text_of(run, "state") == "failed") {
        std::cout << "not undone: " << run.at("unreverted").dump() << '\n';
    }
    if (text_of(run, "state") == "paused") {
        std::cout << "go on with: gantry runs resume " << text_of(run, "run_id") << '\n';
    }
}

std::string newest(Operations& host) {
    const auto runs = host.runs({"", "", "", "", 1}).at("workflow_executions");
    if (runs.empty()) throw Error(GANTRY_E_NOT_FOUND, "there is no run yet");
    return runs.front().at("run_id");
}

}  // namespace

void add_runs(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand("runs", "Looks at runs, and lets paused ones go on.");
    command->require_subcommand(1);
    const auto arguments = std::make_shared<RunsArguments>();
    const auto ask = [&context, &exit_code, arguments](auto question) {
        return [&context, &exit_code, arguments, question] {
            const auto config = context.config();
            if (!config) return;
            const auto host = context.open(*config, {"gantry runs", {}, {}, true});
            question(*host);
            exit_code = kExitDone;
        };
    };
    const CLI::Validator not_empty(
        [](const std::string& id) { return id.empty() ? "an id is not empty" : std::string(); },
        "ID");
    auto* ls = command->add_subcommand("ls", "Lists runs, the newest first.");
    ls->add_option("--workflow", arguments->query.workflow, "Only this workflow's");
    ls->add_option("--state", arguments->query.state,
                   "Only these: a comma list of invoking, waiting, compensating, paused, done,\n"
                   "reverted, failed");
    ls->add_option("--limit", arguments->query.limit, "How many at the most (default: 100)")
        ->check(CLI::Range(1, 1000));
    ls->add_flag("--json", arguments->as_json, "Print JSON");
    ls->callback(ask([arguments](Operations& host) {
        const auto answer = host.runs(arguments->query);
        if (arguments->as_json) {
            std::cout << answer.dump(2) << '\n';
        } else {
            print_list(answer.at("workflow_executions"));
        }
    }));
    auto* show = command->add_subcommand("show", "Shows one run: its steps, errors and state.");
    show->add_option("id", arguments->id,
                     "The run's id, or any end of it that is its alone (default: the newest run)")
        ->check(not_empty);
    show->add_flag("--json", arguments->as_json, "Print JSON");
    show->callback(ask([arguments](Operations& host) {
        const auto run = host.run(arguments->id.empty() ? newest(host) : arguments->id);
        if (arguments->as_json) {
            std::cout << run.dump(2) << '\n';
        } else {
            print_run(run);
        }
    }));
    auto* resume = command->add_subcommand(
        "resume", "Lets a paused run go on, after its reason was mended. Needs a running host.");
    resume->add_option("id", arguments->id, "The run's id, or any end of it that is its alone")
        ->required();
    resume->callback(ask([arguments](Operations& host) { print_run(host.resume(arguments->id)); }));
}

}  // namespace gantry::host
