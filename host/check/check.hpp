// The list of checks. Each stands in one file of checks/ with others of its family.
#pragma once

#include "check/verdict.hpp"

#include <chrono>
#include <string_view>
#include <vector>

namespace gantry::host::check {

class Subject;

struct Check {
    std::string_view code;  // "A1"; the letter is its family
    std::string_view id;    // "file.elf"
    int level;              // 1 load, 2 contract, 3 stress
    std::string_view says;  // what holds, in one sentence
    std::string_view todo;  // what to do when it does not
    std::chrono::seconds limit;
    /// Returns when it holds, else throws a Verdict. Runs in a process of its own.
    void (*run)(Subject& subject);
};

/// "The file", "Load", … for "A", "B", …; of what --live makes beside the checks it is "L".
std::string_view family_name(char letter);

/// By its id, its code, or the letter of its family.
bool is_named(const Check& check, std::string_view name);

/// In the order of their codes, one interface after the other.
const std::vector<Check>& all_checks();

// Each family's, in checks/.
std::vector<Check> file_checks();
std::vector<Check> load_checks();
std::vector<Check> lifecycle_checks();
std::vector<Check> step_checks();
std::vector<Check> undo_checks();
std::vector<Check> input_checks();
std::vector<Check> error_checks();
std::vector<Check> http_checks();  // part of error_checks()
std::vector<Check> time_checks();
std::vector<Check> neighbour_checks();
std::vector<Check> interface_checks();
// Parts of interface_checks().
std::vector<Check> erp_checks();
std::vector<Check> field_checks();
std::vector<Check> effect_checks();

}  // namespace gantry::host::check
