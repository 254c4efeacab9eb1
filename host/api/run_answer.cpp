// A result goes out as the text that the store keeps.
#include "api/run_answer.hpp"

#include "api/errors.hpp"

namespace gantry::host {
namespace {

json told_by(const RunRow& run) { return json::parse(run.error.value_or("{}"), nullptr, false); }

Error cause_of(const RunRow& run) { return error_of(told_by(run)); }

}  // namespace

std::pair<std::string, std::string> location_of(const RunRow& run) {
    return {"Location", "/runs/" + run.id};
}

json run_error(const RunDetails& details) {
    const json told = told_by(details.run);
    json body = error_body(error_of(told));
    body["step"] = told.value("step", json());
    body["run_id"] = details.run.id;
    body["state"] = to_string(details.run.status);
    if (details.run.status == RunStatus::kFailed) body["unreverted"] = details.unreverted;
    return body;
}

Answer run_answer(const RunDetails& details) {
    const auto& run = details.run;
    switch (run.status) {
        case RunStatus::kDone:
            return {200, run.output.value_or("null"), {}};
        case RunStatus::kReverted:
            return json_answer(status_of(cause_of(run).code()).status, run_error(details));
        case RunStatus::kFailed:
            return json_answer(500, run_error(details));
        default:
            break;
    }
    json body = {{"run_id", run.id}, {"state", to_string(run.status)}};
    if (run.waits_for) body["waits_for"] = *run.waits_for;
    auto answer = json_answer(202, body);
    answer.headers.push_back(location_of(run));
    return answer;
}

}  // namespace gantry::host
