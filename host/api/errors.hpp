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

/// Anyone is told what was wrong with what he asked. What is wrong with the host or with the
/// systems behind it may name addresses and users: that is for who has the admin token, and for the
/// log.
enum class ToldTo { kAnyone, kAdmin };

/// {"type", "message", "code", "details"?}. The message and details of a 500 stay in the log; of
/// any other 5xx anyone gets plain words in their place, and of an expression what it said alone.
json error_body(const Error& error, ToldTo to = ToldTo::kAdmin);

inline ToldTo told_to(const Request& request) {
    return request.by_admin ? ToldTo::kAdmin : ToldTo::kAnyone;
}

/// Who says so. The host's own RATE_LIMITED is a 429 and its full disk a 507; a plugin's are not
/// this host's state.
enum class ErrorFrom { kHost, kPlugin };

/// The method did its work and only its answer was too large: no request that was refused.
bool is_done(const Error& error);

/// With Retry-After where the error knows it. Of an expression what it said alone: who asks is not
/// known.
Answer error_answer(const Error& error, ErrorFrom from);

/// It tells an expression, which is not for anyone.
bool is_of_expression(const Error& error);

/// The error that `cause`, made by to_json(const Error&), stands for.
Error error_of(const json& cause);

}  // namespace gantry::host
