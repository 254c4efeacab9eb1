// Who may use /admin.
#pragma once

#include <optional>
#include <string>

namespace gantry::host {

/// Whether the header is "Bearer TOKEN", or "Basic" with the token as user name. An empty token
/// lets nobody in. The time it takes says nothing of the token but its length.
bool authorized(const std::optional<std::string>& header, const std::string& token);

}  // namespace gantry::host
