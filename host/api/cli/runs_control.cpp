// gantry runs cancel, pause, resume, retry, skip, fork, signal, supply
#include "api/cli/cli.hpp"
#include "api/cli/story.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gantry::host {
namespace {

struct ControlArguments {
    std::string id;
    std::string step;
    std::string note;
    std::string name;
    std::string signal_id;
    std::string payload;
    std::string response;
    std::string failure;
    std::string waits_for;
    bool dry_run = false;
};

using Arguments = std::shared_ptr<ControlArguments>;

void print_state(const json& answer) {
    const auto& run = answer.at("workflow_execution");
    std::cout << text_of(run, "run_id") << "  " << text_of(run, "state");
    const auto why = text_of(run, "waits_for");
    std::cout << (why.empty() ? "" : "  " + why) << '\n';
}

// False: some could not be resumed.
bool resume_all(Operations& host, const ControlArguments& arguments) {
    const json body = {{"waits_for", arguments.waits_for}, {"dry_run", arguments.dry_run}};
    const auto answer = host.resume_paused(body.dump());
    bool all = true;
    for (const auto& run : answer.at("runs")) {
        const bool refused = run.contains("error");
        all = all && !refused;
        std::cout << text_of(run, "run_id") << "  "
                  << (refused             ? error_line(run.at("error"))
                      : arguments.dry_run ? "would be resumed"
                                          : "resumed")
                  << "  " << text_of(run, "workflow_id") << "  " << text_of(run, "waits_for")
                  << '\n';
    }
    return all;
}

void signal(Operations& host, const ControlArguments& arguments) {
    std::string body = R"({"name":)" + json(arguments.name).dump();
    if (!arguments.signal_id.empty()) body += R"(,"id":)" + json(arguments.signal_id).dump();
    if (!arguments.payload.empty()) {
        body += R"(,"payload":)" + json_argument(arguments.payload, "--payload");
    }
    const auto answer = host.act(arguments.id, "signals", body + "}");
    std::cout << (answer.at("known") ? "known: it was sent before" : "sent") << '\n';
}

void supply(Operations& host, const ControlArguments& arguments) {
    const bool failed = !arguments.failure.empty();
    const auto response = failed ? json_argument(arguments.failure, "--failure")
                                 : json_argument(arguments.response, "--response");
    host.act(arguments.id, failed ? "steps/failure" : "steps/success",
             R"({"step_id":)" + json(arguments.step).dump() + R"(,"response":)" + response + "}");
    std::cout << "answered\n";
}

}  // namespace

void add_runs_control(CLI::App& runs, CommandContext& context, int& exit_code) {
    const auto arguments = std::make_shared<ControlArguments>();
    const auto add = [&](const char* name, const char* help, auto question) {
        auto* command = runs.add_subcommand(name, help);
        command->callback(context.asking(
            exit_code, [arguments, question](Operations& host) { question(host, *arguments); }));
        return command;
    };
    const auto add_id = [&](CLI::App* command) {
        return command->add_option("id", arguments->id,
                                   "The run's id, or any end of it that is its alone");
    };
    const auto add_step = [&](CLI::App* command, const char* help) {
        command->add_option("step", arguments->step, help)->required();
    };
    const auto act = [](const char* verb) {
        return [verb](Operations& host, const ControlArguments& given) {
            print_state(host.act(given.id, verb, "{}"));
        };
    };
    const auto act_on_step = [](const char* verb, bool with_note) {
        return [verb, with_note](Operations& host, const ControlArguments& given) {
            json body = {{"step", given.step}};
            if (with_note) body["note"] = given.note;
            print_state(host.act(given.id, verb, body.dump()));
        };
    };
    add_id(add("cancel",
               "Begins no further step and undoes what was done. The calls under way are told and\n"
               "awaited.",
               act("cancel")))
        ->required();
    add_id(add("pause", "Makes no further call; the run stands until it is resumed.", act("pause")))
        ->required();
    auto* resume = add("resume",
                       "Lets a paused run go on, after its reason was mended; with --waits-for all "
                       "that are\npaused for it.\n"
                       "  gantry runs resume --waits-for configuration --dry-run",
                       [&exit_code](Operations& host, const ControlArguments& given) {
                           if (given.waits_for.empty() == given.id.empty()) {
                               throw Error(GANTRY_E_INVALID_DATA,
                                           "resume: expected ID or --waits-for, one of them");
                           }
                           if (given.waits_for.empty()) {
                               return print_state(host.act(given.id, "resume", "{}"));
                           }
                           if (!resume_all(host, given)) exit_code = kExitError;
                       });
    auto* bulk = resume->add_option("--waits-for", arguments->waits_for,
                                    "All paused runs whose reason begins so");
    resume->add_flag("--dry-run", arguments->dry_run, "Only list them")->needs(bulk);
    add_id(resume);
    add_id(add("retry", "Asks for the failed undos of a failed run again.", act("retry")))
        ->required();
    auto* skip = add("skip",
                     "Gives up one failed undo of a failed run; with the last one the run is "
                     "reverted.",
                     act_on_step("skip", true));
    add_id(skip)->required();
    add_step(skip, "The step that is not undone");
    skip->add_option("--note", arguments->note, "Why, for whoever reads the run later")->required();
    auto* fork = add("fork",
                     "Starts a new run of the same definition and input that begins at a step of "
                     "the first\nlevel; what stands before it is taken from this run.",
                     act_on_step("fork", false));
    add_id(fork)->required();
    add_step(fork, "The step to begin at");
    auto* send =
        add("signal", "Sends a signal to a run, which may wait for it now or later.", &signal);
    add_id(send)->required();
    send->add_option("name", arguments->name, "The signal's name")->required();
    send->add_option("--payload", arguments->payload,
                     "JSON, @FILE, or @- for standard input (default: null)");
    send->add_option("--id", arguments->signal_id, "Sent twice with one id it is one signal");
    auto* answer = add("supply",
                       "Answers a step in its place: one that is under way, that is completed from "
                       "outside,\nor that paused the run.",
                       &supply);
    add_id(answer)->required();
    add_step(answer, "The step that waits for an answer");
    auto* how = answer->add_option_group("answer");
    how->add_option("--response", arguments->response,
                    "Its output: JSON, @FILE, or @- for standard input");
    how->add_option("--failure", arguments->failure, "It failed: what is known of it, as JSON");
    how->require_option(1);
}

}  // namespace gantry::host
