// What a product's content is to be after an update, worked out before anything is sent.
#pragma once

#include "refusal.hpp"

namespace product_medusa {

/// `data` of updateProducts laid over the content `now`: given replaces, absent stays, null clears;
/// metadata is merged, and "" deletes a key. Of tags, categories, type and collection it names ids.
/// An image or a variant that is new has no "id". Throws Error INVALID_DATA, and REJECTED for what
/// the admin API cannot do or could not take back.
json target_of(const json& now, const json& data);

/// `target`, its new images and variants replaced by those of `content` that fit them.
json with_made(json target, const json& content);

/// `given` laid over one row: see target_of.
void lay_over(json& row, const json& given);
/// Whether `row` has all that is given of it already.
bool fits(const json& row, const json& given);

/// The variants of a product with these laid over them.
json target_variants(const json& now, const json& given);

}  // namespace product_medusa
