// Which connections a listener has, and who gives way when one more comes.
#pragma once

#include "api/http_connection.hpp"

#include <list>
#include <unordered_map>

namespace gantry::host {

/// One caller has three quarters of the places at the most, and all that are not of this machine
/// have. Beyond them there are a few spare ones, for a request each to health, metrics or /admin.
/// Who floods pays for it: what one more costs grows with the idle ones of others alone. On the
/// server's thread only.
class Connections {
public:
    enum class Place { kNone, kSpare, kOwn };

    /// That a listener has, without the spare ones.
    static std::size_t most();

    /// The place for one more of `caller`; an idle one of those that take it is closed where there
    /// is none, and counted in `displaced`.
    Place make_room(const std::string& caller, std::uint64_t& displaced);
    void add(HttpConnection& connection, const std::string& caller, Place place);
    void remove(HttpConnection& connection);
    void set_idle(HttpConnection& connection, bool idle);
    /// It has so many bytes of a request or of an answer. Where all have more than 128 MiB, or
    /// those of one caller more than three quarters of it, other idle ones that have some are
    /// closed, those of the caller that has most first, and counted in `displaced`. False: it is
    /// more still.
    bool hold(HttpConnection& connection, std::size_t bytes, std::uint64_t& displaced);
    /// Each of them may go with it.
    void close_all();

private:
    using Idle = std::list<HttpConnection*>;
    using Count = std::unordered_map<std::string, std::size_t>;  // by caller, none of them zero
    struct Known {
        std::string caller;
        Place place;
        std::optional<Idle::iterator> idle;  // none: a request of it is being answered
        std::size_t held = 0;                // bytes
    };

    Idle& idle_of(Place place) { return place == Place::kSpare ? idle_spare_ : idle_; }
    const std::string& caller_with_most() const;
    static std::size_t of(const Count& count, const std::string& caller);
    static void take_from(Count& count, const std::string& caller, std::size_t less);
    void set_held(Known& known, std::size_t bytes);
    bool make_room_of_its_own(const std::string& caller, std::uint64_t& displaced);
    template <typename Which>
    bool displace(const Idle& idle, Which which, std::uint64_t& displaced);

    const std::size_t most_ = most();
    std::unordered_map<HttpConnection*, Known> all_;
    Idle idle_;  // which has been so longest stands first
    Idle idle_spare_;
    std::size_t spare_ = 0;
    Count spare_of_caller_;
    Count of_caller_;
    std::size_t remote_ = 0;
    std::size_t held_ = 0;  // bytes of all
    Count held_of_caller_;
};

}  // namespace gantry::host
