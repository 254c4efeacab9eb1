// A pattern is compared as text: by the whole name, or "*." and its end.
#include "plugin/http_policy.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

void collect_hosts(const json& value, std::vector<std::string>& hosts) {
    if (value.is_structured()) {
        for (const auto& part : value) collect_hosts(part, hosts);
    }
    if (!value.is_string()) return;
    try {
        hosts.push_back(parse_http_url(value.get_ref<const std::string&>()).host);
    } catch (const Error&) {  // another kind of text
        return;
    }
}

bool fits(const std::string& host, const std::string& pattern) {
    if (!pattern.starts_with("*.")) return host == pattern;
    return host.size() >= pattern.size() && host.ends_with(std::string_view(pattern).substr(1));
}

}  // namespace

HttpPolicy::HttpPolicy(const ModuleConfig& config)
    : module_(config.name),
      proxy_(config.http.proxy),
      ca_file_(config.http.ca_file),
      from_options_(!config.http.allowed_hosts) {
    if (from_options_) {
        collect_hosts(config.options, hosts_);
    } else {
        hosts_ = *config.http.allowed_hosts;
    }
}

void HttpPolicy::check(const std::string& host) const {
    const auto allowed = [&](const std::string& pattern) { return fits(host, pattern); };
    if (std::any_of(hosts_.begin(), hosts_.end(), allowed)) return;
    std::string known;
    for (const auto& one : hosts_) known += (known.empty() ? "" : ", ") + one;
    throw Error(GANTRY_E_CONFIG,
                "module \"" + module_ + "\" may not ask the host " + host + ", only " +
                    (known.empty() ? "none" : known) +
                    (from_options_ ? ", which is what its options name" : "") +
                    "; add it to modules." + module_ + ".http.allowed_hosts if it should",
                GANTRY_EF_NOT_APPLIED);
}

}  // namespace gantry::host
