// What contract.json names and neither the plugin nor the checker has.
#pragma once

#include "base/document.hpp"
#include "plugin/manifest.hpp"

namespace gantry::host::check {

/// `contract` fits its schema. `manifest` null: the plugin's names are not known.
void find_misfits(const Document& contract, const Manifest* manifest, Problems& problems);

}  // namespace gantry::host::check
