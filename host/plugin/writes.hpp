// What a call may write, and under which key: the same for services and for HTTP.
#pragma once

#include "plugin/calls.hpp"

namespace gantry::host {

/// A write that `caller` is about to make.
struct Write {
    std::string from;           // whose call it is, for people
    std::string what;           // what is written to and counted: "erp.update", "http"
    std::string did;            // "called the write method erp.update"
    std::string_view key_part;  // the last part of its key; empty: what and its number
};

/// Throws Error MISUSE, NOT_APPLIED for a last part of a key that is none.
void check_key_part(std::string_view part);

/// Lets it pass, counted, and gives it its idempotency key; empty in a call that has none. Throws
/// Error MISUSE, NOT_APPLIED in a read method, and before record_undo in a step that declares it.
std::string admit_write(ActiveCall& caller, const Write& write);

/// How a write of `caller` ended: unless that says NOT_APPLIED, the caller has written.
void end_write(ActiveCall& caller, const std::optional<Error>& error);

}  // namespace gantry::host
