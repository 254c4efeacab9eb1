// One call of a step or of a service's method: who asks, under which key, and how long there is.
#pragma once

#include <gantry/http.hpp>
#include <gantry/service.hpp>

#include <concepts>
#include <limits>

namespace gantry {

/// Lives as long as the function it was passed to. Use it on any thread, one at a time.
class Call {
public:
    Call(const gantry_host& host, const gantry_invocation& in) : host_(&host), in_(&in) {}

    gantry_call id() const { return in_->call; }
    std::uint32_t attempt() const { return in_->attempt; }
    std::string_view run_id() const { return view(in_->run_id); }
    std::string_view workflow() const { return view(in_->workflow); }

    /// Equal for every attempt, on every host. Hand it to the system you write to.
    std::string_view idempotency_key() const { return view(in_->idempotency_key); }

    /// In a compensation: what invoke answered; nothing when that is not known.
    std::optional<json> output() const {
        if (in_->output.len == 0) return std::nullopt;
        return json::parse(view(in_->output));
    }

    /// The service that the manifest requires under `name`.
    Service resolve(std::string_view name) const { return {*host_, in_->call, name}; }

    /// The same for one that it requires as "optional"; nothing where no module serves it.
    std::optional<Service> find(std::string_view name) const {
        auto service = resolve(name);
        if (!service.is_served()) return std::nullopt;
        return service;
    }

    /// HTTP for this call, by the host; see gantry/http.hpp. `headers` go with every request.
    Http http(std::string base_url = "", HttpHeaders headers = {}) const {
        return {*host_, in_->call, std::move(base_url), std::move(headers)};
    }

    /// Runs `read` once, makes its answer durable, and returns it; a later attempt gets the
    /// recorded answer without running `read`. Call it before the step changes anything: after a
    /// crash or a refusal compensate is given this. Waits for the disk. Throws what `read` throws,
    /// and STOPPED when the call is over.
    template <std::invocable Read>
    json record_undo(Read&& read) const {
        if (in_->undo.ptr != nullptr) return json::parse(view(in_->undo));
        json undo = std::forward<Read>(read)();
        const std::string text = undo.dump();
        Reply reply;
        host_->record_undo(host_, in_->call, str(text), &Reply::fn, &reply);
        reply.wait();
        return undo;
    }

    /// Says that the call is alive. Throws Error of class STOPPED when it should end soon.
    void heartbeat(const json& progress = nullptr) const {
        const auto status = beat(progress);
        if (status != GANTRY_OK) throw Error(status, "the host asked this call to stop");
    }

    /// Whether the host asked the call to stop: cancelled, or past its deadline.
    bool stopped() const { return beat(nullptr) != GANTRY_OK; }

    /// Time left; 0 when over, milliseconds::max() when unbounded.
    std::chrono::milliseconds remaining() const {
        const auto left = host_->remaining_ms(host_, in_->call);
        return std::chrono::milliseconds(left < 0 ? 0 : left);
    }

    void log(gantry_log_level level, std::string_view message, const json& fields = nullptr) const {
        Host(*host_).log(level, message, fields, in_->call);
    }

private:
    gantry_status beat(const json& progress) const {
        const std::string text = progress.is_null() ? "" : progress.dump();
        return host_->heartbeat(host_, in_->call, str(text));
    }

    const gantry_host* host_;
    const gantry_invocation* in_;
};

}  // namespace gantry
