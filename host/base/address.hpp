// Where something listens or comes from, as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::host {

/// Before the path of a unix socket, in the place of an address.
inline constexpr std::string_view kUnixSocket = "unix:";

/// Of IPv4 or IPv6, without brackets.
bool is_address(const std::string& text);

/// The host of "Shop.Example.:9000", which is "shop.example", and of "[::1]:9000", "::1"; nothing
/// for what RFC 3986 does not take for a host with or without a port, such as one with a user.
std::optional<std::string> host_of(const std::string& authority);

/// 0.0.0.0 or ::, however it is written, also as IPv4 within IPv6.
bool is_unspecified(const std::string& address);

/// An address of this machine alone.
bool is_loopback(const std::string& address);

/// Who counts as one caller: the addresses of one IPv6 network of 64 bits, since one has all of
/// them at will. An IPv4 address is the same in its IPv6 form.
std::string caller_of(const std::string& address);

}  // namespace gantry::host
