// An HTTP/1.1 server in the test's process that answers, or fails, as it is told, and remembers
// what it was asked.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct ssl_ctx_st;

namespace gantry::test {

struct ServedRequest {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    int connection = 0;  // 1, 2, …

    /// Empty when there was none.
    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }
};

/// What is done with one request: bytes are sent, then the connection is kept or ends.
struct Reaction {
    enum class Then { kKeep, kClose, kReset, kStall };
    std::string bytes{};
    Then then = Then::kKeep;
};

/// `headers`: whole lines, each with its "\r\n".
Reaction answer(int status, const std::string& body = "", const std::string& headers = "");
inline Reaction drop() { return {"", Reaction::Then::kClose}; }
inline Reaction reset() { return {"", Reaction::Then::kReset}; }
/// Says nothing until the client gives up.
inline Reaction stall() { return {"", Reaction::Then::kStall}; }
/// The head and a part of the body.
inline Reaction truncated() {
    return {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":", Reaction::Then::kClose};
}

class ScriptedServer {
public:
    /// [any] Asked for each request, with its number from 1 on.
    using Script = std::function<Reaction(const ServedRequest&, int number)>;

    /// On a free port of 127.0.0.1. With `tls`, which it does not own, by TLS.
    explicit ScriptedServer(Script script, ssl_ctx_st* tls = nullptr);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    int port() const { return port_; }
    std::string url(const std::string& path = "/") const;
    std::vector<ServedRequest> requests() const;

    /// Until so many requests came, or connections ended. False: in vain.
    bool wait_for_requests(std::size_t count) const;
    bool wait_for_ended(std::size_t count) const;

private:
    void accept_all();
    void serve(int fd, int connection);

    const Script script_;
    ssl_ctx_st* const tls_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<ServedRequest> requests_;
    std::vector<int> open_;  // sockets of connections
    std::size_t ended_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> connections_;  // of accept_all()
    std::thread acceptor_;
};

}  // namespace gantry::test
