// The process in which jq programs run, and what it and the host say to one another: each message
// is one of these and then its texts.
#pragma once

#include <cstdint>

namespace gantry::host {

/// The variable of its environment, with this value, that makes a process of the same program one
/// that runs jq programs; its standard input is then the socket to the host.
constexpr const char* kJqChildVariable = "GANTRY_JQ_CHILD";
constexpr const char* kJqChildValue = "stdin";

/// Then the program and its input.
struct JqQuestion {
    std::uint32_t program, input;  // sizes
    std::uint32_t memory_mib;      // that it may use
    std::uint32_t runs;            // 0: it is only compiled
};

/// Then a text.
struct JqAnswer {
    enum Kind : std::uint32_t {
        kReady,      // once, before the first question
        kCompiling,  // it did not have the program
        kCompiled,
        kDone,  // the text is the output, or the reason of the error
    };
    Kind kind;
    std::int32_t code;  // gantry_status
    std::uint32_t size;
};

/// Named by who starts such a process, so that the linker takes what runs before main.
void know_jq_child();

}  // namespace gantry::host
