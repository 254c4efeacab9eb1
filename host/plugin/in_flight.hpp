// Which plugin functions are running: for the thread itself, and in a mapped file that outlives the
// process. After a crash both name what the host was in.
#pragma once

#include "plugin/running.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::host {

/// [any]
class InFlight {
public:
    struct Call {
        std::string module, plugin, version, what, within, run_id;
        /// As long as this lives.
        Running running() const { return {module, plugin, version, what, within, run_id}; }
    };

    /// What the process that used `file` last was in when it died, the innermost call of each
    /// thread. Empty when it ended well, and for a file that is none.
    static std::vector<Call> read_left(const std::filesystem::path& file);

    /// Makes `file` anew. Throws Error UNAVAILABLE.
    explicit InFlight(const std::filesystem::path& file);
    /// Removes it.
    ~InFlight();
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    /// The process ends on purpose, whatever is still running: nothing of it is to be read.
    void forget();

    /// The innermost function that runs on the calling thread; null: none. A signal handler may
    /// ask.
    static const Running* on_this_thread();

    /// While it lives a function is running on this thread. Two copies of a few bytes and an
    /// uncontended mutex; no system call but for a thread's first.
    class Mark {
    public:
        /// Not in the file without `calls`, or when more run than it has room for.
        Mark(InFlight* calls, const Running& running);
        ~Mark();
        Mark(const Mark&) = delete;
        Mark& operator=(const Mark&) = delete;

    private:
        InFlight* const calls_;
        const Running running_;
        const Running* const outer_;
        std::size_t slot_ = 0;
        bool marked_ = false;
    };

private:
    struct Slot;

    const std::filesystem::path file_;
    Slot* slots_ = nullptr;
    std::mutex mutex_;
    std::vector<std::size_t> free_;
    std::atomic<std::uint64_t> order_{0};
};

}  // namespace gantry::host
