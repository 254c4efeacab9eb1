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

inline HttpResponse send_http(Host& host, const json& options, ActiveCall& call,
                              const gantry_http_request& request) {
    if (rules::http_denies(request)) {
        const std::lock_guard lock(call.mutex);
        call.deny_write();
        return {.status = 0};
    }
    HttpRequest sent{std::string(view(request.method)),
                     std::string(view(request.url)),
                     {},
                     std::string(view(request.body))};
    for (const auto& [header, value] : rules::check_http_request(request)) {
        sent.headers[lower_case(header)] = value;
    }
    const std::string what = sent.method + " " + sent.url;
    if (const auto name = host_of(sent.url); !names_host(options, name)) {
        throw Error(GANTRY_E_CONFIG, what + ": no option of the module names the host " + name,
                    GANTRY_EF_NOT_APPLIED);
    }
    const bool writes = rules::http_writes(request);
    if (writes) {
        const auto key = call.admit(rules::http_write(request, ""));
        if (!key.empty()) sent.headers.emplace("idempotency-key", key);
    }
    {
        const std::lock_guard lock(call.mutex);
        if (call.cancelled)
            throw Error(GANTRY_E_CANCELLED, what + ": the call was told to stop",
                        GANTRY_EF_NOT_APPLIED);
    }
    const auto now = host.clock().now();
    auto until = now + rules::left_for_others(call.deadline - now);
    if (request.timeout_ms != 0) {
        until = std::min(until, now + std::chrono::milliseconds(request.timeout_ms));
    }
    if (until <= now) {
        throw Error(GANTRY_E_DEADLINE, what + ": no answer came within the time there was",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto turn = host.http().take(sent);
    if (!turn) {
        not_scripted(
            call, what,
            "host.http().on(\"" + sent.method + "\", \"" + sent.url + "\").answers(200, {...})");
    }
    const Asked asked{what, writes, writes ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED,
                      until};
    return happen(host, call, *turn, sent, asked);
}

}  // namespace gantry::testing::detail
