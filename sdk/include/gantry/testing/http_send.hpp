// The extension gantry.http/1 of the fake host: what http.h promises, against scripted systems.
#pragma once

#include <gantry/testing/request.hpp>

namespace gantry::testing::detail {

/// "acme.example" of "https://acme.example:8443/a?b"; empty when it is no such URL.
inline std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return "";
    if (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https") return "";
    auto host = url.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    if (host.find('@') != std::string_view::npos) return "";
    const auto end = host.starts_with('[') ? host.find(']') + 1 : host.find(':');
    return lower_case(std::string(host.substr(0, end)));
}

/// Whether one of the options is a URL of that host.
inline bool names_host(const json& options, const std::string& host) {
    if (options.is_string()) return host_of(options.get_ref<const std::string&>()) == host;
    if (!options.is_structured()) return false;
    return std::any_of(options.begin(), options.end(),
                       [&](const json& value) { return names_host(value, host); });
}

inline bool is_write(const gantry_http_request& request) {
    const auto method = view(request.method);
    return (request.flags & GANTRY_HTTP_READS) == 0 && method != "GET" && method != "HEAD" &&
           method != "OPTIONS";
}

inline Headers headers_of(const gantry_http_request& request) {
    Headers headers;
    if (request.headers.len == 0) return headers;
    const auto given = json::parse(view(request.headers), nullptr, false);
    const auto is_text = [](const json& value) { return value.is_string(); };
    if (!given.is_object() || !std::all_of(given.begin(), given.end(), is_text)) {
        throw Error(
            GANTRY_E_MISUSE,
            "headers: expected a JSON object of texts; found " + std::string(view(request.headers)),
            GANTRY_EF_NOT_APPLIED);
    }
    for (const auto& [name, value] : given.items()) headers[lower_case(name)] = value;
    return headers;
}

inline HttpResponse send_http(Host& host, const json& options, ActiveCall& call,
                              const gantry_http_request& request) {
    constexpr std::size_t kMostBytes = std::size_t{16} << 20;
    HttpRequest sent{std::string(view(request.method)), std::string(view(request.url)),
                     headers_of(request), std::string(view(request.body))};
    const std::string what = sent.method + " " + sent.url;
    const auto name = host_of(sent.url);
    const auto refuse = [](gantry_status code, const std::string& why) {
        throw Error(code, why, GANTRY_EF_NOT_APPLIED);
    };
    if (name.empty()) {
        refuse(GANTRY_E_MISUSE, "\"" + sent.url + "\" is no absolute http or https URL");
    }
    if (!names_host(options, name)) {
        refuse(GANTRY_E_CONFIG, what + ": no option of the module names the host " + name);
    }
    if (sent.body.size() > kMostBytes) {
        refuse(GANTRY_E_TOO_LARGE, what + ": the body has more than 16 MiB");
    }
    const bool writes = is_write(request);
    if (writes) {
        const auto key = call.key_of_write("http", view(request.key));
        if (!call.key.empty()) sent.headers.emplace("idempotency-key", key);
    }
    {
        const std::lock_guard lock(call.mutex);
        if (call.cancelled)
            throw Error(GANTRY_E_CANCELLED, what + ": the call was told to stop",
                        GANTRY_EF_NOT_APPLIED);
    }
    auto until = call.deadline;
    if (request.timeout_ms != 0) {
        until = std::min(until, host.clock().now() + std::chrono::milliseconds(request.timeout_ms));
    }
    const auto turn = host.http().take(sent);
    if (!turn) {
        not_scripted(
            call, what,
            "host.http().on(\"" + sent.method + "\", \"" + sent.url + "\").answers(200, {...})");
    }
    const Asked asked{what, writes, writes ? GANTRY_EF_MAYBE_APPLIED : 0U, until};
    return happen(host, call, *turn, sent, asked);
}

}  // namespace gantry::testing::detail
