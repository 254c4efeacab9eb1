// What a plugin wants sent over gantry.http/1, as the host's HTTP client takes it, and the answer
// as the plugin gets it.
#pragma once

#include "plugin/http_client.hpp"

#include <gantry/http.h>

namespace gantry::host {

/// Without deadline, proxy and key; `once` is whether it writes. Borrows the body. Throws Error
/// MISUSE or TOO_LARGE, NOT_APPLIED, that says what is wrong with it.
HttpRequest http_request_of(const gantry_http_request& in);

/// Unless the plugin has set that header by itself, or `value` is empty.
void add_header_of_host(HttpRequest& request, const std::string& name, const std::string& value);

/// `reply` with the answer, borrowed while it runs.
void lend(const HttpAnswer& answer, gantry_http_reply_fn reply, void* user);

}  // namespace gantry::host
