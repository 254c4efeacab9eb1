// The one request that makes of a product's content another one.
#pragma once

#include "refusal.hpp"

namespace product_medusa {

/// What is to be sent so that `now` becomes `target`, of the same product: only what differs, by
/// the names of the content. Empty: nothing.
json body_of(const json& now, const json& target);

/// [{"id": …}, …]
json links_of(const json& ids);

}  // namespace product_medusa
