// All checks of one plugin, one after another, each in its own process and with the system afresh.
#pragma once

#include "check/child.hpp"

namespace gantry::host::check {

struct KitSettings {
    SubjectSettings subject;        // its port and folder are the kit's to set
    std::vector<std::string> only;  // ids or codes or letters of families; empty: all
    std::vector<std::string> without;
    bool shuffle = false;  // in an order that the subject's seed makes
    int level = 3;         // up to this one
    std::chrono::milliseconds within = std::chrono::minutes(5);  // for all of them
    bool put_back = false;  // make none: put the product back that the subject's `kept` holds
};

/// Told of each finding as it comes, of what begins, and of what is done to a real system.
struct Progress {
    std::function<void(const Check& check, std::size_t number, std::size_t of)> begins;
    std::function<void(const Finding& finding)> ends;
    std::function<void(const std::string& text)> says;
};

/// Where a check on which all others rest has failed, or the time for all is over, the rest is
/// skipped and says so. The product
/// of a real system is put back after each check and compared; a finding of its own, the last one,
/// says how that went. Throws Error CONFIG where it cannot begin: no such file, a contract that
/// does not hold, a system that does not start, a product that cannot be put back, an unknown id;
/// CANCELLED on SIGINT or SIGTERM, or CHANGED where the product could not be put back then.
std::vector<Finding> check_plugin(const KitSettings& settings, const Progress& progress);

/// 0: nothing failed, 1: something did.
int exit_code(const std::vector<Finding>& findings);

}  // namespace gantry::host::check
