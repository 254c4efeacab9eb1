// Single values as Tryton writes them in JSON, and as the mapping has them: decimals as canonical
// texts, dates as "2030-01-31".
#pragma once

#include <gantry/json.hpp>

namespace erp_tryton {

using gantry::json;

/// Whether a field of this type of the mapping can be kept in one of that type of Tryton.
bool fits(const std::string& mapped, const std::string& theirs);

/// A number as a canonical decimal: of a float the fewest digits that are it and no other float,
/// which are those that Tryton shows.
std::string decimal_of(const json& number);

/// `theirs` is Tryton's type of the field: char, text, selection, integer, float, numeric, boolean
/// or date. Throws Error INTERNAL for another form than Tryton writes.
json from_wire(const std::string& theirs, const json& value);

/// Takes back from_wire. Throws Error REJECTED, NOT_APPLIED, for a decimal that their float cannot
/// hold exactly, and for a text that is no date.
json to_wire(const std::string& theirs, const json& value);

}  // namespace erp_tryton
