// Open runs whose undo would come to another system than the one that they changed.
#pragma once

#include "plugin/container.hpp"
#include "store/open_runs.hpp"

namespace gantry::host {

/// What is to be said of a module, with what to do.
struct OtherSystem {
    std::string module;
    std::string what;
};

/// Of connectors that call their system by its url, where that has no name of its own: the url that
/// the runs have noted is held against the options as they are now. Asks no system.
std::vector<OtherSystem> other_systems(const std::vector<RunsOfSystem>& open,
                                       const Container& container);

}  // namespace gantry::host
