// What one call may write, under which keys, and what that makes of its end.
#pragma once

#include <gantry/error.hpp>
#include <gantry/http_status.hpp>
#include <gantry/rules/limits.hpp>

#include <map>
#include <optional>

namespace gantry::rules {

/// As one short line of ASCII, whatever it holds.
inline std::string shown(std::string_view text) {
    std::string out(text.substr(0, kLongestKeyPart));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c >= 0x7f; }, '?');
    return out;
}

/// Throws Error MISUSE, NOT_APPLIED for a last part of an idempotency key that is none.
inline void check_key_part(std::string_view part) {
    const bool good =
        part.size() <= kLongestKeyPart && std::all_of(part.begin(), part.end(), [](char c) {
            return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != '/';
        });
    if (good) return;
    throw Error(
        GANTRY_E_MISUSE,
        "the last part of an idempotency key has at most 255 bytes, no \"/\" and no control "
        "characters; found \"" +
            shown(part) + "\"",
        GANTRY_EF_NOT_APPLIED);
}

/// A write that a call is about to make.
struct Write {
    std::string from;           // whose call it is, for people; may be empty
    std::string what;           // what is written to and counted: "erp.update", "http"
    std::string did;            // "called the write method erp.update"
    std::string_view key_part;  // the last part of its key, checked; empty: what and its number
};

/// A call under way, as far as its writes go. What is not constant is under its owner's mutex.
struct WritingCall {
    std::string what;           // "step reserve", "method describe"
    std::string key;            // idempotency key; empty in a call that has none
    bool is_nested = false;     // it serves another call
    bool records_undo = false;  // its writes wait for record_undo
    bool reads_only = false;    // a read method or a ping: it may write nothing

    bool undo_recorded = false;           // by this attempt or an earlier one
    bool wrote = false;                   // something it called changed data, or may have
    bool skipped = false;                 // it says that it found nothing to do
    int open_writes = 0;                  // admitted, and not ended
    bool was_answered = false;            // its last HTTP write, with 2xx: it may have changed data
    std::map<std::string, int> writes{};  // by Write::what

    /// Lets a write pass, counted, and gives it its idempotency key; empty in a call that has none.
    /// Throws Error MISUSE, NOT_APPLIED in a call that only reads, and before record_undo in one
    /// that declares it.
    std::string admit_write(const Write& write) {
        const auto refuse = [&](const std::string& why) {
            throw Error(GANTRY_E_MISUSE, what + why, GANTRY_EF_NOT_APPLIED);
        };
        if (reads_only) {
            refuse((write.from.empty() ? "" : " of " + write.from) + " is a read and " + write.did);
        }
        if (skipped) refuse(" says that it found nothing to do, and " + write.did);
        if (records_undo && !undo_recorded) {
            refuse(" declares records_undo and " + write.did + " before record_undo had returned");
        }
        settle();
        const int n = ++writes[write.what];
        ++open_writes;
        if (key.empty()) return "";
        // One "/" before the first write and ":" before further ones keep what stands before the
        // last "/" equal for a step's writes however deep they are made (gantry::key_scope).
        return key + (is_nested ? ":" : "/") +
               (write.key_part.empty() ? write.what + "#" + std::to_string(n)
                                       : std::string(write.key_part));
    }

    /// How a write ended: unless that says NOT_APPLIED, the call has written.
    void end_write(const std::optional<Error>& error) {
        --open_writes;
        wrote = wrote || !error || (error->flags() & GANTRY_EF_NOT_APPLIED) == 0;
    }

    /// How one ended that was sent by HTTP and answered.
    void end_http_write(std::uint32_t status) {
        settle();
        --open_writes;
        was_answered = status >= 200 && status < 300;
        wrote = wrote || (!was_answered && !http_refuses(status));
    }

    /// The last HTTP write changed nothing, says the plugin. Throws Error MISUSE, NOT_APPLIED where
    /// that was not answered with 2xx, or another write came after it.
    void deny_write() {
        if (!was_answered) {
            throw Error(GANTRY_E_MISUSE,
                        what +
                            " says that its last write by HTTP changed nothing, and none was "
                            "answered with 2xx; say it before the next write, and not of a reply "
                            "that was lost",
                        GANTRY_EF_NOT_APPLIED);
        }
        was_answered = false;
    }

    /// Throws Error MISUSE where it has no undo data, or has recorded them.
    void check_record_undo(bool is_invoke) const {
        if (!is_invoke) {
            throw Error(GANTRY_E_MISUSE, what + " has no undo data: only a step's invoke has");
        }
        if (undo_recorded) {
            throw Error(GANTRY_E_MISUSE,
                        what +
                            " has recorded its undo data already; what an earlier attempt "
                            "recorded is in the invocation");
        }
    }

    /// See gantry/skip.h.
    gantry_status skip(bool is_invoke) {
        settle();
        if (!is_invoke || wrote || open_writes > 0) return GANTRY_E_MISUSE;
        skipped = true;
        return GANTRY_OK;
    }

    /// The error that it ended with, as others hear of it. Refused, but something it had called
    /// before was not: that is not "certainly nothing".
    Error told(const Error& error) const {
        if (!wrote && !was_answered && open_writes == 0) return error;
        return error.with_flags(error.flags() & ~GANTRY_EF_NOT_APPLIED);
    }

private:
    // What came before is denied no more.
    void settle() {
        wrote = wrote || was_answered;
        was_answered = false;
    }
};

/// The code that others hear of: one of a class that is none is PERMANENT.
inline gantry_status told_code(gantry_status code) {
    if (code == GANTRY_OK) return GANTRY_E_INTERNAL;
    const bool known =
        GANTRY_CLASS(code) > GANTRY_CLASS_OK && GANTRY_CLASS(code) <= GANTRY_CLASS_BUG;
    return known ? code : GANTRY_ERROR(GANTRY_CLASS_PERMANENT, code & 0xffff);
}

}  // namespace gantry::rules
