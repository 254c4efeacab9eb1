// Which values a property keeps as they are. What it would round, cut off or move is refused before
// it is sent: a service may do it and say nothing.
#pragma once

#include "protocol.hpp"

namespace erp_odata {

/// Empty where the property keeps `value`, a canonical one that is not null, to the last digit;
/// else what it takes instead: "a day as \"2026-11-25\"". Of a type that is not known here any
/// value is kept.
std::string expected_by(const Property& property, const json& value);

/// Throws Error REJECTED, NOT_APPLIED where it does not keep `value`, which `name` is to become;
/// `found` is what was given for it.
void require_kept(const std::string& name, const json& found, const Property& property,
                  const json& value);

}  // namespace erp_odata
