// One connection of the HTTP server: request after request, each answered before the next is read.
#pragma once

#include <utility>  // before Boost.Asio 1.74, which forgets it

#include "api/http_server.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

namespace gantry::host {

class HttpConnection;

/// What a connection tells its server, on the server's thread.
class HttpListener {
public:
    virtual ~HttpListener() = default;
    virtual Receive receive(Request head) = 0;
    /// For `connection`, whose request has the number; from any thread, also after its end.
    virtual Reply reply_to(const std::shared_ptr<HttpConnection>& connection,
                           std::uint64_t request) = 0;
    /// For the same, from any thread: its body was taken away.
    virtual std::function<void()> taken_from(const std::shared_ptr<HttpConnection>& connection,
                                             std::uint64_t request) = 0;
    /// A request is there whole and has no answer yet; and: its answer is out, or nobody is left.
    virtual void taken() = 0;
    virtual void settled() = 0;
    /// From now on it waits for its client, who sends a request or takes an answer; and: it has a
    /// whole request.
    virtual void idle(HttpConnection& connection) = 0;
    virtual void busy(HttpConnection& connection) = 0;
    /// It has so many bytes of a request or of an answer; false: that is too much beside those of
    /// the others, whoever gave way.
    virtual bool holds(HttpConnection& connection, std::size_t bytes) = 0;
    /// A request was refused since it holds() too much.
    virtual void unheld() = 0;
    virtual void malformed() = 0;
    /// A request that receive() was not asked about, or that its taker did not get, is answered so.
    virtual void refused(int status) = 0;
    virtual void gone() = 0;
    virtual void closed(HttpConnection& connection) = 0;
    /// No new request is taken on a connection after the answer under way.
    virtual bool ends() const = 0;
};

/// On the server's thread only. Ends with the last of what is under way on it.
class HttpConnection {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;

    virtual ~HttpConnection() = default;

    virtual void start() = 0;
    virtual void answer(std::uint64_t request, Answer answer) = 0;
    /// The body of that request is held by somebody else.
    virtual void body_taken(std::uint64_t request) = 0;
    /// At once.
    virtual void close() = 0;
};

/// `spare`: it has one request, whose head is to be there within two seconds, and its body within
/// two more. `listener` outlives it.
std::shared_ptr<HttpConnection> make_http_connection(HttpConnection::Socket socket,
                                                     std::string peer, bool spare,
                                                     HttpListener& listener);

}  // namespace gantry::host
