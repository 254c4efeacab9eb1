// Endings for mutants to give instead of the reference's.
#pragma once

#include "hooks.hpp"

#include <ctime>

namespace mutants {

inline void answer(const StepCall& call, std::string_view output) {
    const gantry_result result{
        sizeof result, 0, {output.data(), output.size()}, {nullptr, 0}, nullptr};
    call.host->complete(call.host, call.in->call, &result);
}

inline void refuse(const StepCall& call) {
    const gantry_error error{sizeof error,     GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED, 0,
                             {"not again", 9}, {nullptr, 0}};
    const gantry_result result{sizeof result, 0, {nullptr, 0}, {nullptr, 0}, &error};
    call.host->complete(call.host, call.in->call, &result);
}

inline bool has_class(const gantry_result& result, int error_class) {
    return result.error != nullptr && GANTRY_CLASS(result.error->code) == error_class;
}

// A mutant that is slow is just that: nothing could signal it.
inline void linger(long ms) {
    const timespec time{ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, nullptr);
}

}  // namespace mutants
