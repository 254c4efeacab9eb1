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
    const auto any = [](const HttpConnection*, const Known&) { return true; };
    const auto of_caller = [&](const HttpConnection*, const Known& one) {
        return one.caller == caller;
    };
    const auto known = spare_of_caller_.find(caller);
    if (known != spare_of_caller_.end() && known->second >= kSpareOfCaller &&
        !displace(idle_spare_, of_caller, displaced)) {
        return Place::kNone;
    }
    const bool spare = spare_ < kSparePlaces || displace(idle_spare_, any, displaced);
    return spare ? Place::kSpare : Place::kNone;
}

bool Connections::make_room_of_its_own(const std::string& caller, std::uint64_t& displaced) {
    const auto of_caller = [&](const HttpConnection*, const Known& one) {
        return one.caller == caller;
    };
    const auto remote = [](const HttpConnection*, const Known& one) {
        return !is_of_this_machine(one.caller);
    };
    const auto any = [](const HttpConnection*, const Known&) { return true; };
    const auto most_of_some = most_ * 3 / 4;
    const auto known = of_caller_.find(caller);
    const auto count = known == of_caller_.end() ? 0 : known->second;
    if (count >= most_of_some && !displace(idle_, of_caller, displaced)) return false;
    if (!is_of_this_machine(caller) && remote_ >= most_of_some &&
        !displace(idle_, remote, displaced))
        return false;
    return all_.size() - spare_ < most_ || displace(idle_, any, displaced);
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
        const auto count = spare_of_caller_.find(caller);
        if (--count->second == 0) spare_of_caller_.erase(count);
    } else {
        const auto count = of_caller_.find(caller);
        if (--count->second == 0) of_caller_.erase(count);
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
    const auto of_others = [&](const HttpConnection* one, const Known& known) {
        return one != &connection && known.held > 0;
    };
    const auto of_caller = [&](const HttpConnection* one, const Known& known) {
        return of_others(one, known) && known.caller == caller;
    };
    const auto of_who_has_most = [&](const HttpConnection* one, const Known& known) {
        return of_others(one, known) && known.caller == caller_with_most();
    };
    const auto fits = [&] { return held_ <= kMostHeld; };
    const auto caller_fits = [&] { return held_of(caller) <= kMostHeld * 3 / 4; };
    const auto make_fit = [&](const auto& is_enough, const auto& which) {
        while (!is_enough()) {
            if (!displace(idle_, which, displaced) && !displace(idle_spare_, which, displaced)) {
                break;
            }
        }
    };
    make_fit(caller_fits, of_caller);
    make_fit(fits, of_who_has_most);
    make_fit(fits, of_others);
    return fits() && caller_fits();
}

std::size_t Connections::held_of(const std::string& caller) const {
    const auto it = held_of_caller_.find(caller);
    return it == held_of_caller_.end() ? 0 : it->second;
}

const std::string& Connections::caller_with_most() const {
    return std::max_element(held_of_caller_.begin(), held_of_caller_.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

void Connections::set_held(Known& known, std::size_t bytes) {
    held_ += bytes - known.held;
    const auto of_caller = held_of_caller_.try_emplace(known.caller, 0).first;
    of_caller->second += bytes - known.held;
    if (of_caller->second == 0) held_of_caller_.erase(of_caller);
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
