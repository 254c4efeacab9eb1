// What a jq program may say in a workflow, and which values it is given for it.
#pragma once

#include "flow/jq_tokens.hpp"

#include <set>
#include <utility>

namespace gantry::host {

/// The roots that a program mentions, as paths that stand at the head of one: ".input", ".item",
/// ".steps" with the id of a step (the second, else empty).
struct JqRoots {
    std::set<std::pair<std::string, std::string>> mentioned;
    bool sees_all = false;  // it may look at its whole input, by "." or a function
};

/// Roots of paths: input, item, index, output, undo; and steps, which a step's id follows.
bool is_root(std::string_view name);
/// Whether what follows it is a step's id.
bool is_of_steps(std::string_view root);

/// Throws Error INVALID_DATA that says what was found and why it is refused: whatever would make
/// the output depend on anything but the values given, since outputs are stored.
JqRoots check_jq(const std::vector<JqToken>& tokens);

}  // namespace gantry::host
