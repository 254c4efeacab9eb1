#include <utility>  // before Boost.Asio 1.74, which forgets it

#include "api/connections.hpp"
#include "base/address.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxConnections = 1000;
constexpr std::size_t kSparePlaces = 16;
constexpr std::size_t kSpareOfCaller = 4;
constexpr std::size_t kMostHeld = 128 << 20;  // bytes

bool is_of_this_machine(const std::string& caller) {
    return caller.empty() || is_loopback(caller);  // empty: at a unix socket
}

constexpr auto kAnyOfThem = [](const auto*, const auto&) { return true; };

}  // namespace

// A third of the files that the process may have open, for each of two listeners: stores and
// plugins need some.
std::size_t Connections::most() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kMaxConnections / 3;
    return std::clamp<std::size_t>(files.rlim_cur / 3, 16, kMaxConnections);
}

Connections::Place Connections::make_room(const std::string& caller, std::uint64_t& displaced) {
    if (make_room_of_its_own(caller, displaced)) return Place::kOwn;
    const auto of_caller = [&](const HttpConnection*, const Known& one) {
        return one.caller == caller;
    };
    if (of(spare_of_caller_, caller) >= kSpareOfCaller &&
        !displace(idle_spare_, of_caller, displaced)) {
        return Place::kNone;
    }
    const bool spare = spare_ < kSparePlaces || displace(idle_spare_, kAnyOfThem, displaced);
    return spare ? Place::kSpare : Place::kNone;
}

bool Connections::make_room_of_its_own(const std::string& caller, std::uint64_t& displaced) {
    const auto of_caller = [&](const HttpConnection*, const Known& one) {
        return one.caller == caller;
    };
    const auto remote = [](const HttpConnection*, const Known& one) {
        return !is_of_this_machine(one.caller);
    };
    const auto most_of_some = most_ * 3 / 4;
    if (of(of_caller_, caller) >= most_of_some && !displace(idle_, of_caller, displaced))
        return false;
    if (!is_of_this_machine(caller) && remote_ >= most_of_some &&
        !displace(idle_, remote, displaced))
        return false;
    return all_.size() - spare_ < most_ || displace(idle_, kAnyOfThem, displaced);
}

std::size_t Connections::of(const Count& count, const std::string& caller) {
    const auto it = count.find(caller);
    return it == count.end() ? 0 : it->second;
}

void Connections::take_from(Count& count, const std::string& caller, std::size_t less) {
    const auto it = count.find(caller);
    it->second -= less;
    if (it->second == 0) count.erase(it);
}

template <typename Which>
bool Connections::displace(const Idle& idle, Which which, std::uint64_t& displaced) {
    const auto it = std::find_if(idle.begin(), idle.end(),
                                 [&](HttpConnection* one) { return which(one, all_.at(one)); });
    if (it == idle.end()) return false;
    auto* const one = *it;
    ++displaced;
    remove(*one);
    one->close();
    return true;
}

void Connections::add(HttpConnection& connection, const std::string& caller, Place place) {
    all_.emplace(&connection, Known{caller, place, std::nullopt});
    if (place == Place::kSpare) {
        ++spare_;
        ++spare_of_caller_[caller];
        return;
    }
    ++of_caller_[caller];
    if (!is_of_this_machine(caller)) ++remote_;
}

void Connections::remove(HttpConnection& connection) {
    set_idle(connection, false);
    const auto it = all_.find(&connection);
    if (it == all_.end()) return;
    const auto& caller = it->second.caller;
    if (it->second.place == Place::kSpare) {
        --spare_;
        take_from(spare_of_caller_, caller, 1);
    } else {
        take_from(of_caller_, caller, 1);
        if (!is_of_this_machine(caller)) --remote_;
    }
    set_held(it->second, 0);
    all_.erase(it);
}

void Connections::set_idle(HttpConnection& connection, bool idle) {
    const auto it = all_.find(&connection);
    if (it == all_.end()) return;
    auto& known = it->second;
    auto& list = idle_of(known.place);
    if (known.idle) list.erase(*known.idle);
    known.idle.reset();
    if (idle) known.idle = list.insert(list.end(), &connection);
}

bool Connections::hold(HttpConnection& connection, std::size_t bytes, std::uint64_t& displaced) {
    const auto it = all_.find(&connection);
    if (it == all_.end()) return true;  // it has given way
    set_held(it->second, bytes);
    const auto& caller = it->second.caller;
    const auto give_way = [&](const std::optional<std::string>& whose) {
        const auto holds_some = [&](const HttpConnection* one, const Known& known) {
            return one != &connection && known.held > 0 && (!whose || known.caller == *whose);
        };
        return displace(idle_, holds_some, displaced) ||
               displace(idle_spare_, holds_some, displaced);
    };
    const auto fits = [&] { return held_ <= kMostHeld; };
    const auto caller_fits = [&] { return of(held_of_caller_, caller) <= kMostHeld * 3 / 4; };
    while (!caller_fits() && give_way(caller)) {
    }
    while (!fits() && (give_way(caller_with_most()) || give_way(std::nullopt))) {
    }
    return fits() && caller_fits();
}

const std::string& Connections::caller_with_most() const {
    return std::max_element(held_of_caller_.begin(), held_of_caller_.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

void Connections::set_held(Known& known, std::size_t bytes) {
    if (bytes == known.held) return;
    held_ += bytes - known.held;
    held_of_caller_[known.caller] += bytes;
    take_from(held_of_caller_, known.caller, known.held);
    known.held = bytes;
}

void Connections::close_all() {
    while (!all_.empty()) {
        auto* const one = all_.begin()->first;
        remove(*one);
        one->close();
    }
}

}  // namespace gantry::host
