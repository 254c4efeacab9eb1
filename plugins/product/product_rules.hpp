// The rules of createProducts and updateProducts: what given data makes of a product's state.
#pragma once

#include "state.hpp"
#include "write.hpp"

namespace catalogue {

/// The state of a product made of `data`. Throws Error, NOT_APPLIED, when a rule is broken. Tags,
/// types and collections named by value are made on the way.
json created_state(const Write& write, json data);

/// Lays `data` over `state`; else as created_state. `state` is half changed when it throws.
void apply_changes(const Write& write, json& state, const json& data);

}  // namespace catalogue
