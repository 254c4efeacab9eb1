// The host's side of a process that runs jq programs: made, asked, and killed.
#pragma once

#include "flow/jq_child.hpp"

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

namespace gantry::host {

struct ExpressionLimits {
    /// How long a program may run.
    std::chrono::milliseconds time{5000};
    /// What it may use of memory.
    std::size_t memory_mib = 256;
};

/// Not for two threads at once.
class JqProcess {
public:
    /// How a question went. But for kAnswered the process is of no more use.
    enum class End { kAnswered, kTime, kMemory, kCrash, kKilled };
    struct Answer {
        End end;
        int code;          // kAnswered: gantry_status
        std::string text;  // the output; the reason of an error; "SIGSEGV" where it crashed
    };

    /// Throws Error UNAVAILABLE (NOT_APPLIED) when there can be none.
    JqProcess();
    /// It is over then, whatever it does.
    ~JqProcess();
    JqProcess(const JqProcess&) = delete;
    JqProcess& operator=(const JqProcess&) = delete;

    /// False: it ended meanwhile.
    bool waits() const;

    /// Compiles it where it has to, and runs it where there is an input. The time of its making and
    /// of compiling do not count as the program's; each may take 30 s. Throws Error UNAVAILABLE
    /// (NOT_APPLIED) when it has not begun by then.
    Answer ask(const std::string& program, const std::string* input,
               const ExpressionLimits& limits);

    pid_t pid() const { return pid_; }

private:
    using Time = std::chrono::steady_clock::time_point;
    enum class Moved { kAll, kLate, kGone };

    Moved move(bool out, char* bytes, std::size_t size, Time until) const;
    Answer ended(Moved how);

    pid_t pid_ = -1;
    int socket_ = -1;
    bool ready_ = false;
};

}  // namespace gantry::host
