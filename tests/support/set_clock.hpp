// A wall clock that a test sets under the program, which keeps its monotonic one: libfaketime.
#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace gantry::test {

/// Programs started while it lives see a wall clock that is the system's plus set(). Made before
/// other threads run.
class SetClock {
public:
    SetClock() {
        set(std::chrono::seconds(0));
        setenv("LD_PRELOAD", library(), 1);                    // NOLINT
        setenv("FAKETIME_TIMESTAMP_FILE", file().c_str(), 1);  // NOLINT
        setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);        // NOLINT
        setenv("FAKETIME_CACHE_DURATION", "1", 1);             // NOLINT: seconds
    }
    ~SetClock() {
        for (const char* name : {"LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE",
                                 "FAKETIME_DONT_FAKE_MONOTONIC", "FAKETIME_CACHE_DURATION"}) {
            unsetenv(name);  // NOLINT
        }
    }
    SetClock(const SetClock&) = delete;
    SetClock& operator=(const SetClock&) = delete;

    /// The program sees it within a second.
    void set(std::chrono::seconds ahead) {
        char text[32];
        std::snprintf(text, sizeof text, "%+lld\n", static_cast<long long>(ahead.count()));
        const auto fresh = dir_ / "fresh";
        write_text(fresh, text);
        std::filesystem::rename(fresh, file());  // never seen half written
    }

    /// Whether Debian's package faketime is installed.
    static bool is_there() { return std::filesystem::exists(library()); }

private:
    static const char* library() {
        return "/usr/lib/" GANTRY_ARCHITECTURE "/faketime/libfaketimeMT.so.1";
    }
    std::filesystem::path file() const { return dir_ / "clock"; }

    TempDir dir_;
};

}  // namespace gantry::test
