// How a mutant differs from the reference plugin: functions called in place of the reference's own,
// each given that. Without the SDK's C++ side, so that a mutant compiles in no time.
#pragma once

#include <gantry/abi.h>

#include <string_view>

namespace mutants {

/// A step that is about to be called, or taken back.
struct StepCall {
    std::string_view step;  // "rename"
    bool undo;
    gantry_instance* self;
    const gantry_invocation* in;
    const gantry_host* host;
    gantry_step_fn real;

    void go_on() const { real(self, in); }
};

using CreateFn = gantry_instance*(GANTRY_CALL*)(const gantry_host*, gantry_call,
                                                gantry_str) noexcept;
using EndFn = void(GANTRY_CALL*)(gantry_instance*) noexcept;

/// Null: as the reference does it.
struct Hooks {
    const gantry_plugin* (*entry)(const gantry_plugin& real) = nullptr;
    gantry_instance* (*create)(CreateFn real, const gantry_host* host, gantry_call call,
                               gantry_str options) = nullptr;
    void (*stop)(EndFn real, gantry_instance* self) = nullptr;
    void (*destroy)(EndFn real, gantry_instance* self) = nullptr;
    void (*step)(const StepCall& call) = nullptr;
    /// Changes the host as the reference sees it.
    void (*host)(gantry_host& table) = nullptr;
};

/// Each mutant's own.
extern const Hooks kHooks;

}  // namespace mutants
