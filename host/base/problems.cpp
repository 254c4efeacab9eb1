// Problems are kept as found and sorted when shown.
#include "base/problems.hpp"

#include <algorithm>
#include <tuple>

namespace gantry::host {

void Problems::add(const Place& place, const std::string& path, const std::string& message) {
    problems_.push_back({place, path, message});
}

std::string Problems::text() const {
    auto sorted = problems_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.place.file, a.place.line, a.place.column) <
               std::tie(b.place.file, b.place.line, b.place.column);
    });
    std::string out;
    for (const auto& [place, path, message] : sorted) {
        if (!out.empty()) out += '\n';
        out += place.file;
        if (place.line > 0) {
            out += ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
        }
        if (!path.empty()) out += ' ' + path;
        out += ": " + message;
    }
    return out;
}

}  // namespace gantry::host
