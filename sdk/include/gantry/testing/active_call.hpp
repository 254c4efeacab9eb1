// One call under way, and how it ends.
#pragma once

#include <gantry/rules.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>

namespace gantry::testing::detail {

/// What stands above the mutex is constant while it is open.
struct ActiveCall : rules::WritingCall {
    gantry_call number = GANTRY_NO_CALL;
    std::chrono::milliseconds deadline{};
    bool is_invoke = false;  // of a step: it may record undo data
    bool is_method = false;  // of a service

    std::mutex mutex;
    std::condition_variable ended;
    bool over = false;
    bool cancelled = false;
    std::string output{};
    std::optional<std::string> undo{};      // given with the answer
    std::optional<std::string> recorded{};  // by this attempt
    std::optional<Error> error{};
    std::exception_ptr mistake{};  // of the test

    /// See rules::WritingCall.
    std::string admit(const rules::Write& write) {
        const std::lock_guard lock(mutex);
        return admit_write(write);
    }

    /// False: it was over.
    bool end(std::string answer, std::optional<std::string> undo_data, std::optional<Error> why) {
        const std::lock_guard lock(mutex);
        if (over) return false;
        over = true;
        output = std::move(answer);
        undo = std::move(undo_data);
        if (why) error = told(*why);
        ended.notify_all();
        return true;
    }
};

}  // namespace gantry::testing::detail
