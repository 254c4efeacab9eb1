// The known name that a mistyped one was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mapping {

/// How many bytes have to be put in, taken out or changed to make one of the other.
std::size_t edits(std::string_view a, std::string_view b);

/// `; did you mean "GrossWeight"?`, or `; known: a, b` of at most ten where nothing is near.
std::string nearest_of(std::string_view name, const std::vector<std::string>& known);

}  // namespace mapping
