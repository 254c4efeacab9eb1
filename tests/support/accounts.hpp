// The invariant of a store without its host: an unfinished run is owned, or due at a time, or
// listed with a reason.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gantry::test {

/// A line for each run of this file that no next host would go on with and nobody is shown. Whoever
/// owned one is dead, and the next host takes it. Empty where there is no such file. Writes
/// nothing.
std::vector<std::string> unaccounted_runs(const std::filesystem::path& store);

}  // namespace gantry::test
