// The rules for writes, under the mutex of the call: the same for services and for HTTP.
#pragma once

#include "plugin/calls.hpp"

namespace gantry::host {

/// See rules::WritingCall.
inline std::string admit_write(ActiveCall& caller, const rules::Write& write) {
    const std::lock_guard lock(caller.mutex);
    return caller.admit_write(write);
}
inline void end_write(ActiveCall& caller, const std::optional<Error>& error) {
    const std::lock_guard lock(caller.mutex);
    caller.end_write(error);
}
inline void end_http_write(ActiveCall& caller, std::uint32_t status) {
    const std::lock_guard lock(caller.mutex);
    caller.end_http_write(status);
}

inline void deny_write(ActiveCall& caller) {
    const std::lock_guard lock(caller.mutex);
    caller.deny_write();
}

}  // namespace gantry::host
