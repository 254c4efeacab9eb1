// A jq program within the limits that stored outputs and a host of many threads need.
#pragma once

#include "flow/jq_rules.hpp"

#include <memory>

namespace gantry::host {

/// Holds one compiled state of libjq per thread that runs it at once, at least one. [any]
///
/// Limits that are not checked: what wants all memory, and numbers read from a string by tonumber
/// or fromjson, which are rounded. What does not end (gsub with a pattern that matches nothing, in
/// jq 1.6) is given up, and its thread and state with it.
class JqProgram {
public:
    /// Throws Error INVALID_DATA with the reason: jq's own, or what the program may not say.
    explicit JqProgram(std::string text);
    ~JqProgram();
    JqProgram(const JqProgram&) = delete;
    JqProgram& operator=(const JqProgram&) = delete;

    const std::string& text() const { return text_; }
    const JqRoots& roots() const { return roots_; }

    /// The one output for a JSON value that has passed check_json. Throws Error INVALID_DATA for a
    /// number that jq would not keep, for no output and for several, for jq's own errors, and when
    /// it has not ended within the limit of Expressions; and TOO_LARGE. It runs on a thread of
    /// Expressions; this one waits for it.
    std::string run(const std::string& input) const;

private:
    struct States;
    struct Run;

    std::string text_;
    JqRoots roots_;
    std::shared_ptr<States> states_;  // a run that was given up outlives the program
};

}  // namespace gantry::host
