// JSON whose numbers stay what was written: a decimal never goes through a double.
#pragma once

#include <gantry/json.hpp>

namespace erp_odata {

using gantry::json;

/// `text` with every number that is no 64-bit integer as a string, digit by digit. A discarded
/// value for what is no JSON, or has more than 200 levels.
json parse_exact(const std::string& text);

}  // namespace erp_odata
