// What a violated keyword means, in words.
#pragma once

#include "base/schema.hpp"

namespace gantry::host {

/// The violations of `keyword` of the schema `node` by `value`, which stands at `pointer`; several
/// for missing and unknown fields. For "additionalProperties" `value` is the object, `pointer` the
/// unknown field. `secret`: show nothing of the value.
std::vector<Violation> explain(const json& node, const std::string& keyword, const json& value,
                               const std::string& pointer, bool secret);

}  // namespace gantry::host
