// The product of a real system: kept as it was before the checks, put back, and compared. Each of
// these is made as a check is, in a process of its own, since the plugin itself is asked.
#pragma once

#include "check/check.hpp"
#include "check/subject.hpp"

namespace gantry::host::check {

/// What the settings' `kept` holds. Throws Error CONFIG where that is not their product.
json read_kept(const SubjectSettings& settings);

/// Keeps the product, and those that are only watched, in the settings' `kept`.
extern const Check kKeepProduct;
/// Where the product is not as it was, restoreProduct puts it back; then all are compared.
extern const Check kRestoreProduct;
/// Where that did not do it, the fields that differ are written; the product is compared.
extern const Check kRewriteProduct;

}  // namespace gantry::host::check
