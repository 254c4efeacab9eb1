// Boost.Beast reads the head first, so that what is refused for it costs no body. It is slow to
// compile: this source alone includes its HTTP.
#include "api/http_connection.hpp"

#include "api/target.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <poll.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <limits>
#include <tuple>

namespace gantry::host {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint32_t kMaxHead = 64 << 10;
constexpr std::size_t kMaxHeadFields = 128;
constexpr std::size_t kMaxTarget = 8 << 10;
constexpr std::size_t kMaxMethod = 32;
constexpr std::size_t kPiece = 16 << 10;
constexpr auto kLookAgain = std::chrono::seconds(1);    // whether a client has gone
constexpr auto kForRequest = std::chrono::seconds(60);  // its head, then its body
constexpr auto kForSpare = std::chrono::seconds(2);     // the same where places are short
constexpr auto kForAnswer = std::chrono::seconds(60);
constexpr auto kForRest = std::chrono::seconds(2);  // of a body that nobody reads

std::optional<std::string> text_of(const http::fields& fields, beast::string_view name) {
    const auto it = fields.find(name);
    if (it == fields.end()) return std::nullopt;
    return std::string(it->value());
}

std::string now_as_http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

Answer malformed(int status, const std::string& why) {
    return json_answer(status, {{"type", "invalid_data"}, {"message", why}});
}

class BeastConnection : public HttpConnection,
                        public std::enable_shared_from_this<BeastConnection> {
public:
    BeastConnection(Socket socket, std::string peer, bool spare, HttpListener& listener)
        : peer_(std::move(peer)), spare_(spare), listener_(listener), stream_(std::move(socket)) {
        error_code none;  // no TCP: a unix socket has no such option
        stream_.socket().set_option(asio::ip::tcp::no_delay(true), none);
    }
    ~BeastConnection() override {
        settle();
        listener_.closed(*this);
    }
    BeastConnection(const BeastConnection&) = delete;
    BeastConnection& operator=(const BeastConnection&) = delete;

    void start() override { read_head(); }

    void answer(std::uint64_t request, Answer answer) override {
        if (request != number_ || state_ != State::kTaken) return;
        const auto until_here = std::exchange(self_, nullptr);
        body_.reset();
        state_ = State::kAnswering;
        const bool keep = parser_->get().keep_alive() && !unread_ && !spare_ && !listener_.ends();
        if (parser_->get().method() == http::verb::head) {
            return send<http::empty_body>(std::move(answer), keep);
        }
        send<http::string_body>(std::move(answer), keep);
    }

    void body_taken(std::uint64_t request) override {
        if (request == number_ && state_ == State::kTaken) listener_.holds(*this, 0);
    }

    void close() override {
        const auto until_here = std::exchange(self_, nullptr);
        body_.reset();
        look_again_.cancel();
        settle();
        stream_.close();
    }

private:
    // Idle: until a request is there whole. Taken: somebody is to answer it.
    enum class State { kIdle, kTaken, kAnswering };

    std::shared_ptr<BeastConnection> alive() { return shared_from_this(); }

    void read_head() {
        state_ = State::kIdle;
        listener_.idle(*this);
        parser_.emplace();
        parser_->header_limit(kMaxHead);
        // The head is to be seen whatever it announces. Not none: Beast 1.74 takes that for zero.
        parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
        lines_ = lines_at_end(buffer_.size());
        head_size_ = 0;
        folded_ = false;
        stream_.expires_after(spare_ ? kForSpare : kForRequest);
        read_head_on();
    }

    // Each field costs some 60 bytes beside its own, so their number counts while they come.
    void read_head_on() {
        error_code wrong;
        if (buffer_.size() > 0) take_head(parser_->put(buffer_.data(), wrong));
        if (wrong && wrong != http::error::need_more) return cannot_read(wrong);
        const bool too_long = lines_ > kMaxHeadFields + 1;  // the first is no field
        if (too_long && !parser_->is_header_done()) return refuse_head(too_many());
        if (parser_->is_header_done()) return received_head();
        read_piece([this](std::size_t came) {
            lines_ += lines_at_end(came);
            read_head_on();
        });
    }

    std::string_view came() const {
        return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
    }

    // Beast joins a field's lines and does not say that there were several.
    void take_head(std::size_t size) {
        const auto taken = came().substr(0, size);
        for (auto at = taken.find('\n'); at != std::string_view::npos; at = taken.find('\n', at)) {
            const auto next = taken.substr(++at, 1);
            folded_ = folded_ || next == " " || next == "\t";
        }
        head_size_ += size;
        buffer_.consume(size);
    }

    std::size_t lines_at_end(std::size_t size) const {
        const auto end = came().substr(buffer_.size() - size);
        return static_cast<std::size_t>(std::count(end.begin(), end.end(), '\n'));
    }

    std::size_t fields() const {
        const auto& all = parser_->get();
        return static_cast<std::size_t>(std::distance(all.begin(), all.end()));
    }

    // `then` gets how much stands at the end of the buffer that was not there before.
    template <typename Then>
    void read_piece(Then then) {
        const auto room = std::min(kPiece, buffer_.max_size() - buffer_.size());
        if (room == 0) return cannot_read(http::error::buffer_overflow);
        stream_.async_read_some(buffer_.prepare(room),
                                [this, then, alive = alive()](error_code e, std::size_t size) {
                                    if (e) return close();
                                    buffer_.commit(size);
                                    then(size);
                                });
    }

    static Answer too_many() {
        return malformed(
            431, "the request's head has more than " + std::to_string(kMaxHeadFields) + " fields");
    }

    // What stands in it is forgotten: nobody needs it any more.
    void refuse_head(Answer with) {
        parser_.emplace();
        refuse_malformed(std::move(with));
    }

    void refuse_malformed(Answer with) {
        listener_.malformed();
        unread_ = true;
        refuse_here(std::move(with));
    }

    // Nobody else has seen this request.
    void refuse_here(Answer with) {
        listener_.refused(with.status);
        refuse(std::move(with));
    }

    void cannot_read(error_code e) {
        const bool is_http = e.category() == make_error_code(http::error::bad_method).category();
        if (!is_http || e == http::error::end_of_stream || e == http::error::partial_message) {
            return close();
        }
        if (e == http::error::body_limit) return refuse_malformed(too_large());
        if (e == http::error::header_limit || e == http::error::buffer_overflow) {
            return refuse_malformed(too_long());
        }
        refuse_malformed(malformed(400, "this is no HTTP request: " + e.message()));
    }

    static Answer too_long() {
        return malformed(
            431, "the request's head, or what stands beside a chunked body, has more than " +
                     std::to_string(kMaxHead) + " bytes");
    }

    static Answer too_large() {
        return malformed(413, "the body has more than " + std::to_string(kMaxBody) + " bytes");
    }

    static Answer too_much() {
        auto answer = json_answer(
            503, {{"type", "unexpected_state"},
                  {"message", "requests and answers take all the memory there is; try again later"},
                  {"code", "unavailable"}});
        answer.headers.emplace_back("Retry-After", "1");
        return answer;
    }

    void received_head() {
        const auto& head = parser_->get();
        const auto length = parser_->content_length();
        unread_ = !parser_->is_done();
        if (fields() > kMaxHeadFields) return refuse_head(too_many());
        if (head_size_ > kMaxHead) return refuse_head(too_long());
        if (folded_) {
            return refuse_head(
                malformed(400, "a field goes on in the next line, expected it on one line"));
        }
        if (head.target().size() > kMaxTarget) {
            return refuse_head(malformed(414, "the request's target has more than " +
                                                  std::to_string(kMaxTarget) + " bytes"));
        }
        if (head.method_string().size() > kMaxMethod) {
            return refuse_head(malformed(400, "the request's method has more than " +
                                                  std::to_string(kMaxMethod) + " bytes"));
        }
        if (head.count(http::field::host) > 1 ||
            (head.version() >= 11 && head.count(http::field::host) == 0)) {
            return refuse_malformed(malformed(400, "expected one Host field"));
        }
        if (!is_framed_clearly(head)) {
            return refuse_malformed(
                malformed(400, "expected one Transfer-Encoding: chunked, or none"));
        }
        if (head.count("Idempotency-Key") > 1) {
            unread_ = true;
            return refuse_here(malformed(400, "expected one Idempotency-Key field, or none"));
        }
        Request request;
        request.method = std::string(head.method_string());
        std::tie(request.host, request.target) = split_target(std::string(head.target()));
        if (!request.host) request.host = text_of(head, "Host");
        request.peer = peer_;
        request.spare = spare_;
        request.client = weak_from_this();
        request.has_body = unread_;
        request.announced = length ? std::optional<std::uint64_t>(*length) : std::nullopt;
        request.authorization = text_of(head, "Authorization");
        request.idempotency_key = text_of(head, "Idempotency-Key");
        request.prefer = text_of(head, "Prefer");
        request.origin = text_of(head, "Origin");
        request.referer = text_of(head, "Referer");
        request.fetch_site = text_of(head, "Sec-Fetch-Site");
        request.content_type = text_of(head, "Content-Type");
        auto next = listener_.receive(std::move(request));
        if (auto* answer = std::get_if<Answer>(&next)) return refuse(std::move(*answer));
        take_ = std::move(std::get<1>(next));
        parser_->body_limit(kMaxBody);
        const auto expects = text_of(head, "Expect");
        if (unread_ && head.version() >= 11 && expects &&
            beast::iequals(*expects, "100-continue")) {
            static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
            return asio::async_write(
                stream_, asio::buffer(kGoOn),
                [this, alive = alive()](error_code e, std::size_t) { e ? close() : read_body(); });
        }
        read_body();
    }

    void read_body() {
        stream_.expires_after(spare_ ? kForSpare : kForRequest);
        parser_->eager(true);
        read_on();
    }

    // Whoever forwards to this host might see another end of the body otherwise.
    static bool is_framed_clearly(const http::request<http::string_body>& head) {
        const auto encodings = head.count(http::field::transfer_encoding);
        if (encodings == 0) return true;
        return encodings == 1 && head.version() >= 11 &&
               head.count(http::field::content_length) == 0 &&
               beast::iequals(head[http::field::transfer_encoding], "chunked");
    }

    // Piece by piece, so that what has come counts: Beast's own read tells of a chunked body only
    // when it is whole.
    void read_on() {
        error_code wrong;
        if (buffer_.size() > 0 && !parser_->is_done()) {
            buffer_.consume(parser_->put(buffer_.data(), wrong));
        }
        if (wrong && wrong != http::error::need_more) return cannot_read(wrong);
        if (fields() > 2 * kMaxHeadFields) return refuse_head(too_many());  // trailers
        if (parser_->is_done()) return received();
        listener_.idle(*this);
        listener_.holds(*this, parser_->get().body().size());
        read_piece([this](std::size_t) { read_on(); });
    }

    void received() {
        unread_ = false;
        stream_.expires_never();
        auto take = std::exchange(take_, nullptr);
        const auto size = parser_->get().body().size();
        if (!listener_.holds(*this, size) && size >= kPiece) {  // a small one is taken all the same
            listener_.unheld();
            return refuse_here(too_much());
        }
        taken();
        watch();
        body_ = std::make_shared<std::string>(std::move(parser_->get().body()));
        SentBody sent{body_, {}};
        if (body_->size() >= kPiece) sent.taken = listener_.taken_from(alive(), number_);
        try {
            take(std::move(sent), listener_.reply_to(alive(), number_));
        } catch (...) {
            close();
            throw;
        }
    }

    // In the place of who would have taken it.
    void refuse(Answer with) {
        parser_->get().body() = {};  // nobody reads it
        taken();
        answer(number_, std::move(with));
    }

    void taken() {
        ++number_;
        state_ = State::kTaken;
        listener_.busy(*this);
        listener_.taken();
        is_taken_ = true;
        if (stream_.socket().is_open()) self_ = alive();  // closed: its answer goes nowhere
    }

    void settle() {
        if (std::exchange(is_taken_, false)) listener_.settled();
    }

    // Whose client has gone takes no place until its answer is there. One that sends no more counts
    // as gone: nothing tells it from one that is.
    void watch() {
        if (watching_) return;
        watching_ = true;
        stream_.socket().async_wait(Socket::wait_read,
                                    [this, alive = alive(), number = number_](error_code e) {
                                        watching_ = false;
                                        if (e || state_ != State::kTaken) return;
                                        if (number != number_) return watch();
                                        is_gone() ? leave() : watch_later();
                                    });
    }

    // What it has sent already would end each wait at once.
    void watch_later() {
        watching_ = true;
        look_again_.expires_after(kLookAgain);
        look_again_.async_wait([this, alive = alive()](error_code e) {
            watching_ = false;
            if (!e && state_ == State::kTaken) is_gone() ? leave() : watch_later();
        });
    }

    bool is_gone() {
        pollfd end{stream_.socket().native_handle(), POLLRDHUP, 0};
        return ::poll(&end, 1, 0) > 0;
    }

    void leave() {
        listener_.gone();
        close();
    }

    template <typename Body>
    void send(Answer answer, bool keep) {
        const auto response = std::make_shared<http::response<Body>>();
        response->version(parser_->get().version());
        response->result(static_cast<unsigned>(answer.status));
        response->set(http::field::content_type, answer.type);
        response->set(http::field::date, now_as_http_date());
        response->set(http::field::cache_control, "no-store");
        response->set("X-Content-Type-Options", "nosniff");
        for (const auto& [name, value] : answer.headers) response->set(name, value);
        const auto answered = answer.body.size();
        response->content_length(answered);
        response->keep_alive(keep);
        if constexpr (std::is_same_v<Body, http::string_body>) {
            response->body() = std::move(answer.body);
        }
        listener_.idle(*this);  // it is the client's turn
        listener_.holds(*this, answered);
        stream_.expires_after(kForAnswer);
        http::async_write(stream_, *response,
                          [this, alive = alive(), response, keep](error_code e, std::size_t) {
                              settle();
                              listener_.holds(*this, 0);
                              if (e) return close();
                              keep ? read_head() : finish();
                          });
    }

    // What the client still sends is read for a while: closing on it would take the answer away.
    void finish() {
        error_code none;
        stream_.socket().shutdown(Socket::shutdown_send, none);
        if (none) return close();
        stream_.expires_after(kForRest);
        drop_rest();
    }

    void drop_rest() {
        buffer_.clear();
        stream_.async_read_some(
            buffer_.prepare(kPiece),
            [this, alive = alive()](error_code e, std::size_t) { e ? close() : drop_rest(); });
    }

    const std::string peer_;
    const bool spare_;
    std::shared_ptr<BeastConnection> self_;  // while its request is taken: nothing else holds it
    HttpListener& listener_;
    beast::basic_stream<asio::generic::stream_protocol> stream_;
    asio::steady_timer look_again_{stream_.get_executor()};
    // Trailers have no limit of their own, and Beast throws for a field of 64 KiB: none fits.
    beast::flat_buffer buffer_{kMaxHead};
    std::optional<http::request_parser<http::string_body>> parser_;
    std::function<void(SentBody, Reply)> take_;
    std::shared_ptr<std::string> body_;  // until it is answered
    State state_ = State::kIdle;
    std::uint64_t number_ = 0;
    std::size_t lines_ = 0;  // of the head, so far
    std::size_t head_size_ = 0;
    bool folded_ = false;    // a field of the head has several lines
    bool unread_ = false;    // the body, or a part of it
    bool is_taken_ = false;  // and the listener has not been told that it is settled
    bool watching_ = false;
};

}  // namespace

std::shared_ptr<HttpConnection> make_http_connection(HttpConnection::Socket socket,
                                                     std::string peer, bool spare,
                                                     HttpListener& listener) {
    return std::make_shared<BeastConnection>(std::move(socket), std::move(peer), spare, listener);
}

}  // namespace gantry::host
