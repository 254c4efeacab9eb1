// gantry runs cancel, pause, resume, retry, skip, fork, signal, supply
#include "api/cli/cli.hpp"
#include "api/cli/since.hpp"
#include "api/cli/story.hpp"
#include "api/cli/streams.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "flow/asker.hpp"

#include <pwd.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <array>

namespace gantry::host {
namespace {

struct ControlArguments {
    std::string id;
    std::string step;
    std::string note;
    std::vector<std::string> abandoned;
    std::string name;
    std::string signal_id;
    std::string payload;
    std::string response;
    std::string failure;
    bool is_permanent = false;
    bool is_undo = false;
    RunQuery query;  // of many
    bool dry_run = false;
};

using Arguments = std::shared_ptr<ControlArguments>;

// The user that gives the command, and on which machine.
std::string who() {
    std::array<char, 256> machine{};
    ::gethostname(machine.data(), machine.size() - 1);
    std::array<char, 4096> texts{};
    passwd user{};
    passwd* found = nullptr;
    ::getpwuid_r(::geteuid(), &user, texts.data(), texts.size(), &found);
    auto name =
        found != nullptr ? std::string(user.pw_name) : "user " + std::to_string(::geteuid());
    name += "@" + std::string(machine.data());
    name.resize(utf8_prefix(name, kMaxBy));
    return name;
}

json asked(const ControlArguments& arguments) { return Asker{who(), arguments.note}.with(); }

// `body` with more members, and who asks.
std::string asking(const ControlArguments& arguments, const std::string& body) {
    auto text = asked(arguments).dump();
    text.pop_back();
    return text + (body.empty() ? "" : ",") + body + "}";
}

void print_state(const json& answer) {
    const auto& run = answer.at("workflow_execution");
    to_stdout() << text_of(run, "run_id") << "  " << text_of(run, "state");
    const auto why = text_of(run, "waits_for");
    to_stdout() << (why.empty() ? "" : "  " + why) << '\n';
}

// False: some could not be.
bool ask_many(Operations& host, const ControlArguments& arguments, const std::string& verb,
              json body) {
    body.update(asked(arguments));
    body["dry_run"] = arguments.dry_run;
    const auto answer = host.act_on_many(verb, body.dump());
    const auto& runs = answer.at("runs");
    const std::string did = verb == "cancel" ? "cancelled" : "resumed";
    const auto said = arguments.dry_run ? "would be " + did : did;
    bool all = true;
    for (const auto& run : runs) {
        const bool refused = run.contains("error");
        all = all && !refused;
        to_stdout() << text_of(run, "run_id") << "  "
                    << (refused ? error_line(run.at("error")) : said) << "  "
                    << text_of(run, "workflow_id") << "  " << text_of(run, "waits_for") << '\n';
    }
    const auto many = arguments.dry_run ? runs.size() : answer.at(did).get<std::size_t>();
    to_stderr() << "gantry: " << many << (many == 1 ? " run" : " runs")
                << (arguments.dry_run ? " would be "
                    : many == 1       ? " was "
                                      : " were ")
                << did << '\n';
    return all;
}

// Of many runs: which. Null: one is named.
json which(const ControlArguments& arguments) {
    const auto& query = arguments.query;
    json body = json::object();
    for (const auto& [name, value] :
         {std::pair("workflow_id", query.workflow), std::pair("state", query.state),
          std::pair("waits_for", query.waits_for)}) {
        if (!value.empty()) body[name] = value;
    }
    if (!query.since.empty()) body["since"] = since_as_iso(query.since);
    if (query.needs_person) body["needs_person"] = true;
    if (body.empty() == arguments.id.empty()) {
        throw Error(GANTRY_E_INVALID_DATA, "expected ID or which runs (see --help), one of them");
    }
    return body.empty() ? json() : body;
}

void signal(Operations& host, const ControlArguments& arguments) {
    std::string body = R"("name":)" + json(arguments.name).dump();
    if (!arguments.signal_id.empty()) body += R"(,"id":)" + json(arguments.signal_id).dump();
    if (!arguments.payload.empty()) {
        body += R"(,"payload":)" + json_argument(arguments.payload, "--payload");
    }
    const auto answer = host.act(arguments.id, "signals", asking(arguments, body));
    to_stdout() << (answer.at("known")     ? "known: it was sent before"
                    : answer.at("awaited") ? "sent"
                                           : "sent; the run takes it when it comes to wait for it")
                << '\n';
}

void supply(Operations& host, const ControlArguments& arguments) {
    const bool failed = !arguments.failure.empty();
    const auto response = failed ? json_argument(arguments.failure, "--failure")
                                 : json_argument(arguments.response, "--response");
    auto body = R"("step_id":)" + json(arguments.step).dump() + R"(,"response":)" + response;
    if (arguments.is_undo) body += R"(,"action":"compensate")";
    if (arguments.is_permanent) body += R"(,"force_permanent_failure":true)";
    host.act(arguments.id, failed ? "steps/failure" : "steps/success", asking(arguments, body));
    to_stdout() << "answered\n";
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
        return command->add_option(
            "id", arguments->id, "The run's id, any end of it that is its alone, or WORKFLOW/KEY");
    };
    const auto add_step = [&](CLI::App* command, const char* help) {
        command->add_option("step", arguments->step, help)->required();
    };
    const auto act = [](const char* verb) {
        return [verb](Operations& host, const ControlArguments& given) {
            print_state(host.act(given.id, verb, asking(given, "")));
        };
    };
    const auto act_on_step = [](const char* verb) {
        return [verb](Operations& host, const ControlArguments& given) {
            print_state(
                host.act(given.id, verb, asking(given, R"("step":)" + json(given.step).dump())));
        };
    };
    auto* cancel =
        add("cancel",
            "Begins no further step and undoes what was done. The calls under way are told and\n"
            "awaited. A step that nobody can undo any more, as its plugin is gone, is given up "
            "by name:\n  gantry runs cancel ID --abandon update-erp --note 'the ERP is gone'\n"
            "Without ID all runs that are meant:\n"
            "  gantry runs cancel --workflow launch --waits-for signal --dry-run",
            [&exit_code](Operations& host, const ControlArguments& given) {
                auto many = which(given);
                if (many.is_null()) {
                    const auto abandon = R"("abandon":)" + json(given.abandoned).dump();
                    return print_state(host.act(given.id, "cancel", asking(given, abandon)));
                }
                if (!given.abandoned.empty()) many["abandon"] = given.abandoned;
                if (!ask_many(host, given, "cancel", std::move(many))) exit_code = kExitError;
            });
    auto* id = add_id(cancel);
    auto* dry = cancel->add_flag("--dry-run", arguments->dry_run, "Only list them, and how many");
    dry->excludes(id);
    cancel->add_option("--workflow", arguments->query.workflow, "Only this workflow's");
    auto* state = cancel->add_option("--state", arguments->query.state,
                                     "Only these: a comma list of invoking, waiting, paused, and "
                                     "with --abandon\ncompensating");
    cancel
        ->add_flag("--needs-person", arguments->query.needs_person,
                   "Only paused ones and those that wait for a plugin")
        ->excludes(state);
    cancel->add_option("--since", arguments->query.since,
                       "Only those accepted since then, as of gantry runs ls");
    cancel->add_option("--waits-for", arguments->query.waits_for,
                       "Only those whose reason begins so");
    auto* abandon = cancel->add_option("--abandon", arguments->abandoned,
                                       "A step that is not to be undone; may stand more than once. "
                                       "'*': all that cannot be\nundone here. With --note");
    add_id(
        add("revert", "Undoes what a run that is done did, as long as it is kept.", act("revert")))
        ->required();
    add_id(add("pause", "Makes no further call; the run stands until it is resumed.", act("pause")))
        ->required();
    auto* resume = add("resume",
                       "Lets a paused run go on, after its reason was mended; with --waits-for all "
                       "that are\npaused for it.\n"
                       "  gantry runs resume --waits-for configuration --dry-run",
                       [&exit_code](Operations& host, const ControlArguments& given) {
                           auto many = which(given);
                           if (many.is_null()) {
                               return print_state(host.act(given.id, "resume", asking(given, "")));
                           }
                           if (!ask_many(host, given, "resume", std::move(many))) {
                               exit_code = kExitError;
                           }
                       });
    auto* bulk = resume->add_option("--waits-for", arguments->query.waits_for,
                                    "All paused runs whose reason begins so");
    resume->add_flag("--dry-run", arguments->dry_run, "Only list them")->needs(bulk);
    add_id(resume);
    add_id(add("retry", "Asks for the failed undos of a failed run again.", act("retry")))
        ->required();
    auto* skip = add("skip",
                     "Gives up one failed undo of a failed run; with the last one the run is "
                     "reverted.",
                     act_on_step("skip"));
    add_id(skip)->required();
    add_step(skip, "The step that is not undone");
    auto* fork = add("fork",
                     "Starts a new run of the same definition and input that begins at a step of "
                     "the first\nlevel; what stands before it is taken from this run.",
                     act_on_step("fork"));
    add_id(fork)->required();
    add_step(fork, "The step to begin at");
    auto* send =
        add("signal",
            "Sends a signal to a run, which may wait for it now or later. A name that its workflow "
            "never\nwaits for is refused.",
            &signal);
    add_id(send)->required();
    send->add_option("name", arguments->name, "The signal's name")->required();
    send->add_option("--payload", arguments->payload,
                     "JSON, @FILE, or @- for standard input (default: null)");
    send->add_option("--id", arguments->signal_id, "Sent twice with one id it is one signal");
    auto* answer = add("supply",
                       "Answers a step in its place: one that is under way, that is completed from "
                       "outside,\nor that paused the run. With --undo its undo, also one that has "
                       "failed.",
                       &supply);
    add_id(answer)->required();
    add_step(answer, "The step that waits for an answer");
    auto* how = answer->add_option_group("answer");
    how->add_option("--response", arguments->response,
                    "Its output: JSON, @FILE, or @- for standard input");
    auto* failure = how->add_option("--failure", arguments->failure,
                                    "Its attempt failed: what is known of it, as JSON");
    answer->add_flag("--permanent", arguments->is_permanent, "No further attempt is made")
        ->needs(failure);
    answer->add_flag("--undo", arguments->is_undo, "Its undo is answered, not the step itself");
    how->require_option(1);
    for (auto* command : runs.get_subcommands({})) {
        const auto name = command->get_name();
        if (name == "ls" || name == "show") continue;
        command
            ->add_option("--note", arguments->note,
                         "Why, for whoever reads the run later: at most 1000 characters")
            ->required(name == "skip" || name == "revert");
    }
    abandon->needs(cancel->get_option("--note"));
}

}  // namespace gantry::host
