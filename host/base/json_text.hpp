// JSON that stays text: checked once where it enters, cut without building a tree.
#pragma once

#include <gantry/error.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gantry::host {

/// How deep arrays and objects may stand in one another, at every parse.
constexpr int kMaxDepth = 200;

/// Why a text is no JSON, and at which byte.
struct JsonFault {
    std::size_t offset;
    const char* reason;
};

/// Nothing when `text` is one strict JSON value: UTF-8, no lone surrogates, no number beyond a
/// double, nothing after it. One pass, no allocation, no recursion. `max_depth` is at most 1000.
std::optional<JsonFault> find_json_fault(std::string_view text, int max_depth = kMaxDepth);

/// Throws Error TOO_LARGE, or INVALID_DATA naming the byte and the reason. Without flags: whether
/// something was applied is known to the caller only.
void check_json(std::string_view text, std::size_t max_bytes, int max_depth = kMaxDepth);

/// A way into a value: names of members and indices; a negative index counts from the end.
using JsonPath = std::vector<std::variant<std::string, std::int64_t>>;

/// The raw text of the value at `path`, a view into `text`, which must have passed check_json;
/// `null` (a literal) for a missing member, an index out of range, and anything inside null. Of
/// duplicate members the last counts. Throws Error INVALID_DATA, without flags, where a value
/// cannot have such a part.
std::string_view slice(std::string_view text, const JsonPath& path);

/// The raw texts of an array's elements, from a text that must have passed check_json. Throws Error
/// INVALID_DATA, without flags, when it is no array.
std::vector<std::string> elements(std::string_view array);

/// `.steps["x"].y[0]`; the whole value is `.`.
std::string to_text(const JsonPath& path);

/// Members sorted, no blanks: equal values give equal text. Throws Error INVALID_DATA for strings
/// that are not UTF-8.
std::string canonical(const json& value);

/// As one line, whatever it was told: bytes that are no UTF-8 become U+FFFD.
std::string dumped(const json& value);

/// check_json, then the tree. Of duplicate members the last counts.
json parse(std::string_view text, std::size_t max_bytes = std::numeric_limits<std::size_t>::max());

}  // namespace gantry::host
