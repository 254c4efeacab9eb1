// Headers are checked one by one: what a plugin passes on from elsewhere must not become another
// request.
#include "plugin/http_request.hpp"

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "plugin/writes.hpp"

#include <algorithm>
#include <array>

namespace gantry::host {
namespace {

constexpr std::size_t kHeaders = std::size_t{64} << 10;
constexpr std::size_t kLongestMethod = 20;

Error misuse(std::string message) {
    return {GANTRY_E_MISUSE, std::move(message), GANTRY_EF_NOT_APPLIED};
}

bool is_method(std::string_view method) {
    const bool capitals =
        std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return capitals && !method.empty() && method.size() <= kLongestMethod && method != "CONNECT" &&
           method != "TRACE";
}

bool is_header_name(std::string_view name) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kOthers.find(c) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
    });
}

bool same_name(std::string_view a, std::string_view b) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return small(x) == small(y); });
}

// Values are not shown: most secrets of a request are headers.
void add_header(HttpRequest& request, const std::string& name, const std::string& value) {
    constexpr std::array<std::string_view, 5> kOurs = {"connection", "content-length", "expect",
                                                       "host", "transfer-encoding"};
    if (!is_header_name(name))
        throw misuse("found a header's name that is none: " + one_line(name));
    if (!is_header_value(value)) {
        throw misuse("the value of the header " + name + " has control characters");
    }
    if (std::any_of(kOurs.begin(), kOurs.end(), [&](auto our) { return same_name(name, our); })) {
        throw misuse("the header " + name + " is the host's to set; leave it out");
    }
    request.headers.emplace_back(name, value);
}

void add_headers(HttpRequest& request, std::string_view text) {
    if (text.empty()) return;
    if (text.size() > kHeaders || find_json_fault(text)) {
        throw misuse("the headers are no JSON of at most 64 KiB; expected {\"Name\": \"text\"}");
    }
    const auto headers = json::parse(text);
    if (!headers.is_object()) throw misuse("the headers are no JSON object");
    for (const auto& [name, value] : headers.items()) {
        if (!value.is_string()) throw misuse("the header " + one_line(name) + " is no text");
        add_header(request, name, value);
    }
}

bool writes(const gantry_http_request& request) {
    constexpr std::array<std::string_view, 3> kReads = {"GET", "HEAD", "OPTIONS"};
    return (request.flags & GANTRY_HTTP_READS) == 0 &&
           std::find(kReads.begin(), kReads.end(), view(request.method)) == kReads.end();
}

}  // namespace

HttpRequest http_request_of(const gantry_http_request& in) {
    HttpRequest request;
    request.method = view(in.method);
    if (!is_method(request.method)) {
        throw misuse("found the method \"" + one_line(view(in.method).substr(0, kLongestMethod)) +
                     "\", expected one in capitals such as GET or POST");
    }
    request.url = parse_http_url(view(in.url));
    add_headers(request, view(in.headers));
    request.body = view(in.body);
    if (request.body.size() > kHttpBody) {
        throw Error(GANTRY_E_TOO_LARGE,
                    "the body has " + std::to_string(request.body.size()) + " bytes, at most " +
                        std::to_string(kHttpBody) + " are sent",
                    GANTRY_EF_NOT_APPLIED);
    }
    if (request.method == "HEAD" && !request.body.empty()) throw misuse("a HEAD has no body");
    check_key_part(view(in.key));
    request.once = writes(in);
    return request;
}

void add_header_of_host(HttpRequest& request, const std::string& name, const std::string& value) {
    const bool given = std::any_of(request.headers.begin(), request.headers.end(),
                                   [&](auto& one) { return same_name(one.first, name); });
    if (!given && !value.empty()) add_header(request, name, value);
}

void lend(const HttpAnswer& answer, gantry_http_reply_fn reply, void* user) {
    const auto headers = dumped(answer.headers);
    const gantry_http_response response{sizeof response, answer.status, str(headers),
                                        str(answer.body)};
    reply(user, &response, nullptr);
}

}  // namespace gantry::host
