// Words of a request on the one side, functions of the engine on the other.
#include "api/control.hpp"

#include "api/body.hpp"
#include "api/errors.hpp"
#include "api/listing.hpp"
#include "base/describe.hpp"

namespace gantry::host {
namespace {

constexpr std::size_t kMaxSignalId = 128;

json signal(Engine& engine, const RunRow& run, const std::string& text) {
    const Body body(text, {"name", "id", "payload"});
    SignalRow row;
    row.name = body.text("name");
    row.id = body.text_or("id", "");
    if (row.id.size() > kMaxSignalId) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "id: found " + std::to_string(row.id.size()) + " bytes, expected at most " +
                        std::to_string(kMaxSignalId),
                    GANTRY_EF_NOT_APPLIED);
    }
    row.payload = body.raw("payload");
    return {{"known", !engine.signal(run.id, std::move(row))}};
}

Error failure_of(const std::string& step, const json& response) {
    std::string message = "step " + step + " was answered as failed";
    if (response.is_string()) message += ": " + response.get<std::string>();
    const auto said = response.is_object() ? response.find("message") : response.end();
    if (response.is_object() && said != response.end() && said->is_string()) {
        message += ": " + said->get<std::string>();
    }
    return {GANTRY_E_REJECTED, message, 0,
            response.is_object() ? response : json{{"response", response}}};
}

std::vector<RunRow> paused_for(Store& store, const std::string& waits_for) {
    constexpr std::int64_t kPage = 1000;
    RunFilter filter;
    filter.status = {RunStatus::kPaused};
    filter.waits_for = waits_for;
    filter.limit = kPage;
    std::vector<RunRow> all;
    for (;; filter.offset += kPage) {
        auto page = store.runs(filter);
        const auto size = static_cast<std::int64_t>(page.size());
        std::move(page.begin(), page.end(), std::back_inserter(all));
        if (size < kPage) return all;
    }
}

}  // namespace

const std::vector<std::string>& run_verbs() {
    static const std::vector<std::string> kVerbs = {"cancel", "pause", "resume", "retry",
                                                    "skip",   "fork",  "signals"};
    return kVerbs;
}

json control_run(Engine& engine, Store& store, const std::string& verb, const RunRow& run,
                 const std::string& body) {
    if (verb == "signals") return signal(engine, run, body);
    if (verb == "fork") {
        return show_run(store, engine.fork(run.id, Body(body, {"step"}).text("step")));
    }
    if (verb == "skip") {
        const Body what(body, {"step", "note"});
        engine.skip(run.id, what.text("step"), what.text("note"));
        return show_run(store, run.id);
    }
    const Body nothing(body, {});
    if (verb == "cancel") engine.cancel(run.id);
    if (verb == "pause") engine.pause(run.id);
    if (verb == "resume") engine.resume(run.id);
    if (verb == "retry") engine.retry(run.id);
    return show_run(store, run.id);
}

json supply_step(Engine& engine, Store& store, const std::string& workflow, bool success,
                 const std::string& text) {
    const Body body(text, {"transaction_id", "step_id", "response", "compensate_input", "action"});
    const auto step = body.text("step_id");
    if (const auto action = body.text_or("action", "invoke"); action != "invoke") {
        throw Error(GANTRY_E_INVALID_DATA,
                    "action: found " + in_quotes(action) +
                        ", expected \"invoke\": an undo is asked for again or skipped",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto run = find_run(store, workflow, body.text("transaction_id"));
    StepEnd end;
    if (success) {
        end.output = body.raw("response");
        if (body.has("compensate_input")) end.undo = body.raw("compensate_input");
    } else {
        end.error = failure_of(step, json::parse(body.raw("response")));
    }
    engine.supply(run.id, step, std::move(end));
    return {{"success", true}};
}

json resume_paused(Engine& engine, Store& store, const std::string& text) {
    const Body body(text, {"waits_for", "dry_run"});
    const bool dry_run = body.flag("dry_run");
    json runs = json::array();
    int resumed = 0;
    for (const auto& run : paused_for(store, body.text("waits_for"))) {
        json one = {{"run_id", run.id},
                    {"workflow_id", run.workflow},
                    {"waits_for", run.waits_for.value_or("")},
                    {"resumed", false}};
        try {
            if (!dry_run) {
                engine.resume(run.id);
                one["resumed"] = true;
                ++resumed;
            }
        } catch (const Error& e) {
            one["error"] = error_body(e);
        }
        runs.push_back(std::move(one));
    }
    const auto count = runs.size();
    return {
        {"runs", std::move(runs)}, {"count", count}, {"resumed", resumed}, {"dry_run", dry_run}};
}

}  // namespace gantry::host
