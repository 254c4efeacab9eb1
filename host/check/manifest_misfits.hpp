// What a host puts up with in a manifest, and its author did not mean.
#pragma once

#include "plugin/manifest.hpp"

namespace gantry::host::check {

/// Each in a line, with its line of plugin.json where that is known: a key given twice, a method
/// that is declared as the interface does not have it, options whose default does not fit, whose
/// format is none for their type, or whose misspelt names nobody would tell.
std::vector<std::string> manifest_misfits(const std::string& text, const Manifest& manifest);

}  // namespace gantry::host::check
