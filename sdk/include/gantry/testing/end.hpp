// How a call ended, and what the host makes of it.
#pragma once

#include <gantry/testing/host.hpp>

#include <stdexcept>

namespace gantry::testing {

class Plugin;

struct End {
    std::optional<Error> error;  // nothing: it succeeded, or was lost
    bool lost = false;           // the host died before it had noted the end
    std::string key;             // the call's idempotency key
    std::uint32_t attempt = 1;
    std::vector<LogLine> log;  // its lines

    /// Of a step's invoke. `undo_data`: what compensate would be given; `needs_undo`: whether the
    /// host would compensate, were this the last attempt.
    std::optional<json> undo_data;
    bool needs_undo = false;
    bool skipped = false;  // it found nothing to do, and no earlier attempt may have had an effect

    /// Throws what the call failed with.
    const json& output() const {
        if (error) throw Error(*error);
        if (lost) throw std::logic_error("the host died before it had noted the output");
        return output_;
    }

private:
    friend class Plugin;
    json output_;
};

}  // namespace gantry::testing
