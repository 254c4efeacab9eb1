// What a plugin has open: files and connections.
#pragma once

#include "check/subject.hpp"

#include <set>

namespace gantry::host::check {

/// Paths of open and of mapped files, and "127.0.0.1:80" of connections; of this process, now.
std::set<std::string> open_now();

/// What is new in `now`, is neither in the check's folder nor of the system, and which the
/// subject's options do not name.
std::vector<std::string> undeclared_of(const std::set<std::string>& before,
                                       const std::set<std::string>& now, Subject& subject);

}  // namespace gantry::host::check
