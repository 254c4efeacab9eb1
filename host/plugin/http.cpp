// Checks come before the count of writes: what is refused uses up no key. A request that the server
// refused has written nothing.
#include "plugin/http.hpp"

#include "base/hash.hpp"
#include "plugin/container.hpp"
#include "plugin/http_request.hpp"
#include "plugin/lent.hpp"
#include "plugin/writes.hpp"

#include <gantry/rules/http.hpp>

#include <algorithm>

namespace gantry::host {
namespace {

// As the W3C has it: a trace for each run, a span for each of its calls. Outside of a run empty.
std::string trace_parent(const ActiveCall& call) {
    if (call.run_id.empty()) return "";
    const auto span = sha256(call.run_id + '\n' + call.what + '\n' + call.key).substr(0, 16);
    return "00-" + sha256(call.run_id).substr(0, 32) + "-" + span + "-01";
}

HttpAnswer answer_to(const gantry_http_request& in, const Module& module,
                     const std::shared_ptr<ActiveCall>& call) {
    if (call == nullptr) {
        throw Error(GANTRY_E_STALE, "this call is over", GANTRY_EF_NOT_APPLIED);
    }
    if (rules::http_denies(in)) {
        deny_write(*call);
        return {};
    }
    auto request = http_request_of(in);
    const auto& policy = module.http_policy();
    policy.check(request.url.host);
    request.proxy = policy.proxy();
    request.ca_file = policy.ca_file();
    request.deadline = call->nested_deadline();
    if (in.timeout_ms > 0) {
        request.deadline = std::min(
            request.deadline, Timers::Clock::now() + std::chrono::milliseconds(in.timeout_ms));
    }
    request.stopped = [&call] { return call->told_to_stop() || call->over || call->late(); };
    add_header_of_host(request, "traceparent", trace_parent(*call));
    auto& client = module.container().http();
    if (!request.once) return client.send(request);
    const auto key = admit_write(*call, rules::http_write(in, module.name()));
    add_header_of_host(request, "Idempotency-Key", key);
    try {
        auto answer = client.send(request);
        end_http_write(*call, answer.status);
        return answer;
    } catch (const Error& e) {
        end_write(*call, e);
        throw;
    } catch (...) {
        end_write(*call, std::nullopt);
        throw;
    }
}

void send(const gantry_host* host, gantry_call number, const gantry_http_request* request,
          gantry_http_reply_fn reply, void* user) noexcept {
    if (reply == nullptr) return;
    std::optional<HttpAnswer> answer;
    std::optional<Error> error;
    try {
        const auto& module = Module::of(*host);
        answer = answer_to(rules::known(request), module, module.calls().find(number));
    } catch (const Error& e) {
        error = e;
    } catch (...) {
        error = Error(GANTRY_E_INTERNAL, "no memory", GANTRY_EF_MAYBE_APPLIED);
    }
    if (answer) return lend(*answer, reply, user);
    lend(*error, [&](const gantry_error& e) { reply(user, nullptr, &e); });
}

}  // namespace

const gantry_http& http_extension() {
    static constexpr gantry_http kTable{sizeof(gantry_http), 0, &send};
    return kTable;
}

}  // namespace gantry::host
