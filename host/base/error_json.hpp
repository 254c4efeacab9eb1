// Errors as rows and answers show them.
#pragma once

#include <gantry/error.hpp>

#include <string>
#include <vector>

namespace gantry::host {

/// Numbers of the host's own, beside those of abi.h.
inline constexpr gantry_status kKeyReused = GANTRY_ERROR(GANTRY_CLASS_INPUT, 100);

/// A member of an error's details: its message to who is not told the whole.
inline constexpr const char* kForAnyone = "for_anyone";

/// "REJECTED"; "RETRYABLE/17" for a number this host does not know.
std::string code_name(gantry_status code);
/// The number of such a name; INTERNAL for one that nobody has.
gantry_status code_named(std::string_view name);
/// All that have a name.
std::vector<std::string> code_names();
/// "PERMANENT"; an unknown class counts as that.
std::string class_name(gantry_status code);

/// {code, class, message, flags?, details?}
json to_json(const Error& error);

}  // namespace gantry::host
