// One call under way: what it may do, the keys of its writes, and how it ends.
#pragma once

#include <gantry/error.hpp>

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>

namespace gantry::testing::detail {

/// What stands above the mutex is constant while it is open.
struct ActiveCall {
    gantry_call number = GANTRY_NO_CALL;
    std::string what;  // "step reserve"
    std::string key;   // idempotency key; empty for a read
    std::chrono::milliseconds deadline{};
    bool is_invoke = false;     // of a step: it may record undo data
    bool records_undo = false;  // its writes wait for record_undo
    bool reads_only = false;    // a read method: it may write nothing
    bool nested = false;        // a step stands above it: its keys go on with ":"

    std::mutex mutex;
    std::condition_variable ended;
    bool over = false;
    bool cancelled = false;
    bool undo_recorded = false;  // by this attempt or an earlier one
    bool wrote = false;          // something it called changed data, or may have
    bool skipped = false;        // see gantry/skip.h
    std::map<std::string, int> writes{};
    std::string output{};
    std::optional<std::string> undo{};      // given with the answer
    std::optional<std::string> recorded{};  // by this attempt
    std::optional<Error> error{};
    std::exception_ptr mistake{};  // of the test

    /// The idempotency key of the next write of that kind. Throws Error MISUSE where the call may
    /// not write.
    std::string key_of_write(const std::string& kind, std::string_view part) {
        if (part.find('/') != std::string_view::npos) {
            throw Error(GANTRY_E_MISUSE,
                        "the last part of an idempotency key has no \"/\"; found \"" +
                            std::string(part) + "\"",
                        GANTRY_EF_NOT_APPLIED);
        }
        if (reads_only) {
            throw Error(GANTRY_E_MISUSE, what + " is a read and called the write " + kind,
                        GANTRY_EF_NOT_APPLIED);
        }
        const std::lock_guard lock(mutex);
        if (records_undo && !undo_recorded) {
            throw Error(GANTRY_E_MISUSE,
                        what + " declares records_undo and called the write " + kind +
                            " before record_undo had returned",
                        GANTRY_EF_NOT_APPLIED);
        }
        const int n = ++writes[kind];
        return key + (nested ? ":" : "/") +
               (part.empty() ? kind + "#" + std::to_string(n) : std::string(part));
    }

    void has_written() {
        const std::lock_guard lock(mutex);
        wrote = true;
    }

    /// False: it was over.
    bool end(std::string answer, std::optional<std::string> undo_data, std::optional<Error> why) {
        const std::lock_guard lock(mutex);
        if (over) return false;
        over = true;
        output = std::move(answer);
        undo = std::move(undo_data);
        // Refused, but something it had called before was not: that is not "certainly nothing".
        if (why && wrote) why = why->with_flags(why->flags() & ~GANTRY_EF_NOT_APPLIED);
        error = std::move(why);
        ended.notify_all();
        return true;
    }
};

}  // namespace gantry::testing::detail
