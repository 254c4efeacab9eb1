// Boost.Asio on one thread.
#include <utility>  // before Boost.Asio 1.74, which forgets it

#include "api/connections.hpp"
#include "base/address.hpp"
#include "base/may_block.hpp"
#include "store/own_file.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <netdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

namespace gantry::host {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

constexpr int kAtOnce = 64;
constexpr std::size_t kMostPosted = 32 << 20;  // bytes
constexpr auto kPostPatience = std::chrono::seconds(1);
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);
constexpr auto kLookAtSocket = std::chrono::seconds(1);

std::string peer_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    char host[NI_MAXHOST] = "";
    if (getpeername(fd, generic, &size) == 0 && address.ss_family != AF_UNIX) {
        getnameinfo(generic, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
    }
    return host;
}

// How answers come to the server's thread. Replies share it: they may come when the server is gone.
class Post {
public:
    explicit Post(asio::io_context& io) : io_(&io) {}

    static void to(const std::shared_ptr<Post>& post, std::weak_ptr<HttpConnection> connection,
                   std::uint64_t request, Answer answer) {
        const std::lock_guard lock(post->mutex_);
        if (post->io_ == nullptr) return;
        post->bytes_ += answer.body.size();
        asio::post(*post->io_, [post, connection = std::move(connection), request,
                                answer = std::move(answer)]() mutable {
            post->arrived(answer.body.size());
            if (const auto alive = connection.lock()) alive->answer(request, std::move(answer));
        });
    }

    /// Until few bytes are on their way, a second at the most.
    void wait() {
        about_to_block("answers on their way");
        std::unique_lock lock(mutex_);
        fewer_.wait_for(lock, kPostPatience,
                        [this] { return bytes_ <= kMostPosted || io_ == nullptr; });
    }

    void taken(std::weak_ptr<HttpConnection> connection, std::uint64_t request) {
        const std::lock_guard lock(mutex_);
        if (io_ == nullptr) return;
        asio::post(*io_, [connection = std::move(connection), request] {
            if (const auto alive = connection.lock()) alive->body_taken(request);
        });
    }

    void close() {
        const std::lock_guard lock(mutex_);
        io_ = nullptr;
        fewer_.notify_all();
    }

private:
    void arrived(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        bytes_ -= bytes;
        fewer_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable fewer_;
    asio::io_context* io_;
    std::size_t bytes_ = 0;  // of answers on their way
};

}  // namespace

class HttpServer::Impl : HttpListener {
public:
    Impl(const ListenConfig& at, HttpEvents events) : events_(std::move(events)) {
        try {
            at.socket.empty() ? listen_on_port(at) : listen_on_socket(at.socket);
        } catch (const std::exception& e) {
            const auto where =
                at.socket.empty() ? at.address + " port " + std::to_string(at.port) : at.socket;
            throw Error(GANTRY_E_CONFIG, "cannot listen on " + where + ": " + e.what());
        }
        accept();
        if (socket_file_) look_at_socket_later();
        thread_ = std::thread([this] { run(); });
    }
    ~Impl() override { close(std::chrono::milliseconds(0)); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    const std::string& address() const { return address_; }

    HttpCounts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

    void let_answers_arrive() { post_->wait(); }

    void stop_listening() {
        if (ends_.exchange(true)) return;
        std::promise<void> closed;
        asio::post(io_, [&] {
            error_code none;
            acceptor_.close(none);
            if (socket_file_ && file_at(socket_path()) == socket_file_) {
                ::unlink(socket_path().c_str());
            }
            again_.cancel();
            look_.cancel();
            closed.set_value();
        });
        closed.get_future().wait();
    }

    void close(std::chrono::milliseconds patience) {
        if (!thread_.joinable()) return;
        stop_listening();
        {
            std::unique_lock lock(mutex_);
            quiet_.wait_for(lock, patience, [this] { return counts_.under_way == 0; });
        }
        post_->close();
        io_.stop();
        thread_.join();
        connections_.close_all();
    }

private:
    // What throws there costs its own connection, which goes with the handler.
    void run() {
        for (;;) {
            try {
                io_.run();
                return;
            } catch (const std::exception&) {
                count(&HttpCounts::malformed);
            }
        }
    }

    void listen_on_port(const ListenConfig& where) {
        const asio::ip::tcp::endpoint at(asio::ip::make_address(where.address),
                                         static_cast<std::uint16_t>(where.port));
        acceptor_.open(Acceptor::protocol_type(at.protocol()));
        acceptor_.set_option(asio::socket_base::reuse_address(true));
        acceptor_.bind(at);
        acceptor_.listen();
        acceptor_.non_blocking(true);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&bound), &size);
        const bool v6 = bound.ss_family == AF_INET6;
        const auto port = ntohs(v6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                   : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
        address_ = "http://" + (v6 ? "[" + where.address + "]" : where.address) + ":" +
                   std::to_string(port);
    }

    void listen_on_socket(const std::string& path) {
        remove_left(path);
        acceptor_ = made_at(path);
        address_ = std::string(kUnixSocket) + path;
    }

    // Nobody else can come in before it listens.
    Acceptor made_at(const std::string& path) {
        make_own_folder(std::filesystem::path(path).parent_path());
        Acceptor acceptor(io_);
        acceptor.open(Acceptor::protocol_type(AF_UNIX, 0));
        acceptor.bind(asio::local::stream_protocol::endpoint(path));
        socket_file_ = file_at(path);
        try {
            std::filesystem::permissions(
                path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
            acceptor.listen();
            acceptor.non_blocking(true);
        } catch (const std::exception&) {
            ::unlink(path.c_str());  // else it stood in its own way
            throw;
        }
        return acceptor;
    }

    // Nothing tells of a file that is deleted, and nobody comes in without it.
    void look_at_socket_later() {
        look_.expires_after(kLookAtSocket);
        look_.async_wait([this](error_code e) {
            if (e || !acceptor_.is_open()) return;
            look_at_socket();
            look_at_socket_later();
        });
    }

    void look_at_socket() {
        const auto path = socket_path();
        const auto there = file_at(path);
        if (there && there == socket_file_) return;
        std::string why = "the socket " + path + " was ";
        if (there) {
            why += "replaced by another file: take that away, and it is made again";
        } else {
            try {
                accept_waiting();  // at the old one
                acceptor_ = made_at(path);
                accept();
                socket_told_ = false;
                return events_.socket_lost(why + "deleted; it was made again", true);
            } catch (const std::exception& e) {
                why += std::string("deleted, and cannot be made again: ") + e.what() +
                       ". Mend that, or restart the host";
            }
        }
        if (!std::exchange(socket_told_, true)) events_.socket_lost(why, false);
    }

    std::string socket_path() const { return address_.substr(kUnixSocket.size()); }

    // Which file has the name now.
    static std::optional<std::pair<dev_t, ino_t>> file_at(const std::string& path) {
        struct stat there {};
        if (::lstat(path.c_str(), &there) != 0) return std::nullopt;
        return std::pair(there.st_dev, there.st_ino);
    }

    // Of a host that did not end orderly.
    void remove_left(const std::string& path) {
        if (!std::filesystem::is_socket(std::filesystem::symlink_status(path))) return;
        asio::local::stream_protocol::socket asking(io_);
        error_code e;
        asking.open();
        asking.non_blocking(true);  // who is there may not accept
        asking.connect(asio::local::stream_protocol::endpoint(path), e);
        if (e == asio::error::connection_refused) std::filesystem::remove(path);
    }

    void accept() {
        acceptor_.async_accept([this](error_code e, HttpConnection::Socket socket) {
            if (!acceptor_.is_open() || e == asio::error::operation_aborted) return;
            if (e) return accept_later();
            accept();  // first: what throws below costs this connection alone
            connect(std::move(socket));
            accept_waiting();
        });
    }

    // Those that wait as well: who comes is not to wait for what all others send.
    void accept_waiting() {
        for (int i = 0; i < kAtOnce; ++i) {
            error_code e;
            HttpConnection::Socket socket(io_);
            acceptor_.accept(socket, e);
            if (e) return;
            connect(std::move(socket));
        }
    }

    // No file is left: one may be, soon.
    void accept_later() {
        again_.expires_after(kAcceptAgain);
        again_.async_wait([this](error_code e) {
            if (!e && acceptor_.is_open()) accept();
        });
    }

    void connect(HttpConnection::Socket socket) {
        auto peer = peer_of(socket.native_handle());
        std::uint64_t displaced = 0;
        const auto caller = caller_of(peer);
        const auto place = connections_.make_room(caller, displaced);
        count(&HttpCounts::displaced, displaced);
        if (place != Connections::Place::kOwn) count(&HttpCounts::refused);
        if (place == Connections::Place::kNone) return;  // closed with the socket
        const auto connection = make_http_connection(std::move(socket), std::move(peer),
                                                     place == Connections::Place::kSpare, *this);
        connections_.add(*connection, caller, place);
        count(&HttpCounts::open);
        connection->start();
    }

    // HttpListener
    Receive receive(Request head) override { return events_.receive(std::move(head)); }
    Reply reply_to(const std::shared_ptr<HttpConnection>& connection,
                   std::uint64_t request) override {
        return [post = post_, to = std::weak_ptr(connection), request](Answer answer) {
            Post::to(post, to, request, std::move(answer));
        };
    }
    std::function<void()> taken_from(const std::shared_ptr<HttpConnection>& connection,
                                     std::uint64_t request) override {
        return [post = post_, from = std::weak_ptr(connection), request] {
            post->taken(from, request);
        };
    }
    void taken() override {
        const std::lock_guard lock(mutex_);
        ++counts_.under_way;
    }
    void settled() override {
        const std::lock_guard lock(mutex_);
        if (--counts_.under_way == 0) quiet_.notify_all();
    }
    void idle(HttpConnection& connection) override { connections_.set_idle(connection, true); }
    void busy(HttpConnection& connection) override { connections_.set_idle(connection, false); }
    bool holds(HttpConnection& connection, std::size_t bytes) override {
        std::uint64_t displaced = 0;
        const bool fits = connections_.hold(connection, bytes, displaced);
        if (displaced > 0) count(&HttpCounts::displaced, displaced);
        return fits;
    }
    void unheld() override { count(&HttpCounts::unheld); }
    void malformed() override { count(&HttpCounts::malformed); }
    void refused(int status) override { events_.refused(status); }
    void gone() override { count(&HttpCounts::gone); }
    void closed(HttpConnection& connection) override {
        connections_.remove(connection);
        const std::lock_guard lock(mutex_);
        --counts_.open;
    }
    bool ends() const override { return ends_; }

    void count(std::uint64_t HttpCounts::*what, std::uint64_t by = 1) {
        const std::lock_guard lock(mutex_);
        counts_.*what += by;
    }

    const HttpEvents events_;
    mutable std::mutex mutex_;
    std::condition_variable quiet_;
    HttpCounts counts_;
    Connections connections_;
    std::atomic<bool> ends_{false};
    std::string address_;
    std::optional<std::pair<dev_t, ino_t>> socket_file_;  // of ours; another may have its name now
    asio::io_context io_{1};                              // connections end with it
    const std::shared_ptr<Post> post_ = std::make_shared<Post>(io_);
    Acceptor acceptor_{io_};
    asio::steady_timer again_{io_};
    asio::steady_timer look_{io_};  // at the socket's file
    bool socket_told_ = false;      // that it cannot be made again
    std::thread thread_;
};

HttpServer::HttpServer(const ListenConfig& at, HttpEvents events)
    : impl_(std::make_unique<Impl>(at, std::move(events))) {}
HttpServer::~HttpServer() = default;

std::size_t HttpServer::most_connections() { return Connections::most(); }
std::string HttpServer::address() const { return impl_->address(); }
HttpCounts HttpServer::counts() const { return impl_->counts(); }
void HttpServer::let_answers_arrive() { impl_->let_answers_arrive(); }
void HttpServer::stop_listening() { impl_->stop_listening(); }
void HttpServer::close(std::chrono::milliseconds patience) { impl_->close(patience); }

}  // namespace gantry::host
