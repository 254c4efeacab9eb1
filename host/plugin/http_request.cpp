// What may be sent is a rule of the SDK; whom it reaches, libcurl says.
#include "plugin/http_request.hpp"

#include "base/json_text.hpp"

#include <gantry/rules/http.hpp>

namespace gantry::host {
HttpRequest http_request_of(const gantry_http_request& in) {
    const auto headers = rules::check_http_request(in);
    HttpRequest request;
    request.method = view(in.method);
    request.url = parse_http_url(view(in.url));
    request.headers.assign(headers.begin(), headers.end());
    request.body = view(in.body);
    request.once = rules::http_writes(in);
    return request;
}

void add_header_of_host(HttpRequest& request, const std::string& name, const std::string& value) {
    const bool given = std::any_of(request.headers.begin(), request.headers.end(),
                                   [&](auto& one) { return rules::same_header(one.first, name); });
    if (given || value.empty()) return;
    rules::check_header(name, value);
    request.headers.emplace_back(name, value);
}

void lend(const HttpAnswer& answer, gantry_http_reply_fn reply, void* user) {
    const auto headers = dumped(answer.headers);
    const gantry_http_response response{sizeof response, answer.status, str(headers),
                                        str(answer.body)};
    reply(user, &response, nullptr);
}

}  // namespace gantry::host
