// Payloads go out as the texts that the store keeps.
#include "api/views.hpp"

#include "api/iso_time.hpp"
#include "base/json_text.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

// A payload as the store keeps it: never parsed, so that numbers stay exact.
std::string raw(const std::optional<std::string>& text) { return text.value_or("null"); }

using RawMembers = std::vector<std::pair<std::string, std::string>>;

std::string joined(const std::vector<std::string>& texts) {
    std::string all = "[";
    for (const auto& text : texts) all += (all.size() > 1 ? "," : "") + text;
    return all + "]";
}

json time_or_null(const std::optional<std::int64_t>& ms) {
    return ms ? json(iso_time(*ms)) : json();
}

std::string step_text(const StepRow& step) {
    const json plain = {{"id", step.path},
                        {"module", step.module},
                        {"name", step.name},
                        {"side", to_string(step.side)},
                        {"status", to_string(step.status)},
                        {"attempts", step.attempt},
                        {"started_at", iso_time(step.started_at)},
                        {"finished_at", time_or_null(step.finished_at)},
                        {"wake_at", time_or_null(step.wake_at)}};
    return with_raw(
        plain,
        {{"output", raw(step.result)}, {"undo", raw(step.undo_input)}, {"error", raw(step.error)}});
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

std::string with_raw(const json& object,
                     const std::vector<std::pair<std::string, std::string>>& members) {
    auto text = dumped(object);
    text.pop_back();
    for (const auto& [name, value] : members) {
        if (text.size() > 1) text += ',';
        text += json(name).dump() + ":" + value;
    }
    return text + "}";
}

std::string run_text(const RunDetails& details) {
    const auto& run = details.run;
    std::vector<std::string> steps;
    std::vector<std::string> errors;
    std::vector<std::string> events;
    RawMembers invoke;
    for (const auto& step : details.steps) {
        steps.push_back(step_text(step));
        if (step.error) errors.push_back(*step.error);
        if (step.side == Side::kInvoke && step.result) invoke.emplace_back(step.path, *step.result);
    }
    for (const auto& event : details.events) {
        events.push_back(with_raw({{"at", iso_time(event.at)}, {"kind", event.kind}},
                                  {{"detail", event.detail}}));
    }
    json plain = run_summary(run);
    plain["unreverted"] = details.unreverted;
    plain["wanted"] = to_string(run.wanted);
    plain["wake_at"] = time_or_null(run.wake_at);
    plain["deadline_at"] = time_or_null(run.deadline_at);
    plain["crashes"] = run.crashes;
    const auto data = with_raw(
        json::object(), {{"payload", run.input}, {"invoke", with_raw(json::object(), invoke)}});
    const auto context = with_raw(json::object(), {{"data", data}, {"errors", joined(errors)}});
    return with_raw(plain, {{"input", run.input},
                            {"output", raw(run.output)},
                            {"error", raw(run.error)},
                            {"errors", joined(errors)},
                            {"steps", joined(steps)},
                            {"events", joined(events)},
                            {"context", context}});
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
