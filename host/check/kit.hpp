// All checks of one plugin, one after another, each in its own process.
#pragma once

#include "check/child.hpp"

namespace gantry::host::check {

struct KitSettings {
    SubjectSettings subject;        // its port and folder are the kit's to set
    std::vector<std::string> only;  // ids or codes or letters of families; empty: all
    std::vector<std::string> without;
    int level = 3;  // up to this one
};

/// Told of each finding as it comes, and of what begins.
struct Progress {
    std::function<void(const Check& check, std::size_t number, std::size_t of)> begins;
    std::function<void(const Finding& finding)> ends;
};

/// Where a check on which all others rest has failed, the rest is skipped and says so. Throws Error
/// CONFIG where it cannot begin: no such file, a contract that does not hold, a system that does
/// not start, an unknown id; CANCELLED on SIGINT or SIGTERM.
std::vector<Finding> check_plugin(const KitSettings& settings, const Progress& progress);

/// 0: nothing failed, 1: something did.
int exit_code(const std::vector<Finding>& findings);

}  // namespace gantry::host::check
