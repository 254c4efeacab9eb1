// What happened to products, variants and options, for whoever wants to follow: written with the
// change itself, read by number.
#pragma once

#include <vector>

#include "write.hpp"

namespace catalogue {

/// Notes what makes `after` of `before`: null is no product. "product.product.created",
/// "product.product-variant.updated", "product.product-option.deleted", "….restored".
void note_events(const Write& write, const json& before, const json& after);

/// note_events of products that are new.
void note_created(const Write& write, const std::vector<json>& states);

/// {"events": [{seq, name, id, product_id, at}], "next"}: those after number `since` (0: from the
/// first one that is kept, thirty days), `limit` at most (100). `next` is the `since` of the next
/// call.
json list_events(soci::session& sql, const json& input);

/// Forgets some of those recorded before `time`, never the last one: numbers are not given twice.
void prune_events(soci::session& sql, const std::string& time);

}  // namespace catalogue
