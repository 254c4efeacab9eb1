// From the socket to the resource: who may, what is meant, and on which thread.
#include "api/server.hpp"

#include "api/api.hpp"
#include "api/auth.hpp"
#include "api/http_server.hpp"
#include "api/target.hpp"
#include "base/describe.hpp"
#include "base/error_json.hpp"

namespace gantry::host {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);

Answer unauthorized() {
    auto answer = json_answer(401, {{"type", "unauthorized"}, {"message", "Unauthorized"}});
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
}

Answer wrong_method(const Request& request, const std::string& allow) {
    auto answer =
        json_answer(405, {{"type", "not_allowed"},
                          {"message", request.method + " is not allowed here; allowed: " + allow},
                          {"code", "method_not_allowed"}});
    answer.headers.emplace_back("Allow", allow);
    return answer;
}

}  // namespace

Answer Api::explain(const Error& error, ErrorFrom from) const {
    auto answer = error_answer(error, from);
    if (answer.status == 500) parts.log.error(error.message(), to_json(error));
    return answer;
}

void Api::on_pool(const std::shared_ptr<Api>& api, Reply reply, std::function<void()> work) {
    api->parts.api.submit([api, reply = std::move(reply), work = std::move(work)] {
        const Gate::Pass pass(api->gate);
        if (!pass) return;
        try {
            work();
        } catch (const Error& e) {
            reply(api->explain(e, ErrorFrom::kHost));
        } catch (const std::exception& e) {
            reply(api->explain(Error(GANTRY_E_INTERNAL, e.what()), ErrorFrom::kHost));
        }
    });
}

class Server::Impl {
public:
    Impl(ServerParts parts, const Config& config, std::optional<std::string> admin_token)
        : api_(std::make_shared<Api>(parts)),
          admin_token_(std::move(admin_token)),
          address_(config.http.address) {
        add_health(router_, api_);
        add_metrics(router_, api_);
        add_modules(router_, api_);
        add_status(router_, api_);
        add_executions(router_, api_);
        add_control(router_, api_);
        add_routes(router_, api_, config);
        http_ = std::make_unique<HttpServer>(config.http.address, config.http.port,
                                             [this](Request request, const Reply& reply) {
                                                 Reply logging = logged(request, reply);
                                                 try {
                                                     handle(std::move(request), logging);
                                                 } catch (const Error& e) {
                                                     logging(api_->explain(e, ErrorFrom::kHost));
                                                 }
                                             });
    }

    ~Impl() {
        http_->stop_listening();
        hurry();
        http_->close(kPatience);
        api_->gate.close();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::string address() const {
        const bool v6 = address_.find(':') != std::string::npos;
        return "http://" + (v6 ? "[" + address_ + "]" : address_) + ":" +
               std::to_string(http_->port());
    }

    void drain() { api_->draining = true; }

private:
    void handle(Request request, const Reply& reply) {
        if (admin_token_ && is_admin(request.target) &&
            !authorized(request.authorization, *admin_token_)) {
            return reply(unauthorized());
        }
        auto target = parse_target(request.target);
        auto match = router_.match(request.method, target.path);
        if (!match.allow.empty()) return reply(wrong_method(request, match.allow));
        if (match.route == nullptr) {
            throw Error(GANTRY_E_NOT_FOUND,
                        "nothing is served at " + in_quotes(path_of(request.target)));
        }
        if (request.body.size() > kMaxBody) {
            throw Error(GANTRY_E_TOO_LARGE,
                        "the body has more than " + std::to_string(kMaxBody) + " bytes");
        }
        request.path = std::move(match.parameters);
        request.query = std::move(target.query);
        const auto& handler = match.route->handler;
        if (match.route->at_once) return handler(std::move(request), reply);
        Api::on_pool(api_, reply, [&handler, reply, request = std::move(request)] {
            if (!request.body.empty()) check_json(request.body, request.body.size());
            handler(request, reply);
        });
    }

    Reply logged(const Request& request, Reply reply) const {
        return [api = api_, method = request.method, path = std::string(path_of(request.target)),
                reply = std::move(reply), began = std::chrono::steady_clock::now()](Answer answer) {
            const auto took = std::chrono::steady_clock::now() - began;
            const Gate::Pass pass(api->gate);
            if (pass) {
                api->parts.log.write(
                    answer.status >= 500 ? GANTRY_LOG_INFO : GANTRY_LOG_DEBUG, "request",
                    {{"method", method},
                     {"path", path},
                     {"status", answer.status},
                     {"ms", std::chrono::floor<std::chrono::milliseconds>(took).count()}});
            }
            reply(std::move(answer));
        };
    }

    void hurry() {
        std::unordered_map<const void*, std::function<void()>> waits;
        {
            const std::lock_guard lock(api_->waits_mutex);
            api_->hurry = true;
            waits = api_->waits;
        }
        for (const auto& [wait, stop] : waits) stop();
    }

    const std::shared_ptr<Api> api_;
    const std::optional<std::string> admin_token_;
    const std::string address_;
    Router router_;
    std::unique_ptr<HttpServer> http_;  // last: its thread uses all of the above
};

Server::Server(ServerParts parts, const Config& config, std::optional<std::string> admin_token)
    : impl_(std::make_unique<Impl>(parts, config, std::move(admin_token))) {}
Server::~Server() = default;

std::string Server::address() const { return impl_->address(); }
void Server::drain() { impl_->drain(); }

}  // namespace gantry::host
