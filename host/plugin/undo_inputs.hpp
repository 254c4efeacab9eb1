// What the methods are asked with that a definition's "undo" names.
#pragma once

#include "flow/expression.hpp"

#include <optional>
#include <string>

namespace gantry::host {

/// Of `record`: what `with` makes of .input; without it the members of `input` that the method's
/// `schema` knows, as they are written, or all where it does not say which it knows. Throws what
/// Template::evaluate throws.
std::string record_input(const std::optional<Template>& with, const std::string& input,
                         const json& schema);

/// Of `call`: what `with` makes of .input, .output and .undo, of which nothing is null. So is a
/// path that leads nowhere there: an undo is asked for whatever shape the answer had, since no
/// retry would give it another one.
std::string undo_input(const Template& with, const std::string& input,
                       const std::optional<std::string>& output,
                       const std::optional<std::string>& undo);

}  // namespace gantry::host
