// Problems are kept as found and sorted when shown.
#include "base/problems.hpp"

#include <algorithm>
#include <tuple>

namespace gantry::host {

void Problems::add(const Place& place, const std::string& path, const std::string& message) {
    problems_.push_back({place, path, message});
}

void Problems::warn(const Place& place, const std::string& path, const std::string& message) {
    warnings_.push_back({place, path, message});
}

std::vector<std::string> Problems::lines(std::vector<Problem> sorted) {
    std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.place.file, a.place.line, a.place.column) <
               std::tie(b.place.file, b.place.line, b.place.column);
    });
    std::vector<std::string> out;
    for (const auto& [place, path, message] : sorted) {
        std::string line = place.file;
        if (place.line > 0) {
            line += ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
        }
        if (!path.empty()) line += ' ' + path;
        out.push_back(line + ": " + message);
    }
    return out;
}

std::string Problems::text() const {
    std::string out;
    for (const auto& line : lines(problems_)) out += (out.empty() ? "" : "\n") + line;
    return out;
}

std::vector<std::string> Problems::warnings() const { return lines(warnings_); }

}  // namespace gantry::host
