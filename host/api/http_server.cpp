// RESTinio on one thread. Its own limit on bodies would close the connection without an answer, so
// it is wider than what is accepted, and what is too large is left to the handler.
#include <utility>  // before Boost.Asio 1.74, which forgets it

#include "api/http_server.hpp"

#include <restinio/http_server.hpp>
#include <restinio/message_builders.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace gantry::host {
namespace {

/// A larger body ends the connection.
constexpr std::size_t kMaxRead = 16 * kMaxBody;
constexpr std::size_t kMaxConnections = 1000;

// Turns connections away that are too many: RESTinio stops accepting for good once the process has
// no file descriptor left. Its own limiter dies before the connections that use it. On the one
// thread of the server only.
class ConnectionLimit {
public:
    restinio::ip_blocker::inspection_result_t inspect(
        const restinio::ip_blocker::incoming_info_t&) const noexcept {
        return open_.size() < most_ ? restinio::ip_blocker::allow() : restinio::ip_blocker::deny();
    }

    void state_changed(const restinio::connection_state::notice_t& notice) {
        using restinio::connection_state::accepted_t;
        if (restinio::holds_alternative<accepted_t>(notice.cause())) {
            open_.insert(notice.connection_id());
        } else {
            open_.erase(notice.connection_id());
        }
    }

private:
    static std::size_t most() {
        rlimit files{};
        if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kMaxConnections / 2;
        return std::clamp<std::size_t>(files.rlim_cur / 2, 16, kMaxConnections);
    }

    const std::size_t most_ = most();
    std::unordered_set<restinio::connection_id_t> open_;
};

struct Traits : restinio::default_traits_t {
    using request_handler_t =
        std::function<restinio::request_handling_status_t(restinio::request_handle_t)>;
    using ip_blocker_t = ConnectionLimit;
    using connection_state_listener_t = ConnectionLimit;
};

const char* reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 507:
            return "Insufficient Storage";
        default:
            return "Internal Server Error";
    }
}

std::optional<std::string> field(const restinio::request_t& request, const char* name) {
    const auto* value = request.header().try_get_field(name);
    if (value == nullptr) return std::nullopt;
    const auto end = value->find_last_not_of(" \t");
    return value->substr(0, end + 1);
}

// The requests that have no answer yet, and the answers on their way. Replies share it: they may
// come when the server is gone.
class Outbox : public std::enable_shared_from_this<Outbox> {
public:
    std::uint64_t add(restinio::request_handle_t request) {
        const std::lock_guard lock(mutex_);
        open_.emplace(++last_, std::move(request));
        return last_;
    }

    void answer(std::uint64_t number, Answer answer) {
        std::unique_lock lock(mutex_);
        auto node = open_.extract(number);
        if (node.empty()) return;
        auto sending = std::make_shared<Sending>(shared_from_this());
        ++sending_;
        ++handing_over_;
        lock.unlock();
        try {
            send(std::move(node.mapped()), std::move(answer), std::move(sending));
        } catch (const std::exception&) {  // out of memory: RESTinio ends the connection in time
        }
        lock.lock();
        --handing_over_;
        quiet_.notify_all();
    }

    void wait(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        quiet_.wait_for(lock, patience, [this] { return open_.empty() && sending_ == 0; });
    }

    /// Lets go of all connections.
    void drop() {
        std::unordered_map<std::uint64_t, restinio::request_handle_t> dropped;
        std::unique_lock lock(mutex_);
        dropped.swap(open_);
        quiet_.wait(lock, [this] { return handing_over_ == 0; });
        lock.unlock();
    }

private:
    // Ends with the answer, sent or not: RESTinio drops it when the connection is gone.
    struct Sending {
        explicit Sending(std::shared_ptr<Outbox> box) : outbox(std::move(box)) {}
        Sending(const Sending&) = delete;
        Sending& operator=(const Sending&) = delete;
        ~Sending() {
            const std::lock_guard lock(outbox->mutex_);
            --outbox->sending_;
            outbox->quiet_.notify_all();
        }
        std::shared_ptr<Outbox> outbox;
    };

    static void send(restinio::request_handle_t request, Answer answer,
                     std::shared_ptr<Sending> sending) {
        const auto& header = request->header();
        // User controlled, since the body is counted even where HEAD keeps it back.
        auto response = request->create_response<restinio::user_controlled_output_t>(
            {restinio::http_status_code_t(static_cast<std::uint16_t>(answer.status)),
             reason(answer.status)});
        response.append_header(restinio::http_field::content_type, answer.type);
        for (auto& [name, value] : answer.headers) response.append_header(name, std::move(value));
        response.set_content_length(answer.body.size());
        if (header.method() != restinio::http_method_head()) {
            response.set_body(std::move(answer.body));
        }
        if (header.has_field(restinio::http_field::upgrade)) response.connection_close();
        response.done([sending = std::move(sending)](const auto&) {});
    }

    std::mutex mutex_;
    std::condition_variable quiet_;
    std::unordered_map<std::uint64_t, restinio::request_handle_t> open_;
    std::uint64_t last_ = 0;
    std::size_t sending_ = 0;
    std::size_t handing_over_ = 0;
};

}  // namespace

class HttpServer::Impl {
public:
    Impl(const std::string& address, int port, std::function<void(Request, Reply)> handler)
        : handler_(std::move(handler)) {
        try {
            server_.emplace(restinio::external_io_context(io_),
                            [&](auto& settings) { configure(settings, address, port); });
            server_->open_sync();
        } catch (const std::exception& e) {
            throw Error(GANTRY_E_CONFIG, "cannot listen on " + address + " port " +
                                             std::to_string(port) + ": " + e.what());
        }
        thread_ = std::thread([this] { io_.run(); });
    }

    ~Impl() { close(std::chrono::milliseconds(0)); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    int port() const { return port_; }

    void stop_listening() {
        if (!std::exchange(listening_, false)) return;
        std::promise<void> closed;
        server_->close_async([&] { closed.set_value(); }, [&](const auto&) { closed.set_value(); });
        closed.get_future().wait();
    }

    void close(std::chrono::milliseconds patience) {
        if (!thread_.joinable()) return;
        stop_listening();
        outbox_->wait(patience);
        io_.stop();
        thread_.join();
        outbox_->drop();
    }

private:
    template <typename Settings>
    void configure(Settings& settings, const std::string& address, int port) {
        using std::chrono::seconds;
        const auto limit = std::make_shared<ConnectionLimit>();
        settings.address(address)
            .protocol(address.find(':') == std::string::npos ? restinio::asio_ns::ip::tcp::v4()
                                                             : restinio::asio_ns::ip::tcp::v6())
            .port(static_cast<std::uint16_t>(port))
            .acceptor_post_bind_hook(
                [this](auto& acceptor) { port_ = acceptor.local_endpoint().port(); })
            .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                          .max_url_size(64 << 10)
                                          .max_field_name_size(1 << 10)
                                          .max_field_value_size(64 << 10)
                                          .max_field_count(200)
                                          .max_body_size(kMaxRead))
            .ip_blocker(limit)
            .connection_state_listener(limit)
            .buffer_size(16 << 10)
            .read_next_http_message_timelimit(seconds(60))
            .write_http_response_timelimit(seconds(60))
            // The handler answers in time by itself: a minute's wait for a run, and what a busy
            // disk adds to it.
            .handle_request_timeout(seconds(600))
            .request_handler([this](restinio::request_handle_t request) {
                receive(std::move(request));
                return restinio::request_accepted();
            });
    }

    void receive(restinio::request_handle_t handle) {
        const auto& header = handle->header();
        Request request;
        request.method = header.method().c_str();
        request.target = header.request_target();
        request.body = handle->body().substr(0, kMaxBody + 1);
        request.authorization = field(*handle, "Authorization");
        request.idempotency_key = field(*handle, "Idempotency-Key");
        request.prefer = field(*handle, "Prefer");
        const auto number = outbox_->add(std::move(handle));
        handler_(std::move(request), [outbox = outbox_, number](Answer answer) {
            outbox->answer(number, std::move(answer));
        });
    }

    const std::function<void(Request, Reply)> handler_;
    const std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
    std::atomic<int> port_{0};
    bool listening_ = true;
    restinio::asio_ns::io_context io_{1};
    // The thread stays, to close, even when RESTinio has nothing to wait for any more: once an
    // accept has failed.
    const restinio::asio_ns::executor_work_guard<restinio::asio_ns::io_context::executor_type>
        work_{io_.get_executor()};
    std::optional<restinio::http_server_t<Traits>> server_;
    std::thread thread_;
};

HttpServer::HttpServer(const std::string& address, int port,
                       std::function<void(Request, Reply)> handler)
    : impl_(std::make_unique<Impl>(address, port, std::move(handler))) {}
HttpServer::~HttpServer() = default;

int HttpServer::port() const { return impl_->port(); }
void HttpServer::stop_listening() { impl_->stop_listening(); }
void HttpServer::close(std::chrono::milliseconds patience) { impl_->close(patience); }

}  // namespace gantry::host
