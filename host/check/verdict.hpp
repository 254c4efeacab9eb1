// What one check says of a plugin.
#pragma once

#include <gantry/json.hpp>

#include <string>

namespace gantry::host::check {

enum class Status { kPass, kWarn, kSkip, kFail, kCrash, kTimeout };

const char* to_string(Status status);

/// Thrown by a check to end it, and caught where it was begun: it never leaves this layer. A check
/// that returns has passed.
struct Verdict {
    Status status = Status::kPass;
    std::string found;     // skip: why
    std::string expected;  // empty where `found` says it
    json evidence = nullptr;
};

[[noreturn]] void fail(std::string found, std::string expected, json evidence = nullptr);
[[noreturn]] void skip(std::string why);
[[noreturn]] void warn(std::string found, std::string expected);

/// fail() unless `holds`.
inline void require(bool holds, const std::string& found, const std::string& expected,
                    const json& evidence = nullptr) {
    if (!holds) fail(found, expected, evidence);
}

}  // namespace gantry::host::check
