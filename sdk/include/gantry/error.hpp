// The one error type of plugins and host: a class and number of the ABI, flags, a line for people.
// Thrown; caught at the borders (ABI, HTTP) only. JSON is slow to compile and only named here: who
// gives an error details, or reads them, includes <gantry/json.hpp>.
#pragma once

#include <gantry/abi.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace gantry {

using json = nlohmann::json;

class Error : public std::exception {
public:
    /// `code` is a GANTRY_E_* of abi.h, `flags` GANTRY_EF_*.
    Error(gantry_status code, std::string message, std::uint32_t flags = 0)
        : code_(code), flags_(flags), message_(std::move(message)) {}
    /// `details` is an object or null.
    inline Error(gantry_status code, std::string message, std::uint32_t flags, json details,
                 std::chrono::milliseconds retry_after = {});

    gantry_status code() const { return code_; }
    gantry_status error_class() const { return GANTRY_CLASS(code_); }
    std::uint32_t flags() const { return flags_; }
    std::chrono::milliseconds retry_after() const { return retry_after_; }
    const std::string& message() const { return message_; }
    inline const json& details() const;
    const char* what() const noexcept override { return message_.c_str(); }

    Error with_flags(std::uint32_t flags) const {
        Error copy = *this;
        copy.flags_ = flags;
        return copy;
    }

private:
    gantry_status code_;
    std::uint32_t flags_;
    std::chrono::milliseconds retry_after_{};
    std::string message_;
    std::shared_ptr<const json> details_;  // copies share them; null: none
};

inline std::string_view view(gantry_str s) {
    return s.ptr == nullptr ? std::string_view{} : std::string_view{s.ptr, s.len};
}

inline gantry_str str(std::string_view s) { return {s.data(), s.size()}; }

}  // namespace gantry
