// A changeset of OData $batch: several writes of which all are carried out or none. Multipart,
// which V2 and V4 both take.
#pragma once

#include <gantry/http_response.hpp>

#include <vector>

namespace erp_odata {

struct Part {
    std::string method;
    std::string path;  // below the service's root, without a leading "/"
    std::string body;
    gantry::HttpHeaders headers;
};

/// Of the request that carries the parts.
std::string batch_type();
std::string batch_body(const std::vector<Part>& parts);

/// The answer to each of `count` parts. Throws Error where one was refused: then none was carried
/// out, whatever is said of those before it. UNAVAILABLE, MAYBE_APPLIED where parts are missing.
std::vector<gantry::HttpResponse> batch_answers(const gantry::HttpResponse& response,
                                                std::size_t count);

}  // namespace erp_odata
