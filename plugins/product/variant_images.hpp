// Which images of its product a variant has: addImageToVariant, removeImageFromVariant.
#pragma once

#include "state.hpp"
#include "write.hpp"

namespace catalogue {

/// `pairs`: {"variant_id", "image_id"}, one or a list; gives them back. What is so already stays
/// so. Throws NOT_FOUND for a variant that is none, INVALID_DATA for an image that its product has
/// not.
json add_images(const Write& write, const json& pairs);
/// As add_images; pairs that are none are passed over.
json remove_images(const Write& write, const json& pairs);

/// Takes out of `state` the pairs whose variant or image it has no more.
void settle_images(json& state);

}  // namespace catalogue
