// Cut first and decoded afterwards, so that an escaped slash belongs to its segment.
#include "api/target.hpp"

#include "base/describe.hpp"
#include "base/lower_case.hpp"
#include "base/utf8.hpp"

namespace gantry::host {
namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
        const int low = high < 0 ? -1 : hex(text[i + 2]);
        if (low < 0) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "found " + in_quotes(text) + " in the URL, expected two hex digits after %",
                        GANTRY_EF_NOT_APPLIED);
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    const char* const end = out.data() + out.size();
    for (const char* p = out.data(); p != end;) {
        const auto n = utf8_length(p, end);
        if (n == 0) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "found " + in_quotes(text) + " in the URL, which is not UTF-8",
                        GANTRY_EF_NOT_APPLIED);
        }
        p += n;
    }
    return out;
}

}  // namespace

std::pair<std::optional<std::string>, std::string> split_target(std::string_view target) {
    const auto scheme = in_lower_case(std::string(target.substr(0, target.find("://"))));
    if (scheme != "http" && scheme != "https") return {std::nullopt, std::string(target)};
    target.remove_prefix(scheme.size() + 3);
    const auto end = std::min(target.find_first_of("/?#"), target.size());
    const auto rest = target.substr(end);
    return {std::string(target.substr(0, end)),
            (rest.starts_with('/') ? "" : "/") + std::string(rest)};
}

std::string_view path_of(std::string_view target) {
    return target.substr(0, std::min(target.find_first_of("?#"), target.size()));
}

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> out;
    for (std::size_t at = 1; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        out.emplace_back(path.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

Target parse_target(std::string_view target) {
    const auto path = path_of(target);
    Target out;
    if (!path.starts_with('/')) {
        throw Error(
            GANTRY_E_INVALID_DATA,
            "found the target " + in_quotes(path) + ", expected a path that begins with \"/\"",
            GANTRY_EF_NOT_APPLIED);
    }
    for (const auto& segment : split_path(path)) out.path.push_back(decode(segment, false));
    target.remove_prefix(path.size());
    if (!target.starts_with('?')) return out;
    target = target.substr(1, target.find('#') - 1);
    while (!target.empty()) {
        const auto end = std::min(target.find('&'), target.size());
        const auto pair = target.substr(0, end);
        target.remove_prefix(std::min(end + 1, target.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        out.query.emplace_back(decode(pair.substr(0, equals), true), decode(value, true));
    }
    return out;
}

bool is_admin(std::string_view target) {
    auto path = path_of(target);
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
    try {
        return decode(path.substr(0, path.find('/')), false) == "admin";
    } catch (const Error&) {
        return false;
    }
}

std::string told_path(std::string_view target) {
    constexpr std::size_t kMost = 200;
    const auto path = path_of(target);
    return std::string(path.substr(0, kMost)) + (path.size() > kMost ? "..." : "");
}

}  // namespace gantry::host
