// A text in a definition that was meant as an expression.
#pragma once

#include <gantry/error.hpp>

#include <string>

namespace gantry::host {

/// ` Did you mean "${ .input.id }"?` for a text that names what expressions see, such as .input,
/// and is none, or for the first such text within a list or an object; else nothing.
std::string did_you_mean_expression(const json& value);

}  // namespace gantry::host
