// Its long step never says that it is alive.
#include "hooks.hpp"

namespace mutants {
namespace {

gantry_status GANTRY_CALL heartbeat(const gantry_host*, gantry_call, gantry_str) noexcept {
    return GANTRY_OK;
}

void host(gantry_host& table) { table.heartbeat = &heartbeat; }

}  // namespace

const Hooks kHooks{.host = &host};

}  // namespace mutants
