// Damerau-Levenshtein distance (optimal string alignment) over bytes, three rows at a time.
#include "base/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace gantry::host {
namespace {

constexpr std::size_t kLongest = 64;  // the cost grows with the product of the lengths

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& known) {
    if (name.size() > kLongest) return std::nullopt;
    std::size_t best = (name.size() + 2) / 3 + 1;
    std::optional<std::string> found;
    for (const auto& candidate : known) {
        if (candidate.size() > kLongest) continue;
        const auto d = distance(name, candidate);
        if (d < best && d < name.size()) {
            best = d;
            found = candidate;
        }
    }
    return found;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
    const auto near = nearest(name, known);
    return near ? " Did you mean \"" + *near + "\"?" : "";
}

std::string did_you_mean_or_known(std::string_view name, const std::vector<std::string>& known) {
    auto hint = did_you_mean(name, known);
    if (!hint.empty() || known.empty()) return hint;
    for (const auto& one : known) hint += (hint.empty() ? " Known: " : ", ") + one;
    return hint + ".";
}

}  // namespace gantry::host
