// JSON, and what an error has of it.
#pragma once

#include <gantry/error.hpp>

#include <nlohmann/json.hpp>

namespace gantry {

inline Error::Error(gantry_status code, std::string message, std::uint32_t flags, json details,
                    std::chrono::milliseconds retry_after)
    : code_(code),
      flags_(flags),
      retry_after_(retry_after),
      message_(std::move(message)),
      details_(details.is_null() ? nullptr : std::make_shared<const json>(std::move(details))) {}

inline const json& Error::details() const {
    static const json null;
    return details_ ? *details_ : null;
}

/// The copy of an error that arrived over the ABI. Details that are not an object are dropped.
inline Error error_from(const gantry_error& e) {
    auto details = json::parse(view(e.details), nullptr, /*allow_exceptions=*/false);
    return {e.code, std::string(view(e.message)), e.flags,
            details.is_object() ? std::move(details) : json(nullptr),
            std::chrono::milliseconds(e.retry_after_ms)};
}

}  // namespace gantry
