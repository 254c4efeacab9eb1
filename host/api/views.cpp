// Payloads are parsed here and nowhere before.
#include "api/views.hpp"

#include "api/iso_time.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

json parsed(const std::optional<std::string>& text) {
    return text ? json::parse(*text, nullptr, /*allow_exceptions=*/false) : json();
}

json time_or_null(const std::optional<std::int64_t>& ms) {
    return ms ? json(iso_time(*ms)) : json();
}

json step_view(const StepRow& step) {
    return {{"id", step.path},
            {"module", step.module},
            {"name", step.name},
            {"side", to_string(step.side)},
            {"status", to_string(step.status)},
            {"attempts", step.attempt},
            {"started_at", iso_time(step.started_at)},
            {"finished_at", time_or_null(step.finished_at)},
            {"wake_at", time_or_null(step.wake_at)},
            {"output", parsed(step.result)},
            {"undo", parsed(step.undo_input)},
            {"error", parsed(step.error)}};
}

}  // namespace

json run_summary(const RunRow& run) {
    return {{"id", run.id},
            {"run_id", run.id},
            {"workflow_id", run.workflow},
            {"transaction_id", run.idem_key.value_or(run.id)},
            {"state", to_string(run.status)},
            {"created_at", iso_time(run.created_at)},
            {"updated_at", iso_time(run.updated_at)},
            {"finished_at", time_or_null(run.finished_at)},
            {"waits_for", run.waits_for ? json(*run.waits_for) : json()},
            {"forked_from", run.forked_from ? json(*run.forked_from) : json()}};
}

json run_view(const RunDetails& details) {
    const auto& run = details.run;
    json steps = json::array();
    json errors = json::array();
    json invoke = json::object();
    for (const auto& step : details.steps) {
        steps.push_back(step_view(step));
        if (step.error) errors.push_back(steps.back()["error"]);
        if (step.side == Side::kInvoke && step.result) invoke[step.path] = steps.back()["output"];
    }
    json view = run_summary(run);
    view["input"] = parsed(run.input);
    view["output"] = parsed(run.output);
    view["error"] = parsed(run.error);
    view["errors"] = errors;
    view["unreverted"] = unreverted(details.steps);
    view["wanted"] = to_string(run.wanted);
    view["wake_at"] = time_or_null(run.wake_at);
    view["deadline_at"] = time_or_null(run.deadline_at);
    view["crashes"] = run.crashes;
    view["steps"] = steps;
    view["events"] = json::array();
    for (const auto& event : details.events) {
        view["events"].push_back(
            {{"at", iso_time(event.at)}, {"kind", event.kind}, {"detail", parsed(event.detail)}});
    }
    view["context"] = {{"data", {{"payload", view["input"]}, {"invoke", invoke}}},
                       {"errors", errors}};
    return view;
}

std::vector<std::string> unreverted(const std::vector<StepRow>& steps) {
    std::vector<std::string> out;
    for (const auto& step : steps) {
        if (step.side == Side::kCompensate && step.status == StepStatus::kFailed) {
            out.push_back(step.path);
        }
    }
    return out;
}

}  // namespace gantry::host
