// What a plugin reaches through the rig, services and HTTP: both pass the seam.
#include "base/json_text.hpp"
#include "check/rig_table.hpp"
#include "plugin/http_request.hpp"
#include "plugin/limits.hpp"

#include <arpa/inet.h>

namespace gantry::host::check {
namespace {

constexpr std::uint32_t kCreated = 201;

// For what a probe shows.
constexpr auto kProbePatience = std::chrono::seconds(10);

Clock::time_point nested_deadline(Clock::time_point last) {
    const auto now = Clock::now();
    return now + rules::left_for_others(last - now);
}

bool on_this_machine(const std::string& host) {
    in_addr v4{};
    return host == "localhost" || host == "[::1]" ||
           (::inet_pton(AF_INET, host.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

}  // namespace

std::string Rig::admit_write(Active& caller, const rules::Write& write) {
    const std::lock_guard lock(mutex_);
    return caller.admit_write(write);
}

void Rig::end_write(Active& caller, const std::optional<Error>& error) {
    const std::lock_guard lock(mutex_);
    caller.end_write(error);
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
            changed_.wait_until(lock, nested_deadline(caller.deadline),
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
    if (subject_.manifest().requirement(name) == nullptr) {
        throw Error(GANTRY_E_MISUSE, "the manifest does not require a service \"" + name + "\"",
                    GANTRY_EF_NOT_APPLIED);
    }
    if (method.empty()) return nullptr;  // it was only asked whether somebody serves it
    if (nested_deadline(caller.deadline) <= Clock::now()) {
        throw Error(GANTRY_E_DEADLINE, "no time is left to call " + each, GANTRY_EF_NOT_APPLIED);
    }
    rules::check_key_part(view(request.key));
    if (!services_.writes(name, method)) {
        return call_service(caller, name, method, view(request.input), false, "");
    }
    const auto key =
        admit_write(caller, {"", each, "called the write method " + each, view(request.key)});
    try {
        auto output = call_service(caller, name, method, view(request.input), true, key);
        end_write(caller, std::nullopt);
        return output;
    } catch (const Error& e) {
        end_write(caller, e);
        throw;
    }
}

json Rig::call_service(Active& caller, const std::string& name, const std::string& method,
                       std::string_view text, bool write, const std::string& key) {
    services_.check_method(name, method);
    try {
        check_json(text, kServicePayload);
    } catch (const Error& e) {
        throw e.with_flags(GANTRY_EF_NOT_APPLIED);
    }
    const auto input = json::parse(text);
    const std::string each = name + "." + method;
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
    request.method = probe.body ? "POST" : "GET";
    const auto body = probe.body ? probe.body->dump() : "";
    request.body = body;
    const auto url = filled_in(probe.url, subject_.settings().port, subject_.settings().folder);
    request.url = parse_http_url(url.get<std::string>());
    request.headers.assign(probe.headers.begin(), probe.headers.end());
    if (probe.body) add_header_of_host(request, "Content-Type", "application/json");
    request.deadline = Clock::now() + kProbePatience;
    keep_in(request);
    const auto answer = http_.send(request);
    if (answer.status == 401 || answer.status == 403) {
        fail("the probe was answered " + std::to_string(answer.status) + " at " + request.method +
                 " " + probe.url,
             "an answer; give it the \"headers\" that sign in there");
    }
    const bool is_json = !find_json_fault(answer.body);
    return {{"status", answer.status},
            {"body", is_json ? json::parse(answer.body) : json(answer.body)}};
}

HttpAnswer Rig::http(Active& caller, const gantry_http_request& in) {
    if (rules::http_denies(in)) {
        const std::lock_guard lock(mutex_);
        caller.deny_write();
        return {};
    }
    auto request = http_request_of(in);
    keep_in(request);
    request.deadline = nested_deadline(caller.deadline);
    if (in.timeout_ms > 0) {
        request.deadline =
            std::min(request.deadline, Clock::now() + std::chrono::milliseconds(in.timeout_ms));
    }
    request.stopped = [&] {
        const std::lock_guard lock(mutex_);
        return caller.cancelled;
    };
    if (!request.once) return send(caller, request, "");
    const auto key = admit_write(caller, rules::http_write(in, ""));
    add_header_of_host(request, "Idempotency-Key", key);
    try {
        auto answer = send(caller, request, key);
        const std::lock_guard lock(mutex_);
        caller.end_http_write(answer.status);
        return answer;
    } catch (const Error& e) {
        end_write(caller, e);
        throw;
    }
}

HttpAnswer Rig::send(Active& caller, const HttpRequest& request, const std::string& key) {
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
