// A jq program within the limits that stored outputs and a host of many threads need.
#pragma once

#include "flow/jq_rules.hpp"

namespace gantry::host {

/// Immutable; [any]. It is compiled and run in a process of Expressions, within its limits of time
/// and memory.
///
/// A limit that is not checked: numbers read from a string by tonumber or fromjson are rounded.
class JqProgram {
public:
    /// Throws Error INVALID_DATA with the reason: jq's own, or what the program may not say; and
    /// UNAVAILABLE (NOT_APPLIED) where no process can be made. Blocks.
    explicit JqProgram(std::string text);
    JqProgram(const JqProgram&) = delete;
    JqProgram& operator=(const JqProgram&) = delete;

    const std::string& text() const { return text_; }
    const JqRoots& roots() const { return roots_; }

    /// The one output for a JSON value that has passed check_json. Throws Error INVALID_DATA for a
    /// number that jq would not keep, for no output and for several, for jq's own errors, and what
    /// Expressions::run throws; and TOO_LARGE. Blocks.
    std::string run(const std::string& input) const;

private:
    std::string text_;
    JqRoots roots_;
};

}  // namespace gantry::host
