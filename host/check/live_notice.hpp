// What `gantry check --live` says before it starts.
#pragma once

#include "check/subject.hpp"

namespace gantry::host::check {

/// `subject` has a live product, what is watched, and where they are kept.
std::string live_notice(Subject& subject);

}  // namespace gantry::host::check
