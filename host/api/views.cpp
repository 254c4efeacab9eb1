// Payloads go out as the texts that the store keeps.
#include "api/views.hpp"

#include "api/iso_time.hpp"
#include "base/json_text.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

using RawMembers = std::vector<std::pair<std::string, std::string>>;

std::string joined(const std::vector<std::string>& texts) {
    std::string all = "[";
    for (const auto& text : texts) all += (all.size() > 1 ? "," : "") + text;
    return all + "]";
}

json time_or_null(const std::optional<std::int64_t>& ms) {
    return ms ? json(iso_time(*ms)) : json();
}

// Payloads as the store keeps them: never parsed, so that numbers stay exact.
class Payloads {
public:
    explicit Payloads(std::vector<std::string> unreadable) : unreadable_(std::move(unreadable)) {}

    /// null for one that is no JSON any more.
    std::string raw(const std::optional<std::string>& text, const std::string& what) {
        if (!text) return "null";
        const auto fault = find_json_fault(*text, kStoredDepth);
        if (!fault) return *text;
        unreadable_.push_back(what + " is no JSON at byte " + std::to_string(fault->offset) + ": " +
                              fault->reason);
        return "null";
    }

    struct OfStep {
        std::string output;
        std::string undo;
        std::string error;
    };
    OfStep of(const StepRow& step) {
        const std::string its = "step " + step.path + ": its ";
        if (step.unreadable) unreadable_.push_back("step " + step.path + ": " + *step.unreadable);
        return {raw(step.result, its + "output"), raw(step.undo_input, its + "undo data"),
                raw(step.error, its + "error")};
    }

    const std::vector<std::string>& unreadable() const { return unreadable_; }

private:
    static constexpr int kStoredDepth = 1000;
    std::vector<std::string> unreadable_;
};

std::string step_text(const StepRow& step, const Payloads::OfStep& text) {
    const json plain = {{"id", step.path},
                        {"module", step.module},
                        {"name", step.name},
                        {"side", to_string(step.side)},
                        {"status", to_string(step.status)},
                        {"attempts", step.attempt},
                        {"started_at", iso_time(step.started_at)},
                        {"finished_at", time_or_null(step.finished_at)},
                        {"wake_at", time_or_null(step.wake_at)}};
    RawMembers members{{"output", text.output}, {"error", text.error}};
    if (step.undo_input) members.emplace_back("undo", text.undo);  // null is undo data
    return with_raw(plain, members);
}

}  // namespace

json skipped_in(const std::vector<EventRow>& events) {
    json all = json::array();
    for (const auto& event : events) {
        if (event.kind == "skipped" || event.kind == "given_up")
            all.push_back(json::parse(event.detail));
    }
    return all;
}

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
    Payloads payloads(details.unreadable);
    std::vector<std::string> steps;
    std::vector<std::string> errors;
    std::vector<std::string> events;
    RawMembers invoke;
    for (const auto& step : details.steps) {
        const auto text = payloads.of(step);
        steps.push_back(step_text(step, text));
        if (step.error) errors.push_back(text.error);
        if (step.side == Side::kInvoke && step.result) invoke.emplace_back(step.path, text.output);
    }
    for (const auto& event : details.events) {
        events.push_back(with_raw({{"at", iso_time(event.at)}, {"kind", event.kind}},
                                  {{"detail", payloads.raw(event.detail, "an event's detail")}}));
    }
    const auto input = payloads.raw(run.input, "its input");
    const auto output = payloads.raw(run.output, "its output");
    const auto error = payloads.raw(run.error, "its error");
    json plain = run_summary(run);
    plain["unreverted"] = details.unreverted;
    plain["skipped"] = skipped_in(details.events);
    plain["fields"] = json::object();
    for (const auto& field : details.fields) plain["fields"][field.name] = field.value;
    plain["wanted"] = to_string(run.wanted);
    if (details.turn_holder) plain["turn_held_by"] = *details.turn_holder;
    plain["wake_at"] = time_or_null(run.wake_at);
    plain["deadline_at"] = time_or_null(run.deadline_at);
    plain["crashes"] = run.crashes;
    if (!payloads.unreadable().empty()) plain["unreadable"] = payloads.unreadable();
    const auto data = with_raw(json::object(),
                               {{"payload", input}, {"invoke", with_raw(json::object(), invoke)}});
    const auto context = with_raw(json::object(), {{"data", data}, {"errors", joined(errors)}});
    return with_raw(plain, {{"input", input},
                            {"output", output},
                            {"error", error},
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
