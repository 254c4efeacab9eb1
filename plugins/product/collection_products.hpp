// Which products a collection has, said by the collection.
#pragma once

#include "write.hpp"

namespace catalogue {

/// The collection has the products `ids` then and no others. Throws NOT_FOUND for one that is not
/// there, INVALID_DATA for what is no list.
void set_products(const Write& write, const std::string& collection, const json& ids);

}  // namespace catalogue
