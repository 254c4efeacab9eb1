#include "contract/abi/fake_host.hpp"

#include <algorithm>

namespace gantry::test {
namespace {

std::string text(gantry_str s) { return s.len == 0 ? "" : std::string(s.ptr, s.len); }
gantry_str str(const std::string& s) { return {s.data(), s.size()}; }

/// `value` cut to `size` bytes, or made longer by bytes that no reader may take for anything.
template <typename T>
std::vector<std::byte> resized(const T& value, std::size_t size) {
    std::vector<std::byte> bytes(size, std::byte{0xdb});
    std::memcpy(bytes.data(), &value, std::min(size, sizeof value));
    return bytes;
}

}  // namespace

struct FakeHost::Functions {
    static FakeHost& of(const gantry_host* host) { return *static_cast<FakeHost*>(host->ctx); }

    static gantry_status complete(const gantry_host* host, gantry_call call,
                                  const gantry_result* result) noexcept {
        auto& self = of(host);
        if (!self.open(call)) return GANTRY_E_STALE;
        self.open_ = GANTRY_NO_CALL;
        FakeEnd end;
        if (const auto* error = result->error) {
            end.code = error->code;
            end.flags = error->flags;
            end.retry_after_ms = error->retry_after_ms;
            end.message = text(error->message);
            end.details = text(error->details);
        } else {
            end.output = text(result->output);
            if (result->undo.ptr != nullptr) end.undo = text(result->undo);
        }
        self.ended_[call] = std::move(end);
        return GANTRY_OK;
    }

    static void record_undo(const gantry_host* host, gantry_call call, gantry_str undo,
                            gantry_reply_fn done, void* user) noexcept {
        auto& self = of(host);
        if (!self.open(call)) return self.fail(done, user, GANTRY_E_STALE, "this call is over");
        self.recorded.push_back(text(undo));
        done(user, {}, nullptr);
    }

    static gantry_status heartbeat(const gantry_host* host, gantry_call call, gantry_str) noexcept {
        return of(host).open(call) ? GANTRY_OK : GANTRY_E_STALE;
    }

    static std::int64_t remaining_ms(const gantry_host* host, gantry_call call) noexcept {
        return of(host).open(call) ? 1000 : 0;
    }

    static void log(const gantry_host* host, gantry_call, gantry_log_level, gantry_str message,
                    gantry_str) noexcept {
        of(host).lines.push_back(text(message));
    }

    static void service_call(const gantry_host* host, gantry_call caller,
                             const gantry_service_request* request, gantry_reply_fn reply,
                             void* user) noexcept {
        auto& self = of(host);
        if (!self.open(caller)) return self.fail(reply, user, GANTRY_E_STALE, "this call is over");
        if (text(request->service) != "leaf") {
            return self.fail(reply, user, GANTRY_E_MISUSE, "no such service is required");
        }
        reply(user, {"null", 4}, nullptr);
    }

    static const void* get_extension(const gantry_host*, const char*) noexcept { return nullptr; }

    static std::vector<std::byte> table(FakeHost& self, std::uint32_t minor, std::uint32_t size) {
        const gantry_host now = {size,          minor,     &self,         {"fake", 4},
                                 {"0.1", 3},    &complete, &record_undo,  &heartbeat,
                                 &remaining_ms, &log,      &service_call, &get_extension};
        return resized(now, size);
    }
};

FakeHost::FakeHost(std::uint32_t minor, TableSizes sizes)
    : sizes_(sizes), table_(Functions::table(*this, minor, sizes.host).data(), sizes.host) {}

gantry_call FakeHost::begin() { return open_ = ++last_; }

FakeEnd FakeHost::run(void (*function)(gantry_instance*, const gantry_invocation*),
                      gantry_instance* self, const FakeCall& call) {
    const std::string undo = call.undo.value_or("");
    const gantry_invocation now = {
        sizes_.invocation, 2,
        begin(),           {"flow", 4},
        {"run-1", 5},      {"run-1/step", 10},
        {"00-1", 4},       str(call.input),
        str(call.output),  call.undo ? str(undo) : gantry_str{nullptr, 0}};
    const auto bytes = resized(now, sizes_.invocation);
    const PageEnd invocation(bytes.data(), bytes.size());
    function(self, &invocation.as<const gantry_invocation>());
    return end(now.call);
}

void FakeHost::fail(gantry_reply_fn reply, void* user, gantry_status code,
                    const char* message) const {
    const gantry_error now = {sizes_.error, code, 0, 0, {message, std::strlen(message)}, {}};
    const auto bytes = resized(now, sizes_.error);
    const PageEnd error(bytes.data(), bytes.size());
    reply(user, {}, &error.as<const gantry_error>());
}

}  // namespace gantry::test
