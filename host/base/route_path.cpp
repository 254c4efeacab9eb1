// Splits at the slashes and looks at one segment after the other.
#include "base/route_path.hpp"

#include "base/describe.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

namespace gantry::host {
namespace {

std::vector<std::string> segments(const std::string& path) {
    std::vector<std::string> out;
    for (std::size_t at = 1; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        out.push_back(path.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

bool is_parameter(const std::string& segment) {
    return segment.size() >= 2 && segment.front() == '{' && segment.back() == '}';
}

bool is_name(const std::string& text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return c < 0x80 && (std::isalnum(c) != 0 || c == '_');
           });
}

bool is_plain(const std::string& segment) {
    return !segment.empty() && std::all_of(segment.begin(), segment.end(), [](unsigned char c) {
        return c > 0x20 && c < 0x7F &&
               std::string_view("{}?#\"\\<>^`|").find(static_cast<char>(c)) ==
                   std::string_view::npos;
    });
}

}  // namespace

std::string route_path_fault(const std::string& path) {
    static const std::set<std::string> reserved = {"admin", "health", "runs", "metrics"};
    if (path.empty() || path[0] != '/') {
        return "found " + in_quotes(path) + ", expected a path that begins with \"/\"";
    }
    if (path == "/") return "";
    const auto all = segments(path);
    if (reserved.count(all[0]) != 0) {
        return "found " + in_quotes(path) + ", but /" + all[0] +
               " belongs to the host; expected another beginning";
    }
    std::set<std::string> names;
    for (const auto& segment : all) {
        if (!is_parameter(segment)) {
            if (is_plain(segment)) continue;
            return "found the segment " + in_quotes(segment) +
                   ", expected plain ASCII text or one {name} between two slashes";
        }
        const auto name = segment.substr(1, segment.size() - 2);
        if (!is_name(name)) {
            return "found the parameter " + in_quotes(segment) +
                   ", expected letters, digits and \"_\" in the braces, a digit not first";
        }
        if (!names.insert(name).second) {
            return "found the parameter " + in_quotes(segment) + " twice, expected every name once";
        }
    }
    return "";
}

std::string route_shape(const std::string& path) {
    std::string out;
    for (const auto& segment : segments(path)) out += is_parameter(segment) ? "/{}" : "/" + segment;
    return out;
}

}  // namespace gantry::host
