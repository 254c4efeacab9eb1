// One gate and one count per attempt, under the caller's mutex.
#include "plugin/writes.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace gantry::host {

void check_key_part(std::string_view part) {
    constexpr std::size_t kLongest = 255;
    const bool good = part.size() <= kLongest && std::all_of(part.begin(), part.end(), [](char c) {
                          return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != '/';
                      });
    if (good) return;
    throw Error(
        GANTRY_E_MISUSE,
        "the last part of an idempotency key has at most 255 bytes, no \"/\" and no control "
        "characters; found \"" +
            one_line(part.substr(0, kLongest)) + "\"",
        GANTRY_EF_NOT_APPLIED);
}

std::string admit_write(ActiveCall& caller, const Write& write) {
    const auto refuse = [&](const std::string& why) {
        throw Error(GANTRY_E_MISUSE, caller.what + why, GANTRY_EF_NOT_APPLIED);
    };
    if (caller.reads_only) refuse(" of " + write.from + " is a read and " + write.did);
    const std::lock_guard lock(caller.mutex);
    if (caller.records_undo && !caller.undo_recorded) {
        refuse(" declares records_undo and " + write.did + " before record_undo had returned");
    }
    const int n = ++caller.writes[write.what];
    if (caller.key.empty()) return "";
    // One "/" before the first write and ":" before further ones keep what stands before the last
    // "/" equal for a step's writes however deep they are made (gantry::key_scope).
    return caller.key + (caller.parent == nullptr ? "/" : ":") +
           (write.key_part.empty() ? write.what + "#" + std::to_string(n)
                                   : std::string(write.key_part));
}

void end_write(ActiveCall& caller, const std::optional<Error>& error) {
    if (error && (error->flags() & GANTRY_EF_NOT_APPLIED) != 0) return;
    const std::lock_guard lock(caller.mutex);
    caller.wrote = true;
}

}  // namespace gantry::host
