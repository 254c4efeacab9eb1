// The host's HTTP server: configured routes, runs, health and the management API.
#pragma once

#include "base/config.hpp"
#include "base/metrics.hpp"
#include "flow/runs.hpp"
#include "plugin/container.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// What the server works with; they outlive it.
struct ServerParts {
    Runs& runs;
    Store& store;
    Container& container;
    Pool& api;     // its own: reads the store
    Pool& routes;  // its own: checks what a route was sent, and evaluates its expressions
    Timers& timers;
    Log& log;
    Metrics& metrics;
    /// That long without a step forward, though there is work, and the process counts as dead.
    std::chrono::milliseconds dead_after = std::chrono::seconds(30);
    /// See Retention; empty: nothing is deleted here.
    std::function<std::optional<std::int64_t>()> retention_waits_until = {};
};

class Server {
public:
    /// Listens at once. No admin token: /admin is open. Throws Error of class CONFIG when the
    /// address cannot be had or a route's input is no template over the body.
    Server(ServerParts parts, const Config& config, std::optional<std::string> admin_token);

    /// let_go(). Waits for calls of services that are under way.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// "http://127.0.0.1:PORT", with the port that is really bound.
    std::string address() const;
    /// The same for /admin; "unix:PATH" where that is a unix socket.
    std::string admin_address() const;

    /// From now on new runs are refused and the host says it is not ready, both with 503. [any]
    void drain();

    /// Stops listening; who waits for a run is told that it is under way; answers get 2 s to go
    /// out. For an end that destroys nothing.
    void let_go();
    /// let_go(), then waits for what is under way, such as a backup; false: it still is.
    bool over_within(std::chrono::milliseconds patience);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::host
