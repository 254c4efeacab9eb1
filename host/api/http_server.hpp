// HTTP on a socket: hands over requests and sends answers. Knows no resource.
#pragma once

#include "api/exchange.hpp"
#include "base/config.hpp"

#include <chrono>
#include <memory>
#include <variant>

namespace gantry::host {

/// There as long as its client is.
struct SentBody {
    std::weak_ptr<std::string> text;
    /// [any] To be called once `text` was moved away: it is the server's no more. May be empty.
    std::function<void()> taken;
};

/// What to do with a request whose body has not been read: an answer in its place, or who takes it
/// with its body.
using Receive = std::variant<Answer, std::function<void(SentBody body, Reply)>>;

/// What has happened since the start. [any]
struct HttpCounts {
    std::uint64_t open = 0;       // now
    std::uint64_t under_way = 0;  // requests that are there whole and have no answer, now
    std::uint64_t refused = 0;    // connections, since there were too many
    std::uint64_t displaced = 0;  // idle ones, closed to make room
    std::uint64_t malformed = 0;  // requests that were no HTTP or too large
    std::uint64_t unheld = 0;     // requests refused since there was no memory for them
    std::uint64_t gone = 0;       // whose client left before the answer
};

/// What the server does not do itself, on its own thread: they must not block.
struct HttpEvents {
    /// A request's head is there.
    std::function<Receive(Request head)> receive;
    /// A request was answered so without receive(), or in the place of who would have taken it.
    std::function<void(int status)> refused;
    /// The unix socket's file is not there any more, for people; whether it was made again.
    std::function<void(const std::string& what, bool made_again)> socket_lost;
};

class HttpServer {
public:
    /// At one listener, without the spare ones.
    static std::size_t most_connections();

    /// Listens at once; the file of a unix socket is made, for its owner alone, and made again
    /// within a second where somebody deletes it. Every answer goes out with Content-Length. Throws
    /// Error of class CONFIG when the address cannot be listened on.
    HttpServer(const ListenConfig& at, HttpEvents events);
    ~HttpServer();  // close() without patience
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// "http://127.0.0.1:PORT", with the port that is really bound, or "unix:PATH".
    std::string address() const;
    HttpCounts counts() const;

    /// Answers are made faster than they go out: who has made one waits until no more than 32 MiB
    /// are on their way to the server's thread, a second at the most. [any that may block]
    void let_answers_arrive();

    /// Stops listening.
    void stop_listening();
    /// Gives answers `patience` to go out, then ends all connections. No event comes any
    /// more once this returns, and replies are dropped.
    void close(std::chrono::milliseconds patience);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::host
