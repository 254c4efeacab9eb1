// What callers are told who ask for a run, or something of one that is there already.
#pragma once

#include "flow/runs.hpp"

namespace gantry::host {

/// The answer to a start whose key had been used before, by `known`.
Accepted accepted_before(const RunRow& known, const std::string& input);

/// REJECTED, with the state that a run is in and when it would have fitted.
Error not_now(const RunRow& run, const char* fits);
/// A write that is repeated until the store takes it has failed: what was asked for comes about.
Error written_later(const Error& failed);
Error host_is_stopping();
/// Why an answer to that side of a step is not taken.
constexpr const char* nobody_waits(Side side) {
    return side == Side::kInvoke
               ? "no step of that id waits for an answer"
               : "no undo of a step of that id waits for an answer, or has failed";
}
constexpr const char* kTakesSignals = "only a run that goes forward takes signals";

}  // namespace gantry::host
