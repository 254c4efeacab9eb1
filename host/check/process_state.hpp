// What a plugin could leave behind in the process, and what is there before and after.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gantry::host::check {

/// Each thing by its name, as text; two states can be compared.
struct ProcessState {
    std::map<std::string, std::string> things;

    /// Threads, open files and sockets, environment, working directory, umask, locale, signal
    /// handlers, floating-point mode, children. Of this process, now.
    static ProcessState now();

    /// "threads: 1, now 2"; one line for each that differs.
    std::vector<std::string> changes_to(const ProcessState& later) const;
};

std::size_t count_threads();
std::size_t count_files();
/// Bytes that are allocated.
std::size_t heap_size();

}  // namespace gantry::host::check
