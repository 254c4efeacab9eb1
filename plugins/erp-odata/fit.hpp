// Whether a mapping file fits a service: every property it names has to be there, of a type that
// its values fit.
#pragma once

#include "layout.hpp"
#include "metadata.hpp"

namespace erp_odata {

/// `source` with what $metadata says of lengths and decimals where it says nothing. Throws Error
/// CONFIG with every mistake and the nearest name that exists.
json fitted(json source, const Layout& layout, const Metadata& metadata);

}  // namespace erp_odata
