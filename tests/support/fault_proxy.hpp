// A server between a host and the system it speaks to: passes requests on, loses, breaks or delays
// them as it is told, and counts those that arrived.
#pragma once

#include "support/http.hpp"
#include "support/scripted_server.hpp"

#include <deque>
#include <optional>

namespace gantry::test {

/// What happens to one request.
struct ProxyFault {
    enum class Kind {
        kReset,         // the connection is reset before anything is passed on
        kLoseReply,     // passed on; the connection closes without an answer
        kResetAfter,    // passed on; the connection is reset
        kStall,         // not passed on; nothing is said until the client gives up
        kStallReply,    // passed on; nothing is said until the client gives up
        kAnswer,        // not passed on; `answer` is the answer
        kTruncate,      // passed on; the head and half of the body come back
        kReplaceReply,  // passed on; `answer` comes back instead
    };
    Kind kind;
    Reaction answer{};
};

class FaultProxy {
public:
    /// To `upstream`, a port of 127.0.0.1.
    explicit FaultProxy(int upstream);

    int port() const { return server_.port(); }
    std::string url(const std::string& path = "") const { return server_.url(path); }

    /// The next `times` requests for which `which` holds meet this fault; empty: every request. Of
    /// several the first that fits.
    using Which = std::function<bool(const ServedRequest&)>;
    void inject(const ProxyFault& fault, int times = 1, Which which = {});
    void heal();

    /// What arrived at the system, in order, with the status it answered.
    struct Passed {
        ServedRequest request;
        int status;
    };
    std::vector<Passed> passed() const;
    std::size_t passed(const Which& which) const;
    void forget();

private:
    struct Planned {
        ProxyFault fault;
        int times;
        Which which;
    };

    Reaction react(const ServedRequest& request);
    std::optional<ProxyFault> next_fault(const ServedRequest& request);

    const int upstream_;
    mutable std::mutex mutex_;
    std::deque<Planned> planned_;
    std::vector<Passed> passed_;
    ScriptedServer server_;  // last: its threads use all of the above
};

}  // namespace gantry::test
