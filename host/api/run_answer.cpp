// A result goes out as the text that the store keeps.
#include "api/run_answer.hpp"

namespace gantry::host {
namespace {

json told_by(const RunRow& run) { return json::parse(run.error.value_or("{}"), nullptr, false); }

Error cause_of(const RunRow& run) { return error_of(told_by(run)); }

}  // namespace

std::pair<std::string, std::string> location_of(const RunRow& run) {
    return {"Location", "/runs/" + run.id};
}

json run_error(const RunDetails& details, ToldTo to) {
    const json told = told_by(details.run);
    json body = error_body(error_of(told), to);
    body["step"] = told.value("step", json());
    body["run_id"] = details.run.id;
    body["state"] = to_string(details.run.status);
    if (details.run.status == RunStatus::kFailed) body["unreverted"] = details.unreverted;
    for (auto& skipped : skipped_in(details.events)) {
        skipped.erase("by");  // who has the run's id has no token
        body["skipped"].push_back(std::move(skipped));
    }
    return body;
}

Answer run_answer(const RunDetails& details, ToldTo to) {
    const auto& run = details.run;
    switch (run.status) {
        case RunStatus::kDone:
            return {200, run.output.value_or("null"), {}};
        case RunStatus::kReverted:
            return json_answer(status_of(cause_of(run).code()).status, run_error(details, to));
        case RunStatus::kFailed:
            return json_answer(500, run_error(details, to));
        default:
            break;
    }
    json body = {{"run_id", run.id}, {"state", to_string(run.status)}};
    if (run.waits_for) {
        const auto kind = run.waits_for->substr(0, run.waits_for->find(':'));
        body["waits_for"] = to == ToldTo::kAdmin ? *run.waits_for : kind;
    }
    auto answer = json_answer(202, body);
    answer.headers.push_back(location_of(run));
    return answer;
}

RunDetails details_for_answer(Store& store, RunRow run) {
    std::vector<std::string> failed;
    std::vector<EventRow> events;  // they tell which undos were given up
    if (run.status == RunStatus::kFailed) failed = store.unreverted(run.id);
    if (is_over(run.status) && run.status != RunStatus::kDone) events = store.events(run.id);
    return {std::move(run), std::move(failed), {}, std::move(events)};
}

}  // namespace gantry::host
