// What `gantry check --live` leaves out, and why: a real system is asked for one product only, and
// is given no values but those of contract.json.
#pragma once

#include "check/check.hpp"
#include "check/subject.hpp"

namespace gantry::host::check {

/// Why this check is not made of a real system; empty: it is. What nobody has looked at is not.
std::string_view not_live(const Check& check);

/// Why this call may change more than the live product; nothing: it does not, or none is given.
/// `step` or `method` is empty.
std::optional<std::string> strays(Subject& subject, const std::string& step,
                                  const std::string& method, const json& input);

/// Why this scenario is not played; nothing: it is.
std::optional<std::string> left_out(Subject& subject, const Scenario& scenario);

}  // namespace gantry::host::check
