// The values of a module's secret options, kept out of what the host shows.
#pragma once

#include <gantry/error.hpp>

#include <vector>

namespace gantry::host {

/// Immutable; [any].
class Secrets {
public:
    /// Those are the texts of at least 4 characters in what `schema` marks `writeOnly`, however
    /// deep.
    Secrets(const json& schema, const json& options);

    /// A copy with "***" for every secret, also for one escaped as in JSON or in a URL.
    std::string redact(std::string_view text) const;
    /// The same in every text and name within `value`.
    json redact_all(json value) const;

private:
    std::vector<std::string> texts_;  // the longest first, since one may hold another
};

}  // namespace gantry::host
