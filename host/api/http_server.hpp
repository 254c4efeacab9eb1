// HTTP on a socket: hands over requests and sends answers. Knows no resource.
#pragma once

#include "api/exchange.hpp"

#include <chrono>
#include <memory>

namespace gantry::host {

class HttpServer {
public:
    /// Calls `handler` on its own thread: it must not block. Every answer goes out with
    /// Content-Length and as application/json. Throws Error of class CONFIG when the address cannot
    /// be listened on.
    HttpServer(const std::string& address, int port, std::function<void(Request, Reply)> handler);
    ~HttpServer();  // close() without patience
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// The one that is really bound.
    int port() const;

    /// Stops listening.
    void stop_listening();
    /// Gives answers `patience` to go out, then ends all connections. The handler is not called any
    /// more once this returns, and replies are dropped.
    void close(std::chrono::milliseconds patience);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::host
