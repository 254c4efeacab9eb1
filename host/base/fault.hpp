// Points at which a test makes the host fail, and guards that a test takes out. Names are checked
// by the compiler; the environment arms them, in every build but Release:
//   GANTRY_FAULT=point:nth:kill|exit|hang:MS|error|delay:MS   several are separated by ','
//   GANTRY_MUTANT=guard                                       several are separated by ','
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace gantry::host::fault {

inline constexpr std::array<std::string_view, 20> kPoints = {
    "accept.before", "accept.after",   "claim.after",    "load.after",      "effect.before",
    "effect.after",  "advance.before", "advance.after",  "undo.before",     "undo.after",
    "finish.before", "finish.after",   "sweep.between",  "park.after",      "migrate.middle",
    "store.read",    "stamp.between",  "backup.between", "restore.between", "restore.aside"};
inline constexpr std::array<std::string_view, 17> kGuards = {
    "fence", "started", "revision", "fsync",           "undo_wait", "reverse",        "one_write",
    "turns", "suspect", "posted",   "recovered_first", "stand",     "engine_threads", "fair",
    "rest",  "lasting", "stamp"};

/// One of `Names`; any other does not compile.
template <const auto& Names>
struct Name {
    consteval Name(const char* name) {
        while (Names.at(index) != name) ++index;
    }
    std::size_t index = 0;
};
using Point = Name<kPoints>;
using Guard = Name<kGuards>;

/// Ends the process with exit code 2 and a message on stderr when the environment names what there
/// is not, or anything at all in a Release build. For main; otherwise the first at() or without()
/// does it.
void check();

#ifdef GANTRY_FAULTS

/// As the environment would, in place of what it or an earlier call said; passes count from 0
/// again. Throws Error CONFIG for a mistake. For tests in this process.
void arm(const std::string& faults, const std::string& mutants = "");

/// How often an armed point was passed. For tests in this process. [any]
unsigned passes(Point point);

namespace detail {
enum State { kUnread, kOff, kOn };
extern std::atomic<State> state;
void reached(std::size_t point);
bool taken_out(std::size_t guard);
}  // namespace detail

/// The nth pass since the start of the process: `kill` is SIGKILL, `exit` is _exit(70), `hang`
/// sleeps, `error` throws Error UNAVAILABLE; `delay` sleeps at this pass and at each one after it.
/// [any]
inline void at(Point point) {
    if (detail::state.load(std::memory_order_relaxed) != detail::kOff) detail::reached(point.index);
}

/// Whether the guard is to be left out: the test that is to notice it must then fail. [any]
inline bool without(Guard guard) {
    return detail::state.load(std::memory_order_relaxed) != detail::kOff &&
           detail::taken_out(guard.index);
}

#else

constexpr void at(Point /*point*/) {}
constexpr bool without(Guard /*guard*/) { return false; }

#endif

}  // namespace gantry::host::fault
