// The rules of a product's options and variants, which hold together by the options' values.
#pragma once

#include "state.hpp"
#include "write.hpp"

namespace catalogue {

/// Lays `data`'s "options" and "variants", where given, over `state`: each replaces the whole set,
/// options matched by id or title, values by id or text, variants by id. A variant whose options
/// are given, and no other, must have one value of each option, and no other variant the same ones.
/// Throws INVALID_DATA, NOT_APPLIED.
void apply_variants_and_options(const Write& write, json& state, const json& data, bool is_new);

/// Makes `variants`, at the end.
void add_variants(const Write& write, json& state, json variants);

/// All variants of a state, each as it is.
json as_they_are(const json& state);

/// Makes the values of the option with that id `given`, by their texts or, as {"id", "value"}, by
/// their ids; what is missing is made.
void set_values(const Write& write, json& state, const std::string& option_id, const json& given);

/// After options or values of `before` were taken out of `state`: an option that is gone takes its
/// values out of the variants, a value alone may not go while a variant has it (INVALID_DATA).
void settle_options(json& state, const json& before);

}  // namespace catalogue
