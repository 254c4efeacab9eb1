// The rules of a product's options and variants, which hold together by the options' values.
#pragma once

#include "state.hpp"
#include "write.hpp"

namespace catalogue {

/// Lays `data`'s "options" and "variants", where given, over `state`: each replaces the whole set,
/// options matched by title, values by text, variants by id. Throws INVALID_DATA, NOT_APPLIED.
void apply_variants_and_options(const Write& write, json& state, const json& data, bool is_new);

}  // namespace catalogue
