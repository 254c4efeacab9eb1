// A run as people read it.
#pragma once

#include <gantry/error.hpp>

#include <cstdint>
#include <string>

namespace gantry::host {

/// What happened to a run, a line each in order of (local) time, then its state and what a person
/// can do now. `run` is as the management API shows it.
std::string story_of(const json& run);

/// What a run that stands still waits for, what a failed undo found, and the commands that go on.
/// Empty where nothing can be done.
std::string advice_on(const json& run);

/// The member in one line where it is a string, else "".
std::string text_of(const json& object, const char* key);

/// "2024-05-01 22:00:00.000 +0200": local, with its distance from UTC.
std::string local_time(std::int64_t ms);

/// "REJECTED: title has 46 characters"; empty for what is no error.
std::string error_line(const json& error);

}  // namespace gantry::host
