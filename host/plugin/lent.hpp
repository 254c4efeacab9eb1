// The host's values as the ABI has them, borrowed while a function of the plugin runs.
#pragma once

#include <gantry/json.hpp>

namespace gantry::host {

/// `use(const gantry_error&)`, with `error`.
template <typename Use>
void lend(const Error& error, Use&& use) {
    const std::string details =
        error.details().is_object()
            ? error.details().dump(-1, ' ', false, json::error_handler_t::replace)
            : "";
    const gantry_error lent{
        sizeof lent,          error.code(),
        error.flags(),        static_cast<std::uint32_t>(error.retry_after().count()),
        str(error.message()), str(details)};
    use(lent);
}

}  // namespace gantry::host
