// One table by number, one by class.
#include "api/errors.hpp"

#include "base/error_json.hpp"

#include <algorithm>
#include <cctype>

namespace gantry::host {
ErrorStatus status_of(gantry_status code) {
    switch (code) {
        case GANTRY_E_NOT_FOUND:
            return {404, "not_found"};
        case GANTRY_E_REJECTED:
        case GANTRY_E_CANCELLED:
            return {400, "not_allowed"};
        case GANTRY_E_CONFLICT:
        case GANTRY_E_CHANGED:
            return {409, "conflict"};
        case GANTRY_E_TOO_LARGE:
            return {413, "invalid_data"};
        case GANTRY_E_DEADLINE:
            return {504, "unexpected_state"};
        case kKeyReused:
            return {422, "duplicate_error"};
        default:
            break;
    }
    switch (GANTRY_CLASS(code)) {
        case GANTRY_CLASS_INPUT:
            return {400, "invalid_data"};
        case GANTRY_CLASS_CONFIG:
            return {502, "unexpected_state"};
        case GANTRY_CLASS_RETRYABLE:
            return {503, "unexpected_state"};
        default:
            return {500, "unknown_error"};
    }
}

json error_body(const Error& error) {
    const auto [status, type] = status_of(error.code());
    std::string code = code_name(error.code());
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    json body = {{"type", type}, {"message", error.message()}, {"code", code}};
    if (status == 500) {
        body["message"] = "An unknown error occurred.";
    } else if (error.details().is_object()) {
        body["details"] = error.details();
    }
    return body;
}

Answer error_answer(const Error& error, ErrorFrom from) {
    auto answer = json_answer(status_of(error.code()).status, error_body(error));
    if (from == ErrorFrom::kHost) {
        const auto& details = error.details();
        if (error.code() == GANTRY_E_RATE_LIMITED) answer.status = 429;
        if (details.is_object() && details.contains("disk_full")) answer.status = 507;
    }
    if (error.retry_after().count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(error.retry_after());
        answer.headers.emplace_back("Retry-After", std::to_string(seconds.count()));
    }
    return answer;
}

Error error_of(const json& cause) {
    return {code_named(cause.value("code", "")), cause.value("message", ""), 0,
            cause.value("details", json())};
}

}  // namespace gantry::host
