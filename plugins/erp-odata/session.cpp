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

// Empty: none came.
std::string token_of(const HttpResponse& response) {
    return wants_token(response) ? "" : response.header(kToken);
}

// How the end of a session is told: by the service, or by what stands before it, which may send a
// page to log in. Of a write a page, or the way to one, may be the word of what it has done.
bool may_be_over(const HttpResponse& response) {
    if (response.status == 401 || response.status == 403) return true;
    if (response.status == 400) return said_in(response.body).is_null();
    const bool page = response.status < 300
                          ? response.header("content-type").starts_with("text/html")
                          : response.status < 400;
    return page && !response.wrote;
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

// The one call that fetches.
class Session::Fetching {
public:
    explicit Fetching(Session& session) : session_(session) {}
    ~Fetching() {
        const std::lock_guard lock(session_.mutex_);
        session_.fetching_ = false;
        session_.fetched_.notify_all();
    }
    Fetching(const Fetching&) = delete;
    Fetching& operator=(const Fetching&) = delete;

private:
    Session& session_;
};

Session::Session(std::string url, std::string client, const json& options)
    : url_(std::move(url)), client_(std::move(client)), credentials_(options) {}

HttpResponse Session::read(const gantry::Call& call, const std::string& path,
                           gantry::HttpHeaders headers) {
    HttpOptions options;
    options.headers = std::move(headers);
    return send(call, {"GET", path, "", options});
}

HttpResponse Session::write(const gantry::Call& call, const std::string& method,
                            const std::string& path, const std::string& body,
                            gantry::HttpHeaders headers, const std::string& key) {
    HttpOptions options;
    options.headers = std::move(headers);
    options.key = key;
    return send(call, {method, path, body, options});
}

HttpResponse Session::send(const gantry::Call& call, const Request& request) {
    const auto used = csrf(call);
    const auto authorization = credentials_.authorization(call);
    auto response = send_as(authorization, used, call, request);
    if (!may_be_over(response)) return response;
    const bool other_token = response.status == 401 && credentials_.renew(authorization);
    const bool other_session = !used.token.empty() || wants_token(response);
    if (!other_token && !other_session) return response;
    const auto fresh = other_session ? renewed(call, used) : used;
    return send_as(credentials_.authorization(call), fresh, call, request);
}

HttpResponse Session::send_as(const std::string& authorization, const Csrf& csrf,
                              const gantry::Call& call, Request request) {
    auto& headers = request.options.headers;
    const bool asks = request.method == "GET" && csrf.token.empty();
    if (!csrf.cookies.empty()) headers["Cookie"] = csrf.cookies;
    if (asks) headers[kToken] = "Fetch";
    if (request.method != "GET" && !csrf.token.empty()) headers[kToken] = csrf.token;
    headers.emplace("Accept", "application/json");
    if (!client_.empty()) headers["sap-client"] = client_;
    headers["Authorization"] = authorization;
    auto response =
        call.http(url_).send(request.method, request.path, request.body, request.options);
    if (asks) keep(response, csrf);
    return response;
}

Session::Csrf Session::csrf(const gantry::Call& call) {
    std::unique_lock lock(mutex_);
    wait_for_fetch(lock, call);
    return csrf_;
}

// Another call may have fetched one since `used` was sent.
Session::Csrf Session::renewed(const gantry::Call& call, const Csrf& used) {
    {
        std::unique_lock lock(mutex_);
        wait_for_fetch(lock, call);
        if (csrf_.number != used.number) return csrf_;
        fetching_ = true;
    }
    const Fetching turn(*this);
    const auto response = send_as(credentials_.authorization(call), {"", "", used.number}, call,
                                  {"GET", "/", "", {}});
    if (token_of(response).empty()) require_ok(response);
    const std::lock_guard lock(mutex_);
    if (csrf_.number == used.number) csrf_ = {"", "", used.number + 1};  // it has tokens no more
    return csrf_;
}

void Session::wait_for_fetch(std::unique_lock<std::mutex>& lock, const gantry::Call& call) {
    constexpr std::chrono::milliseconds kMost = std::chrono::minutes(1);
    const auto patience = std::min(call.remaining(), kMost);
    if (fetched_.wait_for(lock, patience, [this] { return !fetching_; })) return;
    throw gantry::Error(GANTRY_E_UNAVAILABLE,
                        "another call waits for a new session of " + url_ +
                            ", and none has come in the time there was",
                        GANTRY_EF_NOT_APPLIED);
}

void Session::keep(const HttpResponse& response, const Csrf& used) {
    const auto token = token_of(response);
    const std::lock_guard lock(mutex_);
    if (token.empty() || csrf_.number != used.number) return;  // another call has kept one
    csrf_ = {token, cookies_of(response.header("set-cookie")), used.number + 1};
}

}  // namespace erp_odata
