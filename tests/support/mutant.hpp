// A guard taken out, to see a test notice it.
#pragma once

#include "base/fault.hpp"

#include <string>

namespace gantry::test {

/// Does `look` without the guard; in a Release build, which has all of them, nothing.
template <typename Look>
void without_guard([[maybe_unused]] const std::string& guard, [[maybe_unused]] Look look) {
#ifdef GANTRY_FAULTS
    host::fault::arm("", guard);
    look();
    host::fault::arm("");
#endif
}

}  // namespace gantry::test
