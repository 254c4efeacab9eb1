// One check in a process of its own: what it said, or how it died.
#pragma once

#include "check/check.hpp"
#include "check/interrupt.hpp"
#include "check/subject.hpp"

namespace gantry::host::check {

/// What became of a check.
struct Finding {
    const Check* check = nullptr;
    Verdict verdict;
    std::string doing;   // what it was at when it died
    std::string output;  // what the process wrote to stdout and stderr, its last 4 KiB
    double seconds = 0;
    std::uint64_t seed = 0;
};

/// fail, crash or timeout
inline bool failed(const Finding& finding) { return finding.verdict.status >= Status::kFail; }

/// Runs `check` as a child of this process: the same program, called as
/// `PROGRAM check FILE --child ID …`. Kills it at `limit`, with all that it started. Throws Error
/// CANCELLED on an interrupt; null: none is heard.
Finding run_child(const Check& check, const SubjectSettings& settings, const Interrupt* interrupt,
                  std::chrono::milliseconds limit);

/// The child's side: makes the check and writes what it says to file descriptor kReportFd.
int be_child(const std::string& id, SubjectSettings settings);

/// The words after PROGRAM that make a child of these settings, and back.
std::vector<std::string> child_words(const std::string& id, const SubjectSettings& settings);

}  // namespace gantry::host::check
