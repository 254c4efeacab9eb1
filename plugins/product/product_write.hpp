// One product changed: loaded, edited, and written under its new version with what happened to it.
#pragma once

#include <functional>
#include <vector>

#include "state.hpp"
#include "write.hpp"

namespace catalogue {

/// The state of a product that is not deleted. Throws NOT_FOUND, and REJECTED when the request's
/// step was undone for it.
json load_to_write(const Write& write, const std::string& id);

/// Writes `after` where `before` was, null is no product, and notes that the request did.
void save(const Write& write, const json& before, json after);

/// Writes products that are new.
void save_new(const Write& write, std::vector<json> states);

/// load_to_write, `change`, save; the product's time of change moves where its content did.
void edit(const Write& write, const std::string& id,
          const std::function<void(json& state)>& change);

}  // namespace catalogue
