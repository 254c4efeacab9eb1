// Secrets are not shown: a listening address may have come from a file.
#include "base/http_config.hpp"

#include "base/address.hpp"
#include "base/describe.hpp"
#include "base/lower_case.hpp"

#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxSocket = sizeof(sockaddr_un::sun_path);

bool is_of_this_machine(const ListenConfig& at) {
    return !at.socket.empty() || is_loopback(at.address);
}

bool is_name(const std::string& text) {
    const auto good = [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_');
    };
    return !text.empty() && text.front() != '.' && std::all_of(text.begin(), text.end(), good);
}

bool parse_listen(const std::string& text, ListenConfig& out) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return false;
    auto address = text.substr(0, colon);
    if (address.front() == '[' && address.back() == ']') {
        address = address.substr(1, address.size() - 2);
    } else if (address.find_first_of(":[]") != std::string::npos) {
        return false;
    }
    int port = -1;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (!is_address(address) || error != std::errc{} || rest != end || port < 0 || port > 65535) {
        return false;
    }
    out.address = address;
    out.port = port;
    return true;
}

void read_names(Reading& reading, Section& http, HttpConfig& out) {
    for (auto [name, at] : http.texts("names")) {
        if (!is_name(name)) {
            reading.problem(at, "found " + reading.shown(at) +
                                    ", expected a name without scheme and port, such as "
                                    "\"shop.example\"");
        }
        out.names.push_back(in_lower_case(std::move(name)));
    }
}

void read_admin_listen(Reading& reading, Section& http, Config& out) {
    const auto text = http.text("admin_listen");
    if (!text) return;
    ListenConfig at;
    const bool is_socket = text->starts_with(kUnixSocket);
    if (is_socket)
        at.socket = (out.directory / text->substr(kUnixSocket.size())).lexically_normal();
    const bool good = is_socket ? text->size() > kUnixSocket.size() && at.socket.size() < kMaxSocket
                                : parse_listen(*text, at);
    if (!good) {
        http.problem("admin_listen",
                     "found " + reading.shown(http.pointer("admin_listen")) +
                         ", expected \"address:port\", or \"unix:PATH\" with a path of at most " +
                         std::to_string(kMaxSocket - 1) + " bytes from the root on");
    }
    out.http.admin_listen = std::move(at);
}

// It has to fit into a header. Only how it looks is told.
void check_token(Section& section, const std::string& token) {
    if (token.empty()) return section.problem("admin", "found an empty token, expected some text");
    const auto lines = std::count(token.begin(), token.end(), '\n') + 1;
    if (lines > 1) {
        return section.problem("admin", "found a token of " + std::to_string(lines) +
                                            " lines, expected one line: \"Authorization: Bearer "
                                            "TOKEN\" takes no more");
    }
    const auto good = [](unsigned char c) { return c > ' ' && c < 0x7F; };
    if (std::all_of(token.begin(), token.end(), good)) return;
    section.problem("admin",
                    "found a token with blanks or other characters that \"Authorization: Bearer "
                    "TOKEN\" does not take, expected printable ASCII");
}

void read_token(Reading& reading, Section& http, HttpConfig& out) {
    if (const json* const tokens = http.object("tokens")) {
        Section section(reading, *tokens, http.pointer("tokens"));
        out.admin_token = section.text("admin");
        if (out.admin_token) check_token(section, *out.admin_token);
        section.refuse_others();
    }
    const auto admin = http.text("admin");
    if (!admin) return;
    out.admin_open = *admin == "open";
    if (!out.admin_open) {
        http.problem("admin",
                     "found another text, expected \"open\" or no such key; a token "
                     "stands at http.tokens.admin");
    } else if (out.admin_token) {
        http.problem("admin", "found \"open\" beside a token, expected one of the two");
    }
}

}  // namespace

void read_http(Reading& reading, Section& top, Config& out) {
    const json* const value = top.object("http");
    if (value == nullptr) return;
    out.has_http = true;
    Section http(reading, *value, top.pointer("http"));
    if (const auto listen = http.text("listen");
        listen && !parse_listen(*listen, out.http.listen)) {
        http.problem("listen", "found " + reading.shown(http.pointer("listen")) +
                                   ", expected \"address:port\" with a port from 0 to 65535, "
                                   "\"127.0.0.1:9000\" or \"[::1]:9000\"");
    }
    read_admin_listen(reading, http, out);
    read_names(reading, http, out.http);
    read_token(reading, http, out.http);
    http.refuse_others();
}

void read_allow(Reading& reading, Section& section, RouteConfig& route) {
    const auto allow = section.text("allow");
    if (!allow) return;
    if (*allow == "anyone" || *allow == "admin") {
        route.allow = *allow == "admin" ? RouteConfig::Allow::kAdmin : RouteConfig::Allow::kAnyone;
        return;
    }
    section.problem("allow", "found " + reading.shown(section.pointer("allow")) +
                                 ", expected \"anyone\", or \"admin\" for who has the admin token");
}

void check_doors(Reading& reading, const Config& config) {
    const auto& routes = config.http.listen;
    const auto& admin = config.http.admin_listen ? *config.http.admin_listen : routes;
    const auto beyond = [](const ListenConfig& at) {
        return "the host listens beyond this machine, at " + in_quotes(at.address);
    };
    if (config.http.admin_open && !is_of_this_machine(admin)) {
        reading.problem("/http/admin",
                        beyond(admin) + ": expected a token for /admin, and no \"open\"");
    }
    if (config.http.admin_listen && admin.socket.empty() && config.http.listen.port != 0 &&
        admin.address == routes.address && admin.port == routes.port) {
        reading.problem("/http/admin_listen",
                        "found the address of \"listen\", expected another one: without this key "
                        "/admin is served at \"listen\"");
    }
    if (is_of_this_machine(routes)) return;
    for (std::size_t i = 0; i < config.routes.size(); ++i) {
        if (config.routes[i].allow == RouteConfig::Allow::kAdmin && config.http.admin_open) {
            reading.problem(child("/routes", i),
                            beyond(routes) +
                                ", and no token is asked for: \"allow\": \"admin\" "
                                "expects one in http.tokens.admin, and no "
                                "\"admin\": \"open\"");
        }
        if (config.routes[i].allow) continue;
        reading.problem(child("/routes", i),
                        beyond(routes) +
                            ": expected \"allow\", who may call this route: \"anyone\", or "
                            "\"admin\" for who has the admin token");
    }
}

}  // namespace gantry::host
