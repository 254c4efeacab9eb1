// createProducts, updateProducts, deleteProducts, softDeleteProducts, restoreProducts.
#pragma once

#include "entities.hpp"
#include "write.hpp"

namespace catalogue {

/// All answer products, or {"product_id": […], "variant_id": […], …} of what was deleted softly or
/// is there again. Products come with the relations that `input` names, else with every one. Throw
/// Error, NOT_APPLIED.
json create_products(const Write& write, const Entity& entity, const json& list, const json& input);
/// `input`: {"data", "if_version"?, "relations"?}
json update_product(const Write& write, const Entity& entity, const std::string& id,
                    const json& input);
void remove_products(const Write& write, const Entity& entity, const json& ids);
json soft_delete_products(const Write& write, const Entity& entity, const json& ids);
json restore_products(const Write& write, const Entity& entity, const json& ids);

}  // namespace catalogue
