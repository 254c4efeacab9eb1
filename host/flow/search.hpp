// The fields of an input by which its run is found: "search" of its workflow.
#pragma once

#include "flow/definition.hpp"

namespace gantry::host {

constexpr std::size_t kMaxFields = 8;
constexpr std::size_t kMaxFieldName = 32;
/// In characters; what a value has more is cut off, where it is kept and where it is asked for.
constexpr std::size_t kMaxFieldValue = 200;

/// [a-z0-9_-]{1,32}
bool is_field_name(std::string_view name);

/// Those that the input has: strings, numbers as they are written, true and false. Anything else is
/// left out. The input has passed check_json. Costs nothing where none are declared.
std::vector<FieldRow> fields_of(const Definition& definition, std::string_view input);

}  // namespace gantry::host
