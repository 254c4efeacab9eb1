// A read asks for the token along the way while none is known, so that an update needs no request
// for it alone.
#include "session.hpp"

#include "errors.hpp"

namespace erp_odata {
namespace {

using gantry::HttpOptions;
using gantry::HttpResponse;

constexpr const char* kToken = "x-csrf-token";

bool wants_token(const HttpResponse& response) {
    const auto said = response.header(kToken);
    return response.status == 403 && (said == "Required" || said == "required");
}

// "a=1; b=2" of "a=1; path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2; HttpOnly": repeated
// headers are joined by ", ", and a part of a date has no "=" before its ";".
std::string cookies_of(const std::string& header) {
    std::string out;
    for (std::size_t at = 0; at < header.size();) {
        const auto end = std::min(header.find(", ", at), header.size());
        const auto pair = header.substr(at, std::min(header.find(';', at), end) - at);
        if (pair.find('=') != std::string::npos) out += (out.empty() ? "" : "; ") + pair;
        at = end + 2;
    }
    return out;
}

}  // namespace

Session::Session(std::string url, std::string client, const json& options)
    : url_(std::move(url)), client_(std::move(client)), credentials_(options) {}

HttpResponse Session::read(const gantry::Call& call, const std::string& path,
                           const std::string& accept) {
    HttpOptions options;
    options.headers["Accept"] = accept;
    auto response = send(call, "GET", path, "", options);
    keep(response);
    return response;
}

HttpResponse Session::write(const gantry::Call& call, const std::string& method,
                            const std::string& path, const std::string& body,
                            gantry::HttpHeaders headers, const std::string& key) {
    HttpOptions options;
    options.headers = std::move(headers);
    options.key = key;
    const auto used = csrf().token;
    auto response = send(call, method, path, body, options);
    if (!wants_token(response)) return response;
    fetch(call, used);
    return send(call, method, path, body, options);
}

HttpResponse Session::send(const gantry::Call& call, const std::string& method,
                           const std::string& path, const std::string& body, HttpOptions options) {
    const auto known = csrf();
    if (!known.token.empty()) options.headers["Cookie"] = known.cookies;
    if (method != "GET") {
        if (!known.token.empty()) options.headers[kToken] = known.token;
    } else if (known.token.empty()) {
        options.headers[kToken] = "Fetch";
    }
    if (known.cookies.empty()) options.headers.erase("Cookie");
    options.headers.emplace("Accept", "application/json");
    if (!client_.empty()) options.headers["sap-client"] = client_;
    const auto http = call.http(url_);
    auto authorization = credentials_.authorization(call);
    options.headers["Authorization"] = authorization;
    auto response = http.send(method, path, body, options);
    if (response.status != 401 || !credentials_.renew(authorization)) return response;
    options.headers["Authorization"] = credentials_.authorization(call);
    return http.send(method, path, body, options);
}

Session::Csrf Session::csrf() {
    const std::lock_guard lock(mutex_);
    return csrf_;
}

void Session::keep(const HttpResponse& response) {
    const auto token = response.header(kToken);
    if (token.empty() || wants_token(response)) return;
    const std::lock_guard lock(mutex_);
    csrf_ = {token, cookies_of(response.header("set-cookie"))};
}

// Another call may have fetched one since `refused` was sent.
void Session::fetch(const gantry::Call& call, const std::string& refused) {
    {
        const std::lock_guard lock(mutex_);
        if (csrf_.token != refused) return;
        csrf_ = {};
    }
    require_ok(read(call, "/"));
}

}  // namespace erp_odata
