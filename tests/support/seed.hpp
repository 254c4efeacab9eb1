// The seed of a test that draws: printed, and GANTRY_SEED=n repeats it.
#pragma once

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace gantry::test {

inline unsigned seed() {
    const char* given = std::getenv("GANTRY_SEED");  // NOLINT: no other thread runs yet
    const unsigned drawn =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    std::cout << "again with: GANTRY_SEED=" << drawn << '\n';
    return drawn;
}

/// A number in [from, to].
template <typename Number>
Number draw(std::mt19937& random, Number from, Number to) {
    return std::uniform_int_distribution<Number>(from, to)(random);
}

}  // namespace gantry::test
