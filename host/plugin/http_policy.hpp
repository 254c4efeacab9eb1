// Which hosts a module may ask over HTTP, and by which way.
#pragma once

#include "base/config.hpp"
#include "plugin/http_client.hpp"

namespace gantry::host {

/// Immutable; [any].
class HttpPolicy {
public:
    /// Without `allowed_hosts` in it: the hosts of the URLs among the module's options.
    explicit HttpPolicy(const ModuleConfig& config);

    /// Throws Error CONFIG, NOT_APPLIED that names the key to add `host` to.
    void check(const std::string& host) const;

    const std::optional<std::string>& proxy() const { return proxy_; }
    /// Empty: the system's.
    const std::string& ca_file() const { return ca_file_; }

private:
    const std::string module_;
    const std::optional<std::string> proxy_;
    const std::string ca_file_;
    bool from_options_ = false;
    std::vector<std::string> hosts_;  // "api.example", or "*.acme.example"
};

}  // namespace gantry::host
