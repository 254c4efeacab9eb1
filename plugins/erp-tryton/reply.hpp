// What Tryton's answers mean: a result, or the error of ours that its error stands for.
#pragma once

#include <gantry/http_response.hpp>

namespace erp_tryton {

using gantry::json;

/// The result of `method`. Throws Error, with {tryton, message} as details:
///   UserError, UserWarning   REJECTED, NOT_APPLIED: a rule, or a question only a person may answer
///   ConcurrencyException     CONFLICT, NOT_APPLIED: the record changed since it was read
///   LoginException, 401      AUTH, NOT_APPLIED
///   404                      CONFIG, NOT_APPLIED: there is no such database
///   any other text           UNAVAILABLE: the database is away, or a fault of Tryton's; a write
///                            may have been carried out
/// and for other statuses what HttpResponse::require_ok throws.
json result_of(const gantry::HttpResponse& answer, const std::string& method);

}  // namespace erp_tryton
