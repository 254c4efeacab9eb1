// Wall time that goes on steadily: the monotonic clock and what it lacks, which is mended only when
// somebody says so. So a delay that begins while the system's clock is set is no other than one
// that begins before or after.
#pragma once

#include <atomic>
#include <cstdint>

namespace gantry::host {

/// Times are milliseconds, since 1970 where they are times of day. [any]
class WallClock {
public:
    WallClock();

    std::int64_t now() const { return now_with(offset_); }
    /// How far the system's clock is ahead of this one.
    std::int64_t behind() const;
    /// Goes on from there.
    void set_forward(std::int64_t by) { offset_ += by * kNanoseconds; }

    /// What the monotonic clock lacks, in nanoseconds: with it somebody can keep a clock of their
    /// own that is set later.
    std::int64_t offset() const { return offset_; }
    static std::int64_t now_with(std::int64_t offset);
    static std::int64_t between(std::int64_t from, std::int64_t to) {
        return (to - from) / kNanoseconds;
    }

private:
    static constexpr std::int64_t kNanoseconds = 1'000'000;  // of a millisecond
    std::atomic<std::int64_t> offset_;
};

}  // namespace gantry::host
