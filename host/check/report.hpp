// The findings as people and programs read them.
#pragma once

#include "check/child.hpp"

namespace gantry::host::check {

/// One line, and what to do below it where something failed. `color`: with ANSI colours; `again`:
/// the command that makes the check, which is to be named and seeded still.
std::string to_text(const Finding& finding, bool color, const std::string& again);
/// Skipped ones that stand one after another and for one reason, in one line.
std::string to_text(const std::vector<Finding>& skipped, bool color);
/// "46 checks: 40 passed, 1 failed, 5 skipped"
std::string summary(const std::vector<Finding>& findings);
/// {"plugin", "checks": [{id, code, status, found, expected, todo, …}], "pass": 40, "fail": 1, …}
json to_json(const std::string& plugin, const std::vector<Finding>& findings);
/// JUnit's XML, as CI systems read it.
std::string to_junit(const std::string& plugin, const std::vector<Finding>& findings);

}  // namespace gantry::host::check
