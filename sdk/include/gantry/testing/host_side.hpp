// The host's side of abi.h for one instance of a plugin. Nothing thrown here leaves.
#pragma once

#include <gantry/skip.h>
#include <gantry/testing/http_send.hpp>
#include <gantry/testing/service_call.hpp>

#include <memory>

namespace gantry::testing::detail {

class HostSide {
public:
    HostSide(Host& host, json manifest, json options)
        : host_(host), manifest_(std::move(manifest)), options_(std::move(options)) {}
    HostSide(const HostSide&) = delete;
    HostSide& operator=(const HostSide&) = delete;

    const gantry_host& table() const { return table_; }
    const json& manifest() const { return manifest_; }
    const json& options() const { return options_; }

    /// Gives it its number.
    void open(const std::shared_ptr<ActiveCall>& call) {
        const std::lock_guard lock(mutex_);
        call->number = host_.next_call();
        active_.emplace(call->number, call);
    }
    void close(const ActiveCall& call) {
        const std::lock_guard lock(mutex_);
        active_.erase(call.number);
    }
    std::vector<std::shared_ptr<ActiveCall>> active() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::shared_ptr<ActiveCall>> calls;
        for (const auto& [number, call] : active_) calls.push_back(call);
        return calls;
    }
    bool is_late(const ActiveCall& call) const { return call.deadline <= host_.clock().now(); }

private:
    static HostSide& of(const gantry_host* host) { return *static_cast<HostSide*>(host->ctx); }

    // Null when it is over or late.
    std::shared_ptr<ActiveCall> find(gantry_call number) const {
        const std::lock_guard lock(mutex_);
        const auto it = active_.find(number);
        if (it == active_.end() || is_late(*it->second)) return nullptr;
        const std::lock_guard call_lock(it->second->mutex);
        return it->second->over ? nullptr : it->second;
    }

    std::shared_ptr<ActiveCall> under_way(gantry_call number) const {
        auto call = find(number);
        if (!call) throw Error(GANTRY_E_STALE, "this call is over", GANTRY_EF_NOT_APPLIED);
        return call;
    }

    static void check_payload(std::string_view text, const char* what,
                              const rules::PayloadLimit& limit) {
        const auto fault = payload_fault(text, limit);
        if (!fault) return;
        throw Error(fault->too_large ? GANTRY_E_TOO_LARGE : GANTRY_E_MISUSE,
                    std::string(what) + " " + fault->why, GANTRY_EF_MAYBE_APPLIED);
    }

    // An error of the plugin; of a class that is none it is PERMANENT.
    static Error error_of(const gantry_error& error) {
        const auto e = error_from(error);
        return {rules::told_code(e.code()),
                e.message().empty() ? "the plugin gave no message" : e.message(), e.flags(),
                e.details(), e.retry_after()};
    }

    // Runs `tell` with the error as C sees it.
    template <typename Tell>
    static void as_c(const Error& e, Tell tell) {
        const std::string details = e.details().is_object() ? text_of(e.details()) : "";
        const gantry_error error{
            sizeof error,     e.code(),
            e.flags(),        static_cast<std::uint32_t>(e.retry_after().count()),
            str(e.message()), str(details)};
        tell(&error);
    }

    template <typename Work>
    static void reply(Work work, gantry_reply_fn done, void* user) noexcept {
        std::string output;
        try {
            output = work();
        } catch (const Error& e) {
            return as_c(e, [&](const gantry_error* error) { done(user, {}, error); });
        }
        done(user, str(output), nullptr);
    }

    static gantry_status GANTRY_CALL complete(const gantry_host* host, gantry_call number,
                                              const gantry_result* result) noexcept {
        const auto call = of(host).find(number);
        if (!call) return GANTRY_E_STALE;
        if (result->error != nullptr) {
            call->end({}, {}, error_of(*result->error));
            return GANTRY_OK;
        }
        const auto output = result->output.len == 0 ? "null" : view(result->output);
        std::optional<std::string> undo;
        try {
            check_payload(output, "output",
                          call->is_method ? rules::kServicePayload : rules::kPayload);
            if (result->undo.ptr != nullptr) {
                check_payload(view(result->undo), "undo data", rules::kUndoPayload);
                undo = view(result->undo);
            }
        } catch (const Error& e) {
            call->end({}, {}, e);
            return GANTRY_E_MISUSE;
        }
        return call->end(std::string(output), std::move(undo), {}) ? GANTRY_OK : GANTRY_E_STALE;
    }

    static void GANTRY_CALL record_undo(const gantry_host* host, gantry_call number,
                                        gantry_str undo, gantry_reply_fn done,
                                        void* user) noexcept {
        reply(
            [&]() -> std::string {
                const auto call = of(host).find(number);
                if (!call) throw Error(GANTRY_E_STALE, "this call is over");
                const std::lock_guard lock(call->mutex);
                call->check_record_undo(call->is_invoke);
                check_payload(view(undo), "undo data", rules::kUndoPayload);
                call->undo_recorded = true;
                call->recorded = view(undo);
                return "null";
            },
            done, user);
    }

    static gantry_status GANTRY_CALL heartbeat(const gantry_host* host, gantry_call number,
                                               gantry_str progress) noexcept {
        if (!of(host).find(number)) return GANTRY_E_STALE;
        const auto said = json::parse(view(progress), nullptr, false);
        of(host).host_.beat(said.is_discarded() ? json(nullptr) : said);
        const auto call = of(host).find(number);  // the test may have moved the clock
        if (!call) return GANTRY_E_STALE;
        const std::lock_guard lock(call->mutex);
        return call->cancelled ? GANTRY_E_CANCELLED : GANTRY_OK;
    }

    static std::int64_t GANTRY_CALL remaining_ms(const gantry_host* host,
                                                 gantry_call number) noexcept {
        const auto call = of(host).find(number);
        return call ? (call->deadline - of(host).host_.clock().now()).count() : 0;
    }

    static void GANTRY_CALL log(const gantry_host* host, gantry_call number, gantry_log_level level,
                                gantry_str message, gantry_str fields) noexcept {
        const auto said = json::parse(view(fields), nullptr, false);
        of(host).host_.write(
            {level, std::string(view(message)), said.is_object() ? said : json(nullptr), number});
    }

    static void GANTRY_CALL service_call(const gantry_host* host, gantry_call caller,
                                         const gantry_service_request* request,
                                         gantry_reply_fn done, void* user) noexcept {
        reply(
            [&] {
                auto& self = of(host);
                const auto call = self.under_way(caller);
                return text_of(call_service(self.host_, self.manifest_, *call, *request));
            },
            done, user);
    }

    static gantry_status GANTRY_CALL skip(const gantry_host* host, gantry_call number) noexcept {
        const auto call = of(host).find(number);
        if (!call) return GANTRY_E_STALE;
        const std::lock_guard lock(call->mutex);
        return call->skip(call->is_invoke);
    }

    static const void* GANTRY_CALL get_extension(const gantry_host*, const char* id) noexcept {
        static constexpr gantry_http http{sizeof(gantry_http), 0, &send};
        static constexpr gantry_skip skipping{sizeof(gantry_skip), 0, &skip};
        if (std::string_view(id) == GANTRY_SKIP_1) return &skipping;
        return std::string_view(id) == GANTRY_HTTP_1 ? &http : nullptr;
    }

    static void GANTRY_CALL send(const gantry_host* host, gantry_call number,
                                 const gantry_http_request* request, gantry_http_reply_fn done,
                                 void* user) noexcept {
        HttpResponse answer;
        try {
            auto& self = of(host);
            const auto call = self.under_way(number);
            answer = send_http(self.host_, self.options_, *call, rules::known(request));
        } catch (const Error& e) {
            return as_c(e, [&](const gantry_error* error) { done(user, nullptr, error); });
        }
        const std::string headers = text_of(answer.headers);
        const gantry_http_response response{sizeof response,
                                            static_cast<std::uint32_t>(answer.status), str(headers),
                                            str(answer.body)};
        done(user, &response, nullptr);
    }

    Host& host_;
    const json manifest_;
    const json options_;
    const gantry_host table_{
        sizeof(gantry_host), GANTRY_ABI_MINOR, this,       str("gantry"), str("1.0.0-testing"),
        &complete,           &record_undo,     &heartbeat, &remaining_ms, &log,
        &service_call,       &get_extension};
    mutable std::mutex mutex_;
    std::map<gantry_call, std::shared_ptr<ActiveCall>> active_;
};

}  // namespace gantry::testing::detail
