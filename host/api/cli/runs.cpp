// gantry runs ls, show
#include "api/cli/cli.hpp"
#include "api/cli/since.hpp"
#include "api/cli/story.hpp"
#include "api/cli/streams.hpp"
#include "api/iso_time.hpp"
#include "store/store.hpp"

#include <CLI/CLI.hpp>

namespace gantry::host {
namespace {

struct RunsArguments {
    RunQuery query;
    std::string since;
    std::vector<std::string> fields;  // NAME=VALUE
    std::string id;
    bool as_json = false;
    bool unaccounted = false;
};

void print_list(const json& runs) {
    for (const auto& run : runs) {
        to_stdout() << text_of(run, "run_id") << "  " << text_of(run, "state") << "  "
                    << text_of(run, "workflow_id") << "  "
                    << local_time(parse_iso_time(text_of(run, "created_at")).value_or(0));
        if (!text_of(run, "waits_for").empty()) to_stdout() << "  " << text_of(run, "waits_for");
        to_stdout() << '\n';
    }
}

// False: there are some.
bool list_unaccounted(Operations& host, bool as_json) {
    const auto runs = host.unaccounted().at("runs");
    if (as_json) {
        to_stdout() << runs.dump(2) << '\n';
    } else {
        for (const auto& run : runs) {
            to_stdout() << text_of(run, "run_id") << "  " << text_of(run, "why") << '\n';
        }
    }
    return runs.empty();
}

void list(Operations& host, RunsArguments& arguments) {
    if (!arguments.since.empty()) arguments.query.since = since_as_iso(arguments.since);
    for (const auto& field : arguments.fields) {
        const auto equals = field.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "--field " + field + ": expected NAME=VALUE such as product=prod_mug");
        }
        arguments.query.fields.emplace_back(field.substr(0, equals), field.substr(equals + 1));
    }
    const auto answer = host.runs(arguments.query);
    if (arguments.as_json) {
        to_stdout() << answer.dump(2) << '\n';
        return;
    }
    const auto& runs = answer.at("workflow_executions");
    print_list(runs);
    const auto count = answer.at("count").get<std::size_t>();
    if (count <= runs.size()) return;
    to_stderr() << "gantry: the newest " << runs.size() << " of " << count
                << (count >= Store::kCountAtMost ? " or more" : "")
                << "; --limit N shows up to 1000\n";
}

std::string newest(Operations& host) {
    RunQuery query;
    query.limit = 1;
    const auto runs = host.runs(query).at("workflow_executions");
    if (runs.empty()) throw Error(GANTRY_E_NOT_FOUND, "there is no run yet");
    return runs.front().at("run_id");
}

}  // namespace

void add_runs(CLI::App& app, CommandContext& context, int& exit_code) {
    auto* command = app.add_subcommand("runs", "Looks at runs, and asks things of them.");
    command->require_subcommand(1);
    const auto arguments = std::make_shared<RunsArguments>();
    auto* ls = command->add_subcommand("ls",
                                       "Lists runs, the newest first.\n"
                                       "  gantry runs ls --needs-person --since 22:00");
    ls->add_option("--workflow", arguments->query.workflow, "Only this workflow's");
    auto* state = ls->add_option(
        "--state", arguments->query.state,
        "Only these: a comma list of invoking, waiting, compensating, paused, done,\n"
        "reverted, failed");
    ls->add_flag("--needs-person", arguments->query.needs_person,
                 "Only failed and paused ones: they go on when a person acts")
        ->excludes(state);
    ls->add_option("--since", arguments->since,
                   "Only those accepted since then: 22:00 (the last such time), 2h (so long ago),\n"
                   "or an ISO time, UTC unless it says otherwise");
    ls->add_option("--waits-for", arguments->query.waits_for,
                   "Only those whose reason begins so: turn, time, signal, plugin, person,\n"
                   "configuration, poison, restored, or more of it");
    ls->add_option("--field", arguments->fields,
                   "NAME=VALUE: only those with this in their input; NAME is one that their "
                   "workflow\ndeclares in its \"search\". May be given several times")
        ->allow_extra_args(false);
    ls->add_option("--limit", arguments->query.limit, "How many at the most (default: 100)")
        ->check(CLI::Range(1, 1000));
    ls->add_flag("--json", arguments->as_json, "Print JSON");
    ls->add_flag(
        "--unaccounted", arguments->unaccounted,
        "Only unfinished runs that nobody goes on with, though they wait for nothing that is\n"
        "listed: there should be none; if there is one, please report it. Exit code 1 then");
    ls->callback(context.asking(exit_code, [arguments, &exit_code](Operations& host) {
        if (!arguments->unaccounted) return list(host, *arguments);
        if (!list_unaccounted(host, arguments->as_json)) exit_code = kExitError;
    }));
    auto* show = command->add_subcommand(
        "show",
        "Tells what happened to a run, a line each in local time. Where a person has to act: what\n"
        "stood there before, what the run wrote and what is there now, and the commands that go "
        "on.");
    const CLI::Validator not_empty(
        [](const std::string& id) { return id.empty() ? "an id is not empty" : std::string(); },
        "ID");
    show->add_option("id", arguments->id,
                     "The run's id, any end of it that is its alone, or WORKFLOW/KEY (default: "
                     "the\nnewest run)")
        ->check(not_empty);
    show->add_flag("--json", arguments->as_json, "Print JSON");
    show->callback(context.asking(exit_code, [arguments](Operations& host) {
        const auto run = host.run(arguments->id.empty() ? newest(host) : arguments->id);
        to_stdout() << (arguments->as_json ? run + "\n" : story_of(json::parse(run)));
    }));
    add_runs_control(*command, context, exit_code);
}

}  // namespace gantry::host
