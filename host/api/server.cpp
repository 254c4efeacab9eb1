// From the socket to the resource: who may, what is meant, and on which thread.
#include "api/server.hpp"

#include "api/api.hpp"
#include "api/doors.hpp"
#include "api/http_server.hpp"
#include "api/target.hpp"
#include "base/address.hpp"
#include "base/describe.hpp"
#include "base/error_json.hpp"

namespace gantry::host {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);

Answer wrong_method(const Request& request, const std::string& allow) {
    auto answer =
        json_answer(405, {{"type", "not_allowed"},
                          {"message", request.method + " is not allowed here; allowed: " + allow},
                          {"code", "method_not_allowed"}});
    answer.headers.emplace_back("Allow", allow);
    return answer;
}

bool is_for_operators(std::string_view target) {
    return is_admin(target) || path_of(target).starts_with("/health/") ||
           path_of(target) == "/metrics";
}

// `work` unless the server has ended before; what it throws is answered.
std::function<void()> answering(const std::shared_ptr<Api>& api, Reply reply,
                                std::function<void()> work) {
    return [api, reply = std::move(reply), work = std::move(work)] {
        const Gate::Pass pass(api->gate);
        if (!pass) return;
        try {
            work();
            api->let_answers_arrive();
        } catch (const Error& e) {
            reply(api->explain(e, ErrorFrom::kHost));
        } catch (const std::exception& e) {
            reply(api->explain(Error(GANTRY_E_INTERNAL, e.what()), ErrorFrom::kHost));
        }
    };
}

}  // namespace

Answer Api::explain(const Error& error, ErrorFrom from) const {
    auto answer = error_answer(error, from);
    if (answer.status == 500) parts.log.error(error.message(), to_json(error));
    if (is_of_expression(error)) parts.log.info(error.message());
    return answer;
}

void Api::refuse_while_draining() const {
    if (!draining) return;
    throw Error(GANTRY_E_UNAVAILABLE, "the host is stopping", GANTRY_EF_NOT_APPLIED);
}

void Api::on_pool(const std::shared_ptr<Api>& api, Reply reply, std::function<void()> work) {
    api->parts.api.submit(answering(api, std::move(reply), std::move(work)));
}

void Api::in_turns(const std::shared_ptr<Api>& api, const Route& route, const Request& request,
                   Reply reply, std::function<void()> work) {
    auto& threads = route.by_strangers ? api->route_threads : api->own_threads;
    threads.submit({route.method + " " + route.pattern, caller_of(request.peer), request.client,
                    answering(api, std::move(reply), std::move(work))});
}

class Server::Impl {
public:
    Impl(ServerParts parts, const Config& config, std::optional<std::string> admin_token)
        : api_(std::make_shared<Api>(parts, admin_token.has_value(),
                                     HttpServer::most_connections() / 2)),
          doors_(config.http, std::move(admin_token), parts.log),
          has_own_admin_(config.http.admin_listen.has_value()) {
        add_health(router_, api_);
        add_metrics(router_, api_);
        add_modules(router_, api_);
        add_backup(router_, api_);
        add_status(router_, api_);
        add_executions(router_, api_);
        add_control(router_, api_);
        add_routes(router_, api_, config);
        api_->let_answers_arrive = [this] {
            if (!all_listen_) return;  // the first one may have a request already
            for (const auto& http : http_) http->let_answers_arrive();
        };
        http_.push_back(std::make_shared<HttpServer>(config.http.listen, events(!has_own_admin_)));
        if (has_own_admin_) {
            http_.push_back(std::make_shared<HttpServer>(*config.http.admin_listen, events(true)));
        }
        all_listen_ = true;
        count_connections();
    }

    ~Impl() {
        let_go();
        api_->gate.close();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::string address() const { return http_.front()->address(); }
    std::string admin_address() const { return http_.back()->address(); }

    void drain() { api_->draining = true; }

    bool over_within(std::chrono::milliseconds patience) {
        let_go();
        return api_->gate.close_within(patience);
    }

    void let_go() {
        for (const auto& http : http_) http->stop_listening();
        api_->waits.end_all();
        for (const auto& http : http_) http->close(kPatience);
    }

private:
    HttpEvents events(bool with_admin) {
        auto& parts = api_->parts;
        return {[this, with_admin](Request head) { return receive(std::move(head), with_admin); },
                [&parts](int status) { parts.metrics.http_answered(status); },
                [&parts](const std::string& what, bool made_again) {
                    parts.log.write(made_again ? GANTRY_LOG_WARN : GANTRY_LOG_ERROR, what);
                }};
    }

    Receive receive(Request request, bool with_admin) {
        const auto note = noting(request);
        try {
            auto answer = refused(request, with_admin);
            auto target = answer ? Target{} : parse_target(request.target);
            auto match = router_.match(request.method, target.path);
            if (!answer) answer = refused(request, match, with_admin);
            if (answer) {
                note(answer->status);
                return std::move(*answer);
            }
            request.by_admin = is_admin(request.target) || match.route->needs_token ||
                               (with_admin && doors_.is_by_admin(request));
            request.path = std::move(match.parameters);
            request.query = std::move(target.query);
            return [this, note, route = match.route, request = std::move(request)](
                       SentBody body, const Reply& reply) mutable {
                serve(*route, std::move(request), std::move(body), [note, reply](Answer given) {
                    note(given.status);
                    reply(std::move(given));
                });
            };
        } catch (const Error& e) {
            auto explained = api_->explain(e, ErrorFrom::kHost);
            note(explained.status);
            return explained;
        }
    }

    // Before anything else is looked at.
    std::optional<Answer> refused(const Request& request, bool with_admin) {
        if (auto answer = doors_.wrong_name(request)) return answer;
        if (!with_admin && is_admin(request.target)) return not_served(request);
        return is_admin(request.target) ? doors_.no_token(request) : std::nullopt;
    }

    // By its head alone.
    std::optional<Answer> refused(const Request& request, const Router::Match& match,
                                  bool with_admin) {
        if (request.spare && !is_for_operators(request.target)) return no_place();
        if (match.route != nullptr && match.route->needs_token) {
            if (auto answer = doors_.no_token(request)) return answer;
        }
        if (!match.allow.empty()) return wrong_method(request, match.allow);
        if (match.route == nullptr || (!with_admin && match.route->pattern == "/metrics")) {
            return not_served(request);
        }
        if (!match.route->head) {
            if (auto answer = doors_.foreign_page(request)) return answer;
        }
        return Doors::wrong_body(request);
    }

    Answer no_place() const {
        return api_->explain(
            Error(GANTRY_E_UNAVAILABLE, "all connections are taken; try again later",
                  GANTRY_EF_NOT_APPLIED, nullptr, std::chrono::seconds(1)),
            ErrorFrom::kHost);
    }

    Answer not_served(const Request& request) const {
        return api_->explain(
            Error(GANTRY_E_NOT_FOUND, "nothing is served at " + in_quotes(path_of(request.target))),
            ErrorFrom::kHost);
    }

    void serve(const Route& route, Request request, SentBody body, Reply reply) {
        if (route.at_once) return route.handler(std::move(request), std::move(reply));
        // Shared, since what a pool runs is copied about; the handler gets it without a copy.
        const auto shared = std::make_shared<Request>(std::move(request));
        auto work = [&route, reply, shared, body = std::move(body), api = api_] {
            if (const auto sent = body.text.lock()) {
                shared->body = std::move(*sent);
            } else {
                return;  // its client has gone
            }
            if (body.taken) body.taken();
            if (route.by_strangers && !route.head) api->refuse_while_draining();
            if (!shared->body.empty()) check_json(shared->body, shared->body.size());
            route.handler(std::move(*shared), reply);
        };
        Api::in_turns(api_, route, *shared, reply, std::move(work));
    }

    /// Counts and logs the answer to `request` once its status is known.
    std::function<void(int status)> noting(const Request& request) const {
        return [api = api_, method = request.method, path = told_path(request.target),
                began = std::chrono::steady_clock::now()](int status) {
            const auto level = status >= 500 ? GANTRY_LOG_INFO : GANTRY_LOG_DEBUG;
            const Gate::Pass pass(api->gate);
            if (!pass) return;
            api->parts.metrics.http_answered(status);
            if (!api->parts.log.writes(level)) return;
            const auto took = std::chrono::steady_clock::now() - began;
            api->parts.log.write(
                level, "request",
                {{"method", method},
                 {"path", path},
                 {"status", status},
                 {"ms", std::chrono::floor<std::chrono::milliseconds>(took).count()}});
        };
    }

    // The metrics outlive the server.
    void count_connections() {
        const auto count = [this](const char* name, const char* help,
                                  std::uint64_t HttpCounts::*what) {
            const std::vector<std::weak_ptr<HttpServer>> all(http_.begin(), http_.end());
            api_->parts.metrics.gauge(name, help, [all, what] {
                double sum = 0;
                for (const auto& weak : all) {
                    if (const auto http = weak.lock()) {
                        sum += static_cast<double>(http->counts().*what);
                    }
                }
                return sum;
            });
        };
        count("gantry_http_connections", "Open connections", &HttpCounts::open);
        count("gantry_http_requests_under_way", "Requests without an answer yet",
              &HttpCounts::under_way);
        count("gantry_http_connections_refused", "Connections refused since there were too many",
              &HttpCounts::refused);
        count("gantry_http_connections_displaced", "Idle connections closed to make room",
              &HttpCounts::displaced);
        count("gantry_http_requests_malformed", "Requests that were no HTTP or too large",
              &HttpCounts::malformed);
        count("gantry_http_requests_refused",
              "Requests refused since requests and answers took all the memory there is",
              &HttpCounts::unheld);
        count("gantry_http_clients_gone", "Clients that left before their answer",
              &HttpCounts::gone);
    }

    const std::shared_ptr<Api> api_;
    Doors doors_;
    const bool has_own_admin_;
    Router router_;
    std::atomic<bool> all_listen_{false};
    /// For the routes; and, where that stands apart, for /admin and /metrics. Last: their threads
    /// use all of the above.
    std::vector<std::shared_ptr<HttpServer>> http_;
};

Server::Server(ServerParts parts, const Config& config, std::optional<std::string> admin_token)
    : impl_(std::make_unique<Impl>(parts, config, std::move(admin_token))) {}
Server::~Server() = default;

std::string Server::address() const { return impl_->address(); }
std::string Server::admin_address() const { return impl_->admin_address(); }
void Server::drain() { impl_->drain(); }
void Server::let_go() { impl_->let_go(); }
bool Server::over_within(std::chrono::milliseconds patience) {
    return impl_->over_within(patience);
}

}  // namespace gantry::host
