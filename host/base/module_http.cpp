// A certificate's file is looked into: what is no PEM would be found at the first request.
#include "base/module_http.hpp"

#include "base/describe.hpp"
#include "base/lower_case.hpp"

#include <algorithm>
#include <cctype>

namespace gantry::host {
namespace {

/// A name, an IPv4 address, an IPv6 address in brackets, or "*." and a name.
bool is_host(const std::string& text) {
    const std::string name = text.rfind("*.", 0) == 0 ? text.substr(2) : text;
    const bool ipv6 = name.size() > 2 && name.front() == '[' && name.back() == ']';
    const auto good = [&](unsigned char c) {
        if (ipv6) return std::isxdigit(c) != 0 || c == ':' || c == '.' || c == '[' || c == ']';
        return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_');
    };
    return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), good);
}

}  // namespace

ModuleHttpConfig read_module_http(Reading& reading, const json& value, const std::string& pointer,
                                  const std::filesystem::path& directory) {
    Section section(reading, value, pointer);
    ModuleHttpConfig http;
    const bool has_hosts = value.contains("allowed_hosts");
    const auto hosts = section.texts("allowed_hosts");
    if (has_hosts) http.allowed_hosts.emplace();
    for (const auto& [host, at] : hosts) {
        if (!is_host(host)) {
            reading.problem(at, "found " + reading.shown(at) +
                                    ", expected a host without scheme and port such as "
                                    "\"api.example\", or \"*.acme.example\" for those below");
        }
        http.allowed_hosts->push_back(in_lower_case(host));
    }
    http.proxy = section.text("proxy");
    if (http.proxy && http.proxy->find_first_of(" \t\r\n") != std::string::npos) {
        section.problem("proxy",
                        "found a text with blanks, expected a proxy such as "
                        "\"http://proxy:3128\", or \"\" for none");
    }
    if (const auto ca_file = section.text("ca_file")) {
        const auto path = (directory / *ca_file).lexically_normal();
        std::error_code none;
        if (!std::filesystem::is_regular_file(path, none)) {
            section.problem("ca_file",
                            "found no file " + reading.shown(section.pointer("ca_file")) + " in " +
                                in_quotes(directory.string()) + ", expected certificates in PEM");
        }
        std::string why;
        const auto text = read_text(path, why);
        if (text && text->find("-----BEGIN ") == std::string::npos) {
            section.problem("ca_file",
                            "found a file without \"-----BEGIN CERTIFICATE-----\", "
                            "expected certificates in PEM");
        }
        http.ca_file = path.string();
    }
    section.refuse_others();
    return http;
}

}  // namespace gantry::host
