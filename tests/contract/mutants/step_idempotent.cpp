// Every answer has a number of its own, also under a key that was answered before.
#include "hooks.hpp"

#include <atomic>
#include <string>

namespace mutants {
namespace {

decltype(gantry_host::complete) real_complete;
std::atomic<int> answers;

gantry_status GANTRY_CALL complete(const gantry_host* host, gantry_call call,
                                   const gantry_result* result) noexcept {
    std::string output(result->output.len > 0 ? result->output.ptr : "", result->output.len);
    if (output.find("erp_ids") == std::string::npos) return real_complete(host, call, result);
    output.insert(1, "\"number\":" + std::to_string(++answers) + ",");
    auto numbered = *result;
    numbered.output = {output.data(), output.size()};
    return real_complete(host, call, &numbered);
}

void host(gantry_host& table) {
    real_complete = table.complete;
    table.complete = &complete;
}

}  // namespace

const Hooks kHooks{.host = &host};

}  // namespace mutants
