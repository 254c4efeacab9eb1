// One table by number, one by class.
#include "api/errors.hpp"

#include "base/error_json.hpp"
#include "base/lower_case.hpp"

namespace gantry::host {
namespace {

const char* plain_words(int status) {
    switch (status) {
        case 502:
            return "A system behind this is not set up right.";
        case 503:
            return "A system behind this is not reached. Try again later.";
        case 504:
            return "A system behind this took too long.";
        default:
            return "An unknown error occurred.";
    }
}

// Of an expression anyone is told what it said, and not what it is.
void leave_for(ToldTo to, const Error& error, json& body) {
    if (!is_of_expression(error)) return;
    if (to == ToldTo::kAnyone) body["message"] = error.details().at(kForAnyone);
    body.erase("details");
}

}  // namespace

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

json error_body(const Error& error, ToldTo to) {
    const auto [status, type] = status_of(error.code());
    json body = {{"type", type},
                 {"message", error.message()},
                 {"code", in_lower_case(std::string(code_name(error.code())))}};
    if (status == 500 || (status > 500 && to == ToldTo::kAnyone)) {
        body["message"] = plain_words(status);
    } else if (error.details().is_object()) {
        body["details"] = error.details();
        leave_for(to, error, body);
    }
    return body;
}

bool is_done(const Error& error) {
    return error.code() == GANTRY_E_TOO_LARGE && (error.flags() & GANTRY_EF_MAYBE_APPLIED) != 0;
}

Answer error_answer(const Error& error, ErrorFrom from) {
    auto body = error_body(error);
    leave_for(ToldTo::kAnyone, error, body);
    if (from == ErrorFrom::kPlugin) {
        body["message"] = error.message();  // who asks has the token
        body["of_service"] = true;
    }
    auto answer = json_answer(status_of(error.code()).status, body);
    if (from == ErrorFrom::kPlugin && is_done(error)) {
        body["type"] = "unexpected_state";
        answer = json_answer(500, body);
    }
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

bool is_of_expression(const Error& error) {
    return error.details().is_object() && error.details().contains(kForAnyone);
}

Error error_of(const json& cause) {
    return {code_named(cause.value("code", "")), cause.value("message", ""), 0,
            cause.value("details", json())};
}

}  // namespace gantry::host
