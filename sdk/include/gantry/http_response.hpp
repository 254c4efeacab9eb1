// An answer over HTTP, and the error that its status stands for.
#pragma once

#include <gantry/http_status.hpp>
#include <gantry/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>

namespace gantry {

using HttpHeaders = std::map<std::string, std::string>;

struct HttpResponse {
    std::uint32_t status = 0;
    HttpHeaders headers;  // names in lower case
    std::string body;
    std::string request;  // "PUT https://acme.example", for messages
    bool wrote = false;   // the request may have changed something

    /// Empty when there is none.
    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }

    /// The body. Throws Error UNAVAILABLE for one that is no JSON, such as a proxy's page, or is of
    /// more than 200 levels, which no payload may have.
    nlohmann::json json() const {
        bool deep = false;
        const auto in_bounds = [&deep](int depth, auto, auto&) {
            deep = deep || depth > kDeepest;
            return !deep;
        };
        auto value = nlohmann::json::parse(body, in_bounds, /*allow_exceptions=*/false);
        if (!deep && !value.is_discarded()) return value;
        throw Error(GANTRY_E_UNAVAILABLE,
                    request + " answered " + std::to_string(status) +
                        " with something that is no JSON of at most 200 levels (" +
                        (header("content-type").empty() ? "no type" : header("content-type")) + ")",
                    wrote ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED);
    }

    /// Itself when the status is 2xx. Throws Error otherwise, see sdk/README.md, with what the
    /// answer says in `message`, `error`, `detail` or `title`, and {status, answer} as details.
    const HttpResponse& require_ok() const {
        if (status >= 200 && status < 300) return *this;
        nlohmann::json details = {{"status", status}};
        const auto answer = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
        if (answer.is_structured() && body.size() <= kShownBody) details["answer"] = answer;
        throw Error(code(), request + " answered " + std::to_string(status) + reason(answer),
                    flags(), std::move(details), retry_after());
    }

private:
    static constexpr std::size_t kShownBody = 4096;
    static constexpr int kDeepest = 200;

    gantry_status code() const {
        switch (status) {
            case 401:
            case 403:
            case 407:
                return GANTRY_E_AUTH;
            case 404:
            case 410:
                return GANTRY_E_NOT_FOUND;
            case 409:
            case 412:
                return GANTRY_E_CONFLICT;
            case 413:
                return GANTRY_E_TOO_LARGE;
            case 429:
                return GANTRY_E_RATE_LIMITED;
            case 408:
                return GANTRY_E_UNAVAILABLE;
            default:
                if (status < 400) return GANTRY_E_CONFIG;
                return status < 500 ? GANTRY_E_REJECTED : GANTRY_E_UNAVAILABLE;
        }
    }

    // 3xx may be the way to what a write has made.
    std::uint32_t flags() const {
        return !wrote || http_refuses(status) ? GANTRY_EF_NOT_APPLIED : GANTRY_EF_MAYBE_APPLIED;
    }

    std::string reason(const nlohmann::json& answer) const {
        if (status < 400) {
            auto target = header("location");
            const auto host = target.find("://");
            if (host != std::string::npos)
                target = target.substr(0, target.find_first_of("/?#", host + 3));
            return " and points to " + (host == std::string::npos ? "another path" : target) +
                   "; redirects are not followed, so configure where it leads";
        }
        if (!answer.is_object()) return "";
        for (const char* name : {"message", "error", "detail", "title"}) {
            auto text = answer.value(name, nlohmann::json());
            if (text.is_object()) text = text.value("message", nlohmann::json());
            if (text.is_string()) return ": " + text.get<std::string>();
        }
        return "";
    }

    // Seconds, or a date, as the server's clock has it. At most a day.
    std::chrono::milliseconds retry_after() const {
        using std::chrono::seconds;
        const auto text = header("retry-after");
        long long left = 0;
        if (const auto when = date(text)) {
            left = *when - date(header("date")).value_or(std::time(nullptr));
        } else if (std::sscanf(text.c_str(), "%9lld", &left) != 1) {
            return {};
        }
        return seconds(std::min(std::max(left, 0LL), 86'400LL));
    }

    /// "Wed, 21 Oct 2015 07:28:00 GMT"
    static std::optional<std::time_t> date(const std::string& text) {
        constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
        std::tm at{};
        std::array<char, 4> month{};
        if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &at.tm_mday,
                        month.data(), &at.tm_year, &at.tm_hour, &at.tm_min, &at.tm_sec) != 6) {
            return std::nullopt;
        }
        const auto found = kMonths.find(month.data());
        if (found == std::string_view::npos || found % 3 != 0) return std::nullopt;
        at.tm_mon = static_cast<int>(found / 3);
        at.tm_year -= 1900;
        return timegm(&at);
    }
};

}  // namespace gantry
