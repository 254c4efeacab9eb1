// Which HTTP requests a plugin may have sent, and which of them write. Headers are checked one by
// one: what a plugin passes on from elsewhere must not become another request.
#pragma once

#include <gantry/http.h>
#include <gantry/http_response.hpp>
#include <gantry/rules/call.hpp>

namespace gantry::rules {

inline Error misuse(std::string message) {
    return {GANTRY_E_MISUSE, std::move(message), GANTRY_EF_NOT_APPLIED};
}

/// Throws Error MISUSE, NOT_APPLIED where a plugin gave none, or one of a size that never was.
inline const gantry_http_request& known(const gantry_http_request* request) {
    if (request != nullptr && GANTRY_KNOWS(request, reserved)) return *request;
    throw misuse("there is no request, or its struct_size is too small");
}

inline bool is_http_method(std::string_view method) {
    const bool capitals =
        std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return capitals && !method.empty() && method.size() <= kLongestHttpMethod &&
           method != "CONNECT" && method != "TRACE";
}

inline bool is_header_name(std::string_view name) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kOthers.find(c) != std::string_view::npos;
    });
}

inline bool is_header_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
    });
}

/// Whether two names of headers are one.
inline bool same_header(std::string_view a, std::string_view b) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return small(x) == small(y); });
}

/// Throws Error MISUSE, NOT_APPLIED. Values are not shown: most secrets of a request are headers.
inline void check_header(std::string_view name, std::string_view value) {
    constexpr std::array<std::string_view, 5> kOurs = {"connection", "content-length", "expect",
                                                       "host", "transfer-encoding"};
    if (!is_header_name(name)) throw misuse("found a header's name that is none: " + shown(name));
    if (!is_header_value(value)) {
        throw misuse("the value of the header " + shown(name) + " has control characters");
    }
    if (std::any_of(kOurs.begin(), kOurs.end(), [&](auto our) { return same_header(name, our); })) {
        throw misuse("the header " + shown(name) + " is the host's to set; leave it out");
    }
}

/// The headers of a request, checked. Throws Error MISUSE, NOT_APPLIED.
inline HttpHeaders headers_of(std::string_view text) {
    if (text.empty()) return {};
    const auto given = text.size() > kHttpHeaders ? json(json::value_t::discarded)
                                                  : json::parse(text, nullptr, false);
    if (given.is_discarded()) {
        throw misuse("the headers are no JSON of at most 64 KiB; expected {\"Name\": \"text\"}");
    }
    if (!given.is_object()) throw misuse("the headers are no JSON object");
    HttpHeaders headers;
    for (const auto& [name, value] : given.items()) {
        if (!value.is_string()) throw misuse("the header " + shown(name) + " is no text");
        check_header(name, value.get_ref<const std::string&>());
        headers.emplace(name, value);
    }
    return headers;
}

/// Throws Error MISUSE, NOT_APPLIED for what is no absolute, escaped http or https URL without a
/// user. The text itself is not shown: it may hold a secret.
inline void check_http_url(std::string_view url) {
    const auto refuse = [](const std::string& why) {
        throw misuse("found a URL that cannot be asked (" + why +
                     "); expected an absolute, escaped http or https URL without user and "
                     "password");
    };
    if (!std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
        refuse("it has characters that are not escaped");
    }
    const auto scheme = url.substr(0, url.find("://"));
    if (scheme.size() == url.size()) refuse("it has no scheme");
    if (!same_header(scheme, "http") && !same_header(scheme, "https")) {
        refuse("its scheme is another one");
    }
    auto peer = url.substr(scheme.size() + 3);
    peer = peer.substr(0, peer.find_first_of("/?#"));
    if (peer.find('@') != std::string_view::npos) refuse("it has a user");
    if (peer.empty() || peer.starts_with(':')) refuse("it names no host");
}

/// Whether the request may change something on the other side.
inline bool http_writes(const gantry_http_request& request) {
    constexpr std::array<std::string_view, 3> kReads = {"GET", "HEAD", "OPTIONS"};
    return (request.flags & GANTRY_HTTP_READS) == 0 &&
           std::find(kReads.begin(), kReads.end(), view(request.method)) == kReads.end();
}

/// Whether it is no request: it says of the last one that it changed nothing.
inline bool http_denies(const gantry_http_request& request) {
    return (request.flags & GANTRY_HTTP_UNCHANGED) != 0;
}

/// The write that it is.
inline Write http_write(const gantry_http_request& request, const std::string& from) {
    return {from, "http", "sent a " + std::string(view(request.method)) + " that may write",
            view(request.key)};
}

/// Throws Error MISUSE or TOO_LARGE, NOT_APPLIED that says what is wrong with it; gives its
/// headers.
inline HttpHeaders check_http_request(const gantry_http_request& request) {
    const auto method = view(request.method);
    if (!is_http_method(method)) {
        throw misuse("found the method \"" + shown(method.substr(0, kLongestHttpMethod)) +
                     "\", expected one in capitals such as GET or POST");
    }
    check_http_url(view(request.url));
    auto headers = headers_of(view(request.headers));
    const auto size = view(request.body).size();
    if (size > kHttpBody) {
        throw Error(GANTRY_E_TOO_LARGE,
                    "the body has " + std::to_string(size) + " bytes, at most " +
                        std::to_string(kHttpBody) + " are sent",
                    GANTRY_EF_NOT_APPLIED);
    }
    if (method == "HEAD" && size > 0) throw misuse("a HEAD has no body");
    check_key_part(view(request.key));
    return headers;
}

}  // namespace gantry::rules
