// Nothing thrown here leaves: it would cross the C boundary.
#include "check/rig_table.hpp"

#include "plugin/http_request.hpp"
#include "plugin/lent.hpp"
#include "plugin/limits.hpp"

#include <gantry/skip.h>

namespace gantry::host::check {
namespace {

void reply_with(gantry_reply_fn reply, void* user, const std::string& output,
                const std::optional<Error>& error) {
    if (!error) return reply(user, str(output), nullptr);
    lend(*error, [&](const gantry_error& e) { reply(user, {}, &e); });
}

// The checks see what came all the same.
bool fits(const gantry_result& result, bool of_service) {
    try {
        const auto output = result.output.len == 0 ? "null" : view(result.output);
        check_payload(output, "output", of_service ? kServicePayload : kPayload);
        if (result.undo.ptr != nullptr) check_payload(view(result.undo), "undo data", kUndoPayload);
        return true;
    } catch (const Error&) {
        return false;
    }
}

std::chrono::milliseconds since(Clock::time_point then) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - then);
}

}  // namespace

gantry_host RigTable::make(Rig& rig) {
    static constexpr std::string_view kName = "gantry-check";
    static constexpr std::string_view kVersion = GANTRY_VERSION;
    return {sizeof(gantry_host), GANTRY_ABI_MINOR, &rig,       str(kName),    str(kVersion),
            &complete,           &record_undo,     &heartbeat, &remaining_ms, &log,
            &service_call,       &get_extension};
}

Rig& RigTable::rig_of(const gantry_host* host) {
    auto& rig = *static_cast<Rig*>(host->ctx);
    if (rig.entered) rig.entered();
    if (rig.closed_) ++rig.late_calls_;
    return rig;
}

gantry_status RigTable::complete(const gantry_host* host, gantry_call number,
                                 const gantry_result* result) noexcept {
    auto& rig = rig_of(host);
    auto call = rig.find(number, true);
    const std::lock_guard lock(rig.mutex_);
    if (call && call->ask == nullptr) call.reset();  // it ended between the two
    if (call && call->end.completes == 0 && call->ask->on_complete) {
        call->ask->on_complete(call->end);
    }
    const bool late = call && call->ask->late;
    if (late) {
        call->deadline = Clock::now();
        ++call->end.stale;
    }
    if (!call || late || call->end.completes > 0) {
        ++rig.refused_completes_;
        if (call && !late) ++call->end.completes;
        rig.changed_.notify_all();
        return GANTRY_E_STALE;
    }
    auto& end = call->end;
    auto status = gantry_status{GANTRY_OK};
    ++end.completes;
    end.before_return = !call->returned;
    end.took = std::max(since(call->began), std::chrono::milliseconds(1));
    if (result->error != nullptr) {
        end.error = call->told(error_from(*result->error));
        end.details = view(result->error->details);
    } else {
        end.output = view(result->output);
        if (result->undo.ptr != nullptr) end.undo = std::string(view(result->undo));
        if (!fits(*result, call->is_nested)) status = GANTRY_E_MISUSE;
    }
    rig.changed_.notify_all();
    return status;
}

void RigTable::record_undo(const gantry_host* host, gantry_call number, gantry_str undo,
                           gantry_reply_fn done, void* user) noexcept {
    auto& rig = rig_of(host);
    std::optional<Error> error;
    if (const auto call = rig.find(number)) {
        const std::lock_guard lock(rig.mutex_);
        try {
            call->check_record_undo(call->ask != nullptr && call->ask->is_invoke);
            check_payload(view(undo), "undo data", kUndoPayload);
            call->end.recorded = std::string(view(undo));
            call->undo_recorded = true;
        } catch (const Error& e) {
            error = e;
        }
    } else {
        error = Error(GANTRY_E_STALE, "this call is over");
    }
    reply_with(done, user, "null", error);
}

gantry_status RigTable::heartbeat(const gantry_host* host, gantry_call number,
                                  gantry_str) noexcept {
    auto& rig = rig_of(host);
    const auto call = rig.find(number);
    if (!call) return GANTRY_E_STALE;
    const std::lock_guard lock(rig.mutex_);
    call->end.beats.push_back(since(call->began));
    return call->cancelled ? GANTRY_E_CANCELLED : GANTRY_OK;
}

std::int64_t RigTable::remaining_ms(const gantry_host* host, gantry_call number) noexcept {
    const auto call = rig_of(host).find(number);
    return call ? -since(call->deadline).count() : 0;
}

void RigTable::log(const gantry_host* host, gantry_call, gantry_log_level level, gantry_str message,
                   gantry_str fields) noexcept {
    auto& rig = rig_of(host);
    const std::lock_guard lock(rig.mutex_);
    rig.log_.push_back({level, std::string(view(message)), std::string(view(fields))});
}

void RigTable::service_call(const gantry_host* host, gantry_call caller,
                            const gantry_service_request* request, gantry_reply_fn reply,
                            void* user) noexcept {
    auto& rig = rig_of(host);
    std::string output;
    std::optional<Error> error;
    try {
        const auto call = rig.find(caller);
        if (!call) throw Error(GANTRY_E_STALE, "this call is over", GANTRY_EF_NOT_APPLIED);
        output = rig.service(*call, *request).dump();
    } catch (const Error& e) {
        error = e;
    } catch (const std::exception& e) {
        error = Error(GANTRY_E_INVALID_DATA, e.what(), GANTRY_EF_NOT_APPLIED);
    }
    reply_with(reply, user, output, error);
}

void RigTable::send(const gantry_host* host, gantry_call caller, const gantry_http_request* request,
                    gantry_http_reply_fn reply, void* user) noexcept {
    auto& rig = rig_of(host);
    std::optional<HttpAnswer> answer;
    std::optional<Error> error;
    try {
        const auto call = rig.find(caller);
        if (!call) throw Error(GANTRY_E_STALE, "this call is over", GANTRY_EF_NOT_APPLIED);
        answer = rig.http(*call, rules::known(request));
    } catch (const Error& e) {
        error = e;
    } catch (const std::exception& e) {
        error = Error(GANTRY_E_INTERNAL, e.what(), GANTRY_EF_MAYBE_APPLIED);
    }
    if (answer) return lend(*answer, reply, user);
    lend(*error, [&](const gantry_error& e) { reply(user, nullptr, &e); });
}

gantry_status RigTable::skip(const gantry_host* host, gantry_call number) noexcept {
    auto& rig = rig_of(host);
    const auto call = rig.find(number);
    if (!call) return GANTRY_E_STALE;
    const std::lock_guard lock(rig.mutex_);
    return call->skip(call->ask != nullptr && call->ask->is_invoke);
}

const void* RigTable::get_extension(const gantry_host*, const char* id) noexcept {
    static constexpr gantry_http kHttp{sizeof(gantry_http), 0, &send};
    static constexpr gantry_skip kSkip{sizeof(gantry_skip), 0, &skip};
    if (std::string_view(id) == GANTRY_SKIP_1) return &kSkip;
    return std::string_view(id) == GANTRY_HTTP_1 ? &kHttp : nullptr;
}

}  // namespace gantry::host::check
