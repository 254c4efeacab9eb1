// Who asks something of a run, and why: for its story.
#pragma once

#include <gantry/json.hpp>

#include <string>

namespace gantry::host {

/// In characters.
constexpr std::size_t kMaxBy = 100;
constexpr std::size_t kMaxNote = 1000;

struct Asker {
    std::string by = {};  // empty: the host itself
    std::string note = {};

    /// `detail` of an event, with what is known of who asked.
    json with(json detail = json::object()) const {
        if (!by.empty()) detail["by"] = by;
        if (!note.empty()) detail["note"] = note;
        return detail;
    }
};

}  // namespace gantry::host
