// The known name that a mistyped one was probably meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::host {

/// The nearest of `known`, at most a third of the name's length (rounded up) of edits away, where
/// swapped neighbours are one edit; the first of several. Names over 64 bytes have none.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& known);

/// ` Did you mean "database"?`, or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

/// As did_you_mean; where nothing is near, ` Known: a, b.`
std::string did_you_mean_or_known(std::string_view name, const std::vector<std::string>& known);

}  // namespace gantry::host
