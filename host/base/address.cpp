#include "base/address.hpp"

#include "base/lower_case.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace gantry::host {
namespace {

constexpr std::string_view kInNames =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=%";

bool is_port(std::string_view text) {
    return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> host_of(const std::string& authority) {
    const bool v6 = authority.starts_with('[');
    const auto end = std::min(authority.find(v6 ? ']' : ':'), authority.size());
    auto host = authority.substr(v6 ? 1 : 0, end - (v6 ? 1 : 0));
    const auto port = authority.substr(std::min(end + (v6 ? 1 : 0), authority.size()));
    if (!port.empty() && (port[0] != ':' || !is_port(std::string_view(port).substr(1)))) {
        return std::nullopt;
    }
    if (v6) return end < authority.size() && is_address(host) ? std::optional(host) : std::nullopt;
    if (host.find_first_not_of(kInNames) != std::string::npos) return std::nullopt;
    if (host.ends_with('.')) host.pop_back();
    return in_lower_case(std::move(host));
}

bool is_address(const std::string& text) {
    in6_addr any{};
    return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

bool is_unspecified(const std::string& address) {
    in_addr v4{};
    if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return v4.s_addr == 0;
    in6_addr v6{};
    if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) std::fill(v6.s6_addr + 10, v6.s6_addr + 12, std::uint8_t{0});
    return std::all_of(std::begin(v6.s6_addr), std::end(v6.s6_addr),
                       [](std::uint8_t byte) { return byte == 0; });
}

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1";
}

std::string caller_of(const std::string& address) {
    std::string plain = address.substr(0, address.find('%'));  // the zone of a link-local one
    constexpr std::string_view kIpv4Within = "::ffff:";
    if (plain.starts_with(kIpv4Within)) plain.erase(0, kIpv4Within.size());
    if (is_loopback(plain)) return plain;
    in6_addr bytes{};
    if (::inet_pton(AF_INET6, plain.c_str(), &bytes) != 1) return plain;
    std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), std::uint8_t{0});
    char network[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET6, &bytes, network, sizeof network);
    return std::string(network) + "/64";
}

}  // namespace gantry::host
