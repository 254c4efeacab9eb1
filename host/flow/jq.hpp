// A jq program within the limits that stored outputs and a host of many threads need.
#pragma once

#include "flow/jq_rules.hpp"

#include <memory>
#include <mutex>

struct jq_state;

namespace gantry::host {

/// Holds one compiled state of libjq per thread that runs it at once, at least one. [any]
///
/// Limits that are not checked: what does not end (gsub with a pattern that matches nothing, in jq
/// 1.6), what wants all memory, and numbers read from a string by tonumber or fromjson, which are
/// rounded.
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
    /// number that jq would not keep, for no output and for several, for jq's own errors; and
    /// TOO_LARGE.
    std::string run(const std::string& input) const;

private:
    struct Teardown {
        void operator()(jq_state* state) const;
    };
    using State = std::unique_ptr<jq_state, Teardown>;

    State compile() const;
    State take() const;

    std::string text_;
    JqRoots roots_;
    mutable std::mutex mutex_;
    mutable std::vector<State> idle_;
};

}  // namespace gantry::host
