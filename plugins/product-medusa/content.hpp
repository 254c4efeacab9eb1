// The content of a product: all that an undo has to bring back, and what a version is a tag of.
#pragma once

#include "refusal.hpp"

namespace product_medusa {

/// Of a product as Medusa shows it, without times. Its own fields as they are; of tags, categories
/// and sales channels which they are; "images", each with the "variants" it is bound to or null
/// where it belongs to all; "options" with their values; "variants" with {option: value} and
/// prices. In an order of its own. Throws Error UNAVAILABLE for anything else; `wrote`: a write
/// answered it.
json content_of(const json& product, bool wrote = false);

/// Equal content has an equal one, whenever it was written. Null of null.
json version_of(const json& content);

/// Whether this is no field of the product itself but something that belongs to it.
bool is_relation(const std::string& name);

}  // namespace product_medusa
