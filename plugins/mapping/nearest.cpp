// Levenshtein distance over bytes, one row at a time; a third of the name's length is near.
#include "mapping/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace mapping {
namespace {

constexpr std::size_t kLongest = 64;  // the cost grows with the product of the lengths
constexpr std::size_t kShown = 10;

}  // namespace

std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

std::string nearest_of(std::string_view name, const std::vector<std::string>& known) {
    std::size_t best = (name.size() + 2) / 3 + 1;
    std::string found;
    for (const auto& candidate : known) {
        if (std::max(name.size(), candidate.size()) > kLongest) continue;
        if (const auto d = edits(name, candidate); d < best) {
            best = d;
            found = candidate;
        }
    }
    if (!found.empty()) return "; did you mean \"" + found + "\"?";
    std::string names;
    for (std::size_t i = 0; i < known.size() && i < kShown; ++i) {
        names += (names.empty() ? "; known: " : ", ") + known[i];
    }
    return names + (known.size() > kShown ? ", …" : "");
}

}  // namespace mapping
