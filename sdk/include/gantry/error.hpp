// The one error type of plugins and host: a class and number of the ABI, flags, a line for people.
// Thrown; caught at the borders (ABI, HTTP) only.
#pragma once

#include <gantry/abi.h>

#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace gantry {

using json = nlohmann::json;

class Error : public std::exception {
public:
    /// `code` is a GANTRY_E_* of abi.h, `flags` GANTRY_EF_*, `details` an object or null.
    Error(gantry_status code, std::string message, std::uint32_t flags = 0, json details = nullptr,
          std::chrono::milliseconds retry_after = {})
        : code_(code),
          flags_(flags),
          retry_after_(retry_after),
          message_(std::move(message)),
          details_(std::move(details)) {}

    gantry_status code() const { return code_; }
    gantry_status error_class() const { return GANTRY_CLASS(code_); }
    std::uint32_t flags() const { return flags_; }
    std::chrono::milliseconds retry_after() const { return retry_after_; }
    const std::string& message() const { return message_; }
    const json& details() const { return details_; }
    const char* what() const noexcept override { return message_.c_str(); }

    Error with_flags(std::uint32_t flags) const {
        Error copy = *this;
        copy.flags_ = flags;
        return copy;
    }

private:
    gantry_status code_;
    std::uint32_t flags_;
    std::chrono::milliseconds retry_after_;
    std::string message_;
    json details_;
};

inline std::string_view view(gantry_str s) {
    return s.ptr == nullptr ? std::string_view{} : std::string_view{s.ptr, s.len};
}

inline gantry_str str(std::string_view s) { return {s.data(), s.size()}; }

/// The copy of an error that arrived over the ABI. Details that are not an object are dropped.
inline Error error_from(const gantry_error& e) {
    auto details = json::parse(view(e.details), nullptr, /*allow_exceptions=*/false);
    return {e.code, std::string(view(e.message)), e.flags,
            details.is_object() ? std::move(details) : json(nullptr),
            std::chrono::milliseconds(e.retry_after_ms)};
}

}  // namespace gantry
