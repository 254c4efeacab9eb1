// Errors as HTTP answers: status, type and body.
#pragma once

#include "api/exchange.hpp"

namespace gantry::host {

struct ErrorStatus {
    int status;
    const char* type;
};

/// The number decides, then the class.
ErrorStatus status_of(gantry_status code);

/// {"type", "message", "code", "details"?}. The message and details of a 500 stay in the log.
json error_body(const Error& error);

/// Who says so. The host's own RATE_LIMITED is a 429 and its full disk a 507; a plugin's are not
/// this host's state.
enum class ErrorFrom { kHost, kPlugin };

/// With Retry-After where the error knows it.
Answer error_answer(const Error& error, ErrorFrom from);

/// The error that `cause`, made by to_json(const Error&), stands for.
Error error_of(const json& cause);

}  // namespace gantry::host
