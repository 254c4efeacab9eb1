// How long things took, in milliseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace gantry::test {

/// For one thread; each of several has its own, and they are merged.
class Timings {
public:
    using Clock = std::chrono::steady_clock;

    void add(double ms) { all_.push_back(ms); }
    void add_since(Clock::time_point began) {
        add(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    }
    void merge(const Timings& others) {
        all_.insert(all_.end(), others.all_.begin(), others.all_.end());
    }

    std::size_t size() const { return all_.size(); }

    /// What that share of them (0.99) took at the most; 0 when there are none.
    double percentile(double share) const {
        if (all_.empty()) return 0;
        auto sorted = all_;
        const auto place = static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1));
        const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(place);
        std::nth_element(sorted.begin(), at, sorted.end());
        return *at;
    }
    double p50() const { return percentile(0.5); }
    double p99() const { return percentile(0.99); }

private:
    std::vector<double> all_;
};

}  // namespace gantry::test
