// The time that all checks together may take, told as it grows.
#pragma once

#include "check/child.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace gantry::host::check {

class Pace {
public:
    using Say = std::function<void(const std::string& text)>;

    Pace(std::chrono::milliseconds most, Say say) : most_(most), say_(std::move(say)) {}

    /// None below 0.
    std::chrono::milliseconds left() const;
    /// Tells once for each quarter of the time that is over after this one, the `n`th of `of`.
    void took(const Finding& finding, std::size_t n, std::size_t of);
    /// "300 s for all checks are over; the slowest: deadline 31 s, cancel 20 s"
    std::string over() const;

private:
    std::string slowest() const;

    const std::chrono::milliseconds most_;
    const Say say_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    const std::chrono::milliseconds quarter_ = std::max(std::chrono::milliseconds(1), most_ / 4);
    std::chrono::milliseconds tell_after_ = quarter_;
    std::multimap<double, std::string_view, std::greater<>> times_;  // seconds → check
};

}  // namespace gantry::host::check
