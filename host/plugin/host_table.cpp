// The host's side of the ABI: what a plugin may ask for. Nothing thrown here leaves.
#include "plugin/container.hpp"
#include "plugin/http.hpp"
#include "plugin/lent.hpp"
#include "plugin/limits.hpp"
#include "plugin/module.hpp"

#include <gantry/skip.h>

namespace gantry::host {
namespace {

const Module& module_of(const gantry_host* host) { return Module::of(*host); }

// What a plugin hands over beside its payload: dropped when it is no object, too large or too deep.
json object_or_null(std::string_view text) {
    if (text.size() > kPayload.bytes || find_json_fault(text)) return nullptr;
    auto value = json::parse(text);
    return value.is_object() ? value : json(nullptr);
}

void reply_with(gantry_reply_fn reply, void* user, const std::string& output,
                const std::optional<Error>& error) {
    if (!error) return reply(user, str(output), nullptr);
    lend(*error, [&](const gantry_error& e) { reply(user, {}, &e); });
}

// Of a write that no step asked for nothing is undone: who asked has to know that it is done.
void check_output(const ActiveCall& call, std::string_view output) {
    if (!call.is_method) return check_payload(output, "output", kPayload);
    const bool stands = !call.reads_only && call.parent == nullptr;
    check_payload(output,
                  stands ? "it did its work, and what it changed stands, but its answer cannot be "
                           "handed on"
                         : "output",
                  kServicePayload);
}

gantry_status complete(const gantry_host* host, gantry_call number,
                       const gantry_result* result) noexcept {
    try {
        const auto& module = module_of(host);
        const auto call = module.calls().find(number);
        if (!call) return GANTRY_E_STALE;
        CallEnd end;
        gantry_status status = GANTRY_OK;
        if (result->error != nullptr) {
            end.error = plugin_error(*result->error, module.secrets());
        } else {
            try {
                const auto output = result->output.len == 0 ? "null" : view(result->output);
                check_output(*call, output);
                end.output = output;
                if (result->undo.ptr != nullptr) {
                    check_payload(view(result->undo), "undo data", kUndoPayload);
                    end.undo = std::string(view(result->undo));
                }
            } catch (const Error& e) {
                const bool reads = call->reads_only && call->parent == nullptr;
                end.error = reads ? e.with_flags(GANTRY_EF_NOT_APPLIED) : e;
                status = GANTRY_E_MISUSE;
            }
        }
        if (!module.calls().close(call, std::move(end))) return GANTRY_E_STALE;
        if (call->completed) call->completed();
        return status;
    } catch (...) {  // no memory
        return GANTRY_E_INTERNAL;
    }
}

// Waits on the plugin's own thread until the undo data is durable: neither the writer nor a thread
// of the pool ever runs the reply.
// NOLINTNEXTLINE(bugprone-exception-escape): no memory for its answer ends the process
void record_undo(const gantry_host* host, gantry_call number, gantry_str undo, gantry_reply_fn done,
                 void* user) noexcept {
    std::optional<Error> error;
    try {
        const auto call = module_of(host).calls().find(number);
        if (!call) throw Error(GANTRY_E_STALE, "this call is over");
        host::record_undo(*call, std::string(view(undo)));
    } catch (const Error& e) {
        error = e;
    } catch (...) {
        error = Error(GANTRY_E_INTERNAL, "no memory");
    }
    reply_with(done, user, "null", error);
}

gantry_status heartbeat(const gantry_host* host, gantry_call number, gantry_str) noexcept {
    try {
        const auto call = module_of(host).calls().find(number);
        if (!call) return GANTRY_E_STALE;
        call->last_beat = Timers::Clock::now();
        return call->told_to_stop() ? GANTRY_E_CANCELLED : GANTRY_OK;
    } catch (...) {
        return GANTRY_E_INTERNAL;
    }
}

std::int64_t remaining_ms(const gantry_host* host, gantry_call number) noexcept {
    try {
        const auto call = module_of(host).calls().find(number);
        if (!call) return 0;
        const auto deadline = call->effective_deadline();
        if (deadline == Timers::Clock::time_point::max()) return INT64_MAX;
        return std::chrono::duration_cast<std::chrono::milliseconds>(deadline -
                                                                     Timers::Clock::now())
            .count();
    } catch (...) {
        return 0;
    }
}

void log(const gantry_host* host, gantry_call number, gantry_log_level level, gantry_str message,
         gantry_str fields) noexcept {
    try {
        const auto& module = module_of(host);
        if (!module.log().writes(level)) return;
        auto all = object_or_null(view(fields));
        all = all.is_object() ? module.secrets().redact_all(std::move(all)) : json::object();
        all["module"] = module.name();
        if (const auto call = module.calls().find(number)) {
            if (!call->run_id.empty()) all["run"] = call->run_id;
            all["call"] = call->what;
        }
        module.log().write(level, module.secrets().redact(view(message)), all);
    } catch (...) {  // a line is lost, the host goes on
        return;
    }
}

// NOLINTNEXTLINE(bugprone-exception-escape): no memory for its answer ends the process
void service_call(const gantry_host* host, gantry_call caller,
                  const gantry_service_request* request, gantry_reply_fn reply,
                  void* user) noexcept {
    CallEnd end;
    try {
        const auto& module = module_of(host);
        const auto call = module.calls().find(caller);
        if (!call) {
            end.error = Error(GANTRY_E_STALE, "this call is over", GANTRY_EF_NOT_APPLIED);
        } else {
            end = module.container().call_from(module, call, view(request->service),
                                               view(request->method), view(request->input),
                                               view(request->key));
        }
    } catch (const Error& e) {
        end.error = e;
    } catch (...) {
        end.error = Error(GANTRY_E_INTERNAL, "no memory");
    }
    reply_with(reply, user, end.output, end.error);
}

gantry_status skip(const gantry_host* host, gantry_call number) noexcept {
    try {
        const auto call = module_of(host).calls().find(number);
        if (!call) return GANTRY_E_STALE;
        const std::lock_guard lock(call->mutex);
        return call->skip(static_cast<bool>(call->record));
    } catch (...) {
        return GANTRY_E_INTERNAL;
    }
}

const void* get_extension(const gantry_host*, const char* id) noexcept {
    static constexpr gantry_skip kSkip{sizeof(gantry_skip), 0, &skip};
    if (std::string_view(id) == GANTRY_SKIP_1) return &kSkip;
    return std::string_view(id) == GANTRY_HTTP_1 ? &http_extension() : nullptr;
}

}  // namespace

gantry_host host_table(const Module& module) {
    static constexpr std::string_view kName = "gantry";
    static constexpr std::string_view kVersion = GANTRY_VERSION;
    return {sizeof(gantry_host),
            GANTRY_ABI_MINOR,
            const_cast<Module*>(&module),  // NOLINT: the ABI's ctx is not const
            str(kName),
            str(kVersion),
            &complete,
            &record_undo,
            &heartbeat,
            &remaining_ms,
            &log,
            &service_call,
            &get_extension};
}

Error plugin_error(const gantry_error& error, const Secrets& secrets) {
    // Before it is cut, which could leave the first half of a secret.
    std::string message =
        one_line(secrets.redact(view(error.message)).substr(0, rules::kLongestMessage));
    if (message.empty()) message = "the plugin gave no message";
    return {rules::told_code(error.code), std::move(message), error.flags,
            secrets.redact_all(object_or_null(view(error.details))),
            std::chrono::milliseconds(error.retry_after_ms)};
}

}  // namespace gantry::host
