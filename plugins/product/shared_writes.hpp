// Writes of what products share: tags, types, collections, categories.
#pragma once

#include "entities.hpp"
#include "write.hpp"

namespace catalogue {

/// All answer the row as it is then, or the rows of a list. Throw Error, NOT_APPLIED.
json create_shared(const Write& write, const Entity& entity, const json& list, const json& input);
/// `input`: {"data"}
json update_shared(const Write& write, const Entity& entity, const std::string& id,
                   const json& input);
/// Products that have one of them lose it. Ids that are not there are passed over.
void remove_shared(const Write& write, const Entity& entity, const json& ids);
/// {"product_tag_id": […]} of what was deleted softly, or is there again; products keep what they
/// have, and do not show it meanwhile. Categories with those below them.
json soft_delete_shared(const Write& write, const Entity& entity, const json& ids);
json restore_shared(const Write& write, const Entity& entity, const json& ids);

}  // namespace catalogue
