// What an OData service says when it refuses, as a typed error.
#pragma once

#include <gantry/http_response.hpp>

namespace erp_odata {

/// The error body of V4 ({"error": {code, message, details}}) or of V2 (message: {lang, value},
/// innererror.errordetails) as {code, message, messages: [{code, message, target}]}; null for
/// anything else.
gantry::json said_in(const std::string& body);

/// Returns for a status of 2xx. Throws Error otherwise: class, flags and Retry-After as
/// HttpResponse::require_ok has them; 423, locked by somebody who edits it, is CONFLICT, 428 is
/// CONFIG, and a 404 that is not in OData's form REJECTED: a proxy's is no missing product. With
/// details {status, code, messages}.
void require_ok(const gantry::HttpResponse& response);

}  // namespace erp_odata
