// Words of a request on the one side, functions of the engine on the other.
#include "api/control.hpp"

#include "api/body.hpp"
#include "api/listing.hpp"
#include "base/describe.hpp"
#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxSignalId = 128;

// What its steps wait for, in a definition's text; more where an input has such a member.
void add_signals(const json& part, std::vector<std::string>& names) {
    if (!part.is_structured()) return;
    if (part.is_object() && part.contains("wait") && part.at("wait").is_string()) {
        names.push_back(part.at("wait"));
    }
    for (const auto& inner : part) add_signals(inner, names);
}

// A wrong name would be kept and never taken.
void check_signal(Store& store, const RunRow& run, const std::string& name) {
    const auto definition = store.definition(run.def_hash);
    if (!definition) return;
    std::vector<std::string> names;
    add_signals(json::parse(definition->body, nullptr, /*allow_exceptions=*/false), names);
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    throw Error(GANTRY_E_INVALID_DATA,
                "name: workflow " + in_quotes(run.workflow) + " waits for no signal " +
                    in_quotes(name) + "." + did_you_mean_or_known(name, names),
                GANTRY_EF_NOT_APPLIED);
}

void signal(Runs& runs, Store& store, const std::string& run_id, const std::string& text,
            const std::string& asker, Then then) {
    const Body body(text, {"name", "id", "payload", "by", "note"});
    SignalRow row;
    auto asked = asked_in(body, asker);
    row.by = std::move(asked.by);
    row.note = std::move(asked.note);
    row.name = body.text("name");
    row.id = body.text_or("id", "");
    if (row.id.size() > kMaxSignalId) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "id: found " + std::to_string(row.id.size()) + " bytes, expected at most " +
                        std::to_string(kMaxSignalId),
                    GANTRY_EF_NOT_APPLIED);
    }
    row.payload = body.raw("payload");
    const auto run = find_run(store, run_id);
    check_signal(store, run, row.name);
    const bool awaited = run.waits_for == "signal: " + row.name;
    runs.signal(run_id, std::move(row),
                [run_id, awaited, then = std::move(then)](std::optional<Error> error, bool known) {
                    then({std::move(error), run_id, {{"known", known}, {"awaited", awaited}}});
                });
}

Error failure_of(const std::string& step, const json& response, bool is_final) {
    std::string message = "step " + step + " was answered as failed";
    if (response.is_string()) message += ": " + response.get<std::string>();
    const auto said = response.is_object() ? response.find("message") : response.end();
    if (response.is_object() && said != response.end() && said->is_string()) {
        message += ": " + said->get<std::string>();
    }
    return {is_final ? GANTRY_E_REJECTED : GANTRY_E_UNAVAILABLE, message, 0,
            response.is_object() ? response : json{{"response", response}}};
}

}  // namespace

const std::vector<std::string>& run_verbs() {
    static const std::vector<std::string> kVerbs = {"cancel", "pause", "resume", "retry",
                                                    "revert", "skip",  "fork",   "signals"};
    return kVerbs;
}

void control_run(Runs& runs, Store& store, const std::string& verb, const std::string& run_id,
                 const std::string& text, const std::string& asker, Then then) {
    if (verb == "signals") return signal(runs, store, run_id, text, asker, std::move(then));
    if (verb == "fork") {
        const Body what(text, {"step", "by", "note"});
        return runs.fork(run_id, what.text("step"), asked_in(what, asker),
                         [then = std::move(then)](std::optional<Error> error, std::string id) {
                             then({std::move(error), std::move(id), {}});
                         });
    }
    auto told = [run_id, then = std::move(then)](std::optional<Error> error) {
        then({std::move(error), run_id, {}});
    };
    if (verb == "skip") {
        const Body what(text, {"step", "by", "note"});
        auto asked = asked_in(what, asker);
        asked.note = what.text("note");  // without one it is refused
        return runs.skip(run_id, what.text("step"), std::move(asked), std::move(told));
    }
    if (verb == "cancel") {
        const Body what(text, {"abandon", "by", "note"});
        auto abandoned = what.texts("abandon");
        auto asked = asked_in(what, asker);
        if (!abandoned.empty()) asked.note = what.text("note");  // without one it is refused
        return runs.cancel(run_id, std::move(abandoned), std::move(asked), std::move(told));
    }
    if (verb == "revert") {
        const Body what(text, {"by", "note"});
        auto asked = asked_in(what, asker);
        asked.note = what.text("note");  // without one it is refused
        return runs.revert(run_id, std::move(asked), std::move(told));
    }
    auto asked = asked_in(Body(text, {"by", "note"}), asker);
    if (verb == "pause") return runs.pause(run_id, std::move(asked), std::move(told));
    if (verb == "resume") return runs.resume(run_id, std::move(asked), std::move(told));
    runs.retry(run_id, std::move(asked), std::move(told));
}

void supply_step(Runs& runs, Store& store, const std::string& workflow, bool success,
                 const std::string& text, const std::string& asker, Then then) {
    const Body body(text, {"transaction_id", "step_id", "response", "compensate_input", "action",
                           "force_permanent_failure", "by", "note"});
    const auto step = body.text("step_id");
    const auto action = body.text_or("action", "invoke");
    const bool undo = action == "compensate";
    if (!undo && action != "invoke") {
        throw Error(GANTRY_E_INVALID_DATA,
                    "action: found " + in_quotes(action) +
                        ", expected \"invoke\", or \"compensate\" for the step's undo",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto run = find_run(store, workflow, body.text("transaction_id"));
    StepEnd end;
    end.supplied = asked_in(body, asker);
    if (success) {
        end.output = body.raw("response");
        if (body.has("compensate_input")) end.undo = body.raw("compensate_input");
    } else {
        end.error = failure_of(step, json::parse(body.raw("response")),
                               body.flag("force_permanent_failure"));
    }
    runs.supply(run.id, step, undo ? Side::kCompensate : Side::kInvoke, std::move(end),
                [id = run.id, then = std::move(then)](std::optional<Error> error) {
                    then({std::move(error), id, {{"success", true}}});
                });
}

}  // namespace gantry::host
