// What a snapshot keeps of a state: readable while it is small. Of a large one the rows below the
// product are packed, {"product": […], "rest": {"zlib": base64, "bytes": unpacked}}, so that the
// undo data of thousands of variants has room in a run.
#pragma once

#include <gantry/json.hpp>

namespace catalogue {

using gantry::json;

constexpr std::size_t kMostReadable = std::size_t{64} << 10;
constexpr std::size_t kMostKept = std::size_t{1} << 20;
constexpr std::size_t kMostUnpacked = std::size_t{16} << 20;

/// `state` as a snapshot keeps it. Throws TOO_LARGE, NOT_APPLIED, with size and limit when it has
/// more than kMostKept then, or more than kMostUnpacked before.
json kept(json state);

/// The state that kept() was given. Throws INVALID_DATA, NOT_APPLIED, that says what is wrong with
/// it; it needs no more memory than kMostUnpacked allows, whatever it is given.
json unkept(const json& state);

}  // namespace catalogue
