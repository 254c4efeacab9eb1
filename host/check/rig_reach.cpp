// What a plugin reaches through the rig, services and HTTP: both pass the seam.
#include "base/json_text.hpp"
#include "check/rig_table.hpp"
#include "plugin/http_request.hpp"

#include <arpa/inet.h>

namespace gantry::host::check {
namespace {

// What a caller has left to report in when nothing answers, as in the host.
constexpr auto kLeastMargin = std::chrono::milliseconds(500);

constexpr std::uint32_t kCreated = 201;

// For what a probe shows.
constexpr auto kProbePatience = std::chrono::seconds(10);

std::chrono::milliseconds margin_of(const Ask& ask) {
    return std::max<std::chrono::milliseconds>(ask.timeout / 10, kLeastMargin);
}

bool on_this_machine(const std::string& host) {
    in_addr v4{};
    return host == "localhost" || host == "[::1]" ||
           (::inet_pton(AF_INET, host.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

}  // namespace

std::string Rig::admit_write(Active& caller, const std::string& what, gantry_str key_part) {
    const std::lock_guard lock(mutex_);
    if (caller.ask->records_undo && !caller.undo_recorded) {
        throw Error(GANTRY_E_MISUSE, "wrote by " + what + " before record_undo",
                    GANTRY_EF_NOT_APPLIED);
    }
    const int n = ++caller.writes[what];
    if (caller.ask->key.empty()) {
        throw Error(GANTRY_E_MISUSE, "a read method wrote by " + what, GANTRY_EF_NOT_APPLIED);
    }
    // As the host makes keys: gantry::key_scope finds the step's part at any depth.
    return caller.ask->key + (caller.ask->nested ? ":" : "/") +
           (key_part.len > 0 ? std::string(view(key_part)) : what + "#" + std::to_string(n));
}

void Rig::throw_fault(const Fault& fault, const Active& caller, const std::string& what,
                      bool write) {
    const auto unreached = [&](std::uint32_t flag) {
        return Error(GANTRY_E_UNAVAILABLE, what + ": no answer", flag);
    };
    const std::uint32_t unknown = write ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED;
    switch (fault.kind) {
        case Fault::Kind::kLoseReply:
            throw unreached(unknown);
        case Fault::Kind::kStall: {
            std::unique_lock lock(mutex_);
            changed_.wait_until(lock, caller.deadline - margin_of(*caller.ask),
                                [&] { return caller.cancelled; });
            throw Error(caller.cancelled ? GANTRY_E_CANCELLED : GANTRY_E_DEADLINE,
                        what + ": no answer in time", unknown);
        }
        case Fault::Kind::kUnreached:
            throw unreached(GANTRY_EF_NOT_APPLIED);
        case Fault::Kind::kUntrusted:
            throw Error(GANTRY_E_CONFIG, what + ": its certificate is not trusted",
                        GANTRY_EF_NOT_APPLIED);
        case Fault::Kind::kAnswer:
            break;
    }
    throw Error(GANTRY_E_UNAVAILABLE, what + ": " + fault.body, GANTRY_EF_NOT_APPLIED);
}

json Rig::service(Active& caller, const gantry_service_request& request) {
    const std::string name(view(request.service));
    const std::string method(view(request.method));
    const std::string each = name + "." + method;
    if (method.empty()) return services_.call(name, method, nullptr, "");
    const bool write = services_.writes(name, method);
    const auto key = write ? admit_write(caller, each, request.key) : "";
    const auto input = json::parse(view(request.input));
    const auto fault = seam_.meet(each, write, key);
    if (!fault) return services_.call(name, method, input, key);
    if (fault->kind == Fault::Kind::kLoseReply) services_.call(name, method, input, key);
    throw_fault(*fault, caller, each, write);
}

void Rig::keep_in(HttpRequest& request) const {
    if (subject_.settings().live_product) return;
    request.proxy = "";
    if (on_this_machine(request.url.host)) return;
    throw Error(GANTRY_E_UNAVAILABLE,
                "the checker asks only this machine, not " + request.url.host +
                    ": let contract.json start the system, or use --live --product ID",
                GANTRY_EF_NOT_APPLIED);
}

json Rig::look_at(const Probe& probe) {
    HttpRequest request;
    request.method = "GET";
    const auto url = filled_in(probe.url, subject_.settings().port, subject_.settings().folder);
    request.url = parse_http_url(url.get<std::string>());
    request.headers.assign(probe.headers.begin(), probe.headers.end());
    request.deadline = Clock::now() + kProbePatience;
    keep_in(request);
    const auto answer = http_.send(request);
    if (answer.status == 401 || answer.status == 403) {
        fail("the probe was answered " + std::to_string(answer.status) + " at " + probe.url,
             "an answer; give it the \"headers\" that sign in there");
    }
    const bool is_json = !find_json_fault(answer.body);
    return {{"status", answer.status},
            {"body", is_json ? json::parse(answer.body) : json(answer.body)}};
}

HttpAnswer Rig::http(Active& caller, const gantry_http_request& in) {
    auto request = http_request_of(in);
    keep_in(request);
    request.deadline = caller.deadline - margin_of(*caller.ask);
    if (in.timeout_ms > 0) {
        request.deadline =
            std::min(request.deadline, Clock::now() + std::chrono::milliseconds(in.timeout_ms));
    }
    request.stopped = [&] {
        const std::lock_guard lock(mutex_);
        return caller.cancelled;
    };
    const auto key = request.once ? admit_write(caller, "http", in.key) : "";
    add_header_of_host(request, "Idempotency-Key", key);
    const auto fault = seam_.meet(request.method + " " + request.url.text, request.once, key);
    const auto send = [&] {
        auto answer = http_.send(request);
        traffic_.note(request, answer);
        if (request.once && answer.status == kCreated) seam_.created(key, answer.body);
        return answer;
    };
    if (!fault) return send();
    traffic_.note(request, {});  // what it sent all the same
    if (fault->kind == Fault::Kind::kAnswer) {
        return {static_cast<std::uint32_t>(fault->status),
                fault->headers.get<std::map<std::string, std::string>>(), fault->body};
    }
    if (fault->kind == Fault::Kind::kLoseReply) send();
    throw_fault(*fault, caller, request.method + " " + request.url.origin, request.once);
}

}  // namespace gantry::host::check
