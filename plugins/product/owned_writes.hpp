// Writes of what belongs to one product: variants, options, their values, images. Each is an edit
// of the product, which gets a new version.
#pragma once

#include "entities.hpp"
#include "write.hpp"

namespace catalogue {

/// Variants answer with their options, options with their values. Throw Error, NOT_APPLIED.
json create_owned(const Write& write, const Entity& entity, const json& list, const json& input);
/// `input`: {"data"}
json update_owned(const Write& write, const Entity& entity, const std::string& id,
                  const json& input);
/// Ids that are not there are passed over.
void remove_owned(const Write& write, const Entity& entity, const json& ids);
/// {"variant_id": […]} of what was deleted softly, or is there again.
json soft_delete_owned(const Write& write, const Entity& entity, const json& ids);
json restore_owned(const Write& write, const Entity& entity, const json& ids);

}  // namespace catalogue
