// Every write has a key of its own making, also in a second attempt.
#include "hooks.hpp"

#include <atomic>
#include <string>

namespace mutants {
namespace {

decltype(gantry_host::service_call) real_service_call;
std::atomic<int> writes;

void GANTRY_CALL service_call(const gantry_host* host, gantry_call caller,
                              const gantry_service_request* request, gantry_reply_fn reply,
                              void* user) noexcept {
    const std::string key = "write-" + std::to_string(++writes);
    auto keyed = *request;
    keyed.key = {key.data(), key.size()};
    real_service_call(host, caller, &keyed, reply, user);
}

void host(gantry_host& table) {
    real_service_call = table.service_call;
    table.service_call = &service_call;
}

}  // namespace

const Hooks kHooks{.host = &host};

}  // namespace mutants
