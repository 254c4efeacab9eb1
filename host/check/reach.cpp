#include "check/reach.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <fstream>

namespace gantry::host::check {
namespace {

namespace fs = std::filesystem;

// Libraries and what every program may read.
constexpr std::array<std::string_view, 8> kOfTheSystem = {"/usr/",  "/lib",  "/etc/", "/dev/",
                                                          "/proc/", "/sys/", "/run/", "/memfd:"};

// Empty for what is no connection to a host.
std::string peer_of(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    if (::getpeername(fd, address, &size) != 0) return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET) {
        const auto* in = reinterpret_cast<const sockaddr_in*>(address);
        ::inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size());
        return std::string(text.data()) + ":" + std::to_string(ntohs(in->sin_port));
    }
    if (address->sa_family == AF_INET6) {
        const auto* in = reinterpret_cast<const sockaddr_in6*>(address);
        ::inet_ntop(AF_INET6, &in->sin6_addr, text.data(), text.size());
        return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(in->sin6_port));
    }
    return {};
}

bool is_declared(const std::string& what, Subject& subject) {
    const auto& settings = subject.settings();
    const auto options = subject.options().dump();
    const std::string own = "127.0.0.1:" + std::to_string(settings.port);
    return what == own || options.find(what) != std::string::npos ||
           what == fs::absolute(settings.file).string() ||
           what.starts_with(settings.folder.string());
}

bool of_the_system(const std::string& what) {
    return std::any_of(kOfTheSystem.begin(), kOfTheSystem.end(),
                       [&](std::string_view prefix) { return what.starts_with(prefix); });
}

}  // namespace

std::set<std::string> open_now() {
    std::set<std::string> all;
    std::error_code none;
    for (const auto& file : fs::directory_iterator("/proc/self/fd", none)) {
        const auto target = fs::read_symlink(file.path(), none).string();
        if (target.starts_with("/")) all.insert(target);
        if (!target.starts_with("socket:")) continue;
        const auto peer = peer_of(std::stoi(file.path().filename().string()));
        if (!peer.empty()) all.insert(peer);
    }
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const auto slash = line.find('/');
        if (slash != std::string::npos) all.insert(line.substr(slash));
    }
    return all;
}

std::vector<std::string> undeclared_of(const std::set<std::string>& before,
                                       const std::set<std::string>& now, Subject& subject) {
    std::vector<std::string> all;
    for (const auto& what : now) {
        if (before.contains(what) || of_the_system(what) || is_declared(what, subject)) continue;
        all.push_back(what);
    }
    return all;
}

}  // namespace gantry::host::check
