// A list in order of precedence, walked for each request: there are a few dozen at most.
#include "api/router.hpp"

#include "api/target.hpp"

#include <algorithm>
#include <set>

namespace gantry::host {
namespace {

bool is_parameter(const std::string& segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    return std::equal(
        pattern.begin(), pattern.end(), path.begin(), path.end(),
        [](const auto& p, const auto& s) { return is_parameter(p) ? !s.empty() : p == s; });
}

std::vector<bool> rank(const std::vector<std::string>& pattern) {
    std::vector<bool> out;
    for (const auto& segment : pattern) out.push_back(is_parameter(segment));
    return out;
}

}  // namespace

void Router::add(Route route) {
    Entry entry{std::move(route), {}};
    entry.segments = split_path(entry.route.pattern);
    const auto at = std::upper_bound(
        entries_.begin(), entries_.end(), entry,
        [](const auto& a, const auto& b) { return rank(a.segments) < rank(b.segments); });
    entries_.insert(at, std::move(entry));
}

Router::Match Router::match(const std::string& method, const std::vector<std::string>& path) const {
    Match match;
    std::set<std::string> methods;
    for (const auto& entry : entries_) {
        if (!fits(entry.segments, path)) continue;
        const auto& route = entry.route;
        methods.insert(route.method);
        if (route.head) methods.insert("HEAD");
        if (route.method != method && !(route.head && method == "HEAD")) continue;
        match.route = &route;
        for (std::size_t i = 0; i < path.size(); ++i) {
            const auto& segment = entry.segments[i];
            if (!is_parameter(segment)) continue;
            match.parameters[segment.substr(1, segment.size() - 2)] = path[i];
        }
        return match;
    }
    for (const auto& each : methods) match.allow += (match.allow.empty() ? "" : ", ") + each;
    return match;
}

}  // namespace gantry::host
