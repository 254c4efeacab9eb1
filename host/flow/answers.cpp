// Words for callers.
#include "flow/answers.hpp"

#include "base/error_json.hpp"
#include "base/json_text.hpp"

namespace gantry::host {

Accepted accepted_before(const RunRow& known, const std::string& input) {
    Accepted answer{std::nullopt, known.id, true};
    if (parse(known.input) != parse(input)) {
        answer.error = Error(kKeyReused, "the idempotency key was used before with another input",
                             GANTRY_EF_NOT_APPLIED);
    }
    return answer;
}

Error not_now(const RunRow& run, const char* fits) {
    std::string message = "run " + run.id + " is " + std::string(to_string(run.status));
    if (run.waits_for) message += " (" + *run.waits_for + ")";
    return {GANTRY_E_REJECTED, message + ": " + fits, GANTRY_EF_NOT_APPLIED};
}

Error written_later(const Error& failed) {
    return {failed.code(), failed.message() + "; it is written, and done, once the store serves"};
}

Error host_is_stopping() {
    return {GANTRY_E_UNAVAILABLE, "the host is stopping", GANTRY_EF_NOT_APPLIED};
}

}  // namespace gantry::host
