// jq's numbers are doubles. What they keep, what they do not, and how they are written.
#pragma once

#include <string>
#include <string_view>

namespace gantry::host {

/// Whether a number written like this has the same value once it went through a double: 0.10 does,
/// 12345678901234567890 does not.
bool jq_keeps(std::string_view number);

/// Whole numbers in full, others with as few digits as give the same double. `number` is finite.
std::string jq_number(double number);

/// Throws Error INVALID_DATA that names the first number in a JSON text which jq does not keep, and
/// its place. The text must have passed check_json.
void check_jq_numbers(std::string_view text);

}  // namespace gantry::host
