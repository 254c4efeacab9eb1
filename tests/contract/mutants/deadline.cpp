// Where a service does not answer in time, it waits on for itself.
#include "answer.hpp"

namespace mutants {
namespace {

decltype(gantry_host::complete) real_complete;

gantry_status GANTRY_CALL complete(const gantry_host* host, gantry_call call,
                                   const gantry_result* result) noexcept {
    if (has_class(*result, GANTRY_CLASS_STOPPED)) linger(3000);
    return real_complete(host, call, result);
}

void host(gantry_host& table) {
    real_complete = table.complete;
    table.complete = &complete;
}

}  // namespace

const Hooks kHooks{.host = &host};

}  // namespace mutants
