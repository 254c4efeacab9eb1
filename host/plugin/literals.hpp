// What can be told of a template before any of its expressions has a value.
#pragma once

#include "base/schema.hpp"

namespace gantry::host {

/// How the literal parts of `with`, a template, misfit `schema`: pointers are those within `with`.
/// What an expression stands for may be anything. Empty for a schema that is none.
std::vector<Violation> misfits_of_literals(const json& schema, const json& with);

}  // namespace gantry::host
