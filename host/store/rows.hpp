// The rows of the store as plain structs, and the words for their states.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::host {

enum class RunStatus { kInvoking, kWaiting, kCompensating, kPaused, kDone, kReverted, kFailed };
/// What a person asked for, obeyed at the next transition.
enum class Wanted { kRun, kPause, kCancel };
enum class Side { kInvoke, kCompensate };
enum class StepStatus { kStarted, kDone, kFailed, kUnknown, kSkipped };
/// What the attempts of a step that have ended may have done to the world.
enum class Effect { kNothing, kSomething, kUnknown };

std::string_view to_string(RunStatus status);
std::string_view to_string(Wanted wanted);
std::string_view to_string(Side side);
std::string_view to_string(StepStatus status);
std::string_view to_string(Effect effect);

/// Nothing for a word that is none of them.
std::optional<RunStatus> run_status(std::string_view word);
Wanted wanted_of(std::string_view word);
Side side_of(std::string_view word);
StepStatus step_status(std::string_view word);
Effect effect_of(std::string_view word);

inline bool is_over(RunStatus s) {
    return s == RunStatus::kDone || s == RunStatus::kReverted || s == RunStatus::kFailed;
}

/// Payloads (pins, input, output, error, result, undo_input) are JSON text; times are milliseconds
/// since 1970.
struct RunRow {
    std::string id;
    std::string workflow;
    std::string def_hash;
    std::string pins = "{}";
    std::optional<std::string> idem_key;
    RunStatus status = RunStatus::kInvoking;
    std::string input;
    std::optional<std::string> output;
    std::optional<std::string> error;
    std::optional<std::string> owner;
    std::int64_t fence = 0;     // +1 at each claim, sweep and release
    std::int64_t revision = 0;  // of the last write; the row takes only newer ones
    std::int64_t crashes = 0;   // claims in a row taken from a host that died during its calls
    Wanted wanted = Wanted::kRun;
    std::optional<std::int64_t> wake_at;  // without an owner: claimable from then on
    std::optional<std::int64_t> deadline_at;
    std::optional<std::string> turn;       // runs of one workflow with equal ones take turns
    std::optional<std::string> waits_for;  // why it stands still: "kind: detail"
    std::optional<std::string> forked_from;
    std::int64_t created_at = 0;
    std::int64_t updated_at = 0;
    std::optional<std::int64_t> finished_at;
    std::optional<std::string> unreadable;  // what of it could not be read, and why: see waits_for
};

struct StepRow {
    std::string path;
    Side side = Side::kInvoke;
    std::string module;
    std::string name;
    StepStatus status = StepStatus::kStarted;
    std::int64_t attempt = 1;
    std::optional<std::string> result;
    std::optional<std::string> undo_input;
    std::optional<std::string> input;  // where it cannot be made again the same
    std::optional<std::string> error;
    std::int64_t started_at = 0;
    std::optional<std::int64_t> finished_at;
    std::optional<std::int64_t> wake_at;  // a delay, a sleep or a patience ends then
    bool under_way = false;  // an attempt was handed out, and its end is not written yet
    Effect so_far = Effect::kNothing;
    std::int64_t bugs = 0;      // attempts that ended with an error of class BUG
    std::int64_t asked_ms = 0;  // how long it has been asked: its calls and the delays after them
    std::int64_t place = 0;     // the smaller is the first of those that began at once; stays
    std::optional<std::string> unreadable;  // what of it could not be read, and why
};

/// Of a run the first kToldEvents are kept; after them only those that stay, up to kKeptEvents.
constexpr std::int64_t kToldEvents = 1000;
constexpr std::int64_t kKeptEvents = 2000;
/// EventRow::seq is the run's fence times this, and a number; the last numbers are those of
/// signals.
constexpr std::int64_t kEventsPerClaim = 1 << 20;
constexpr std::int64_t kSignalsPerClaim = 1 << 12;

/// Something that happened to a run, for people. `detail` is a JSON object.
struct EventRow {
    std::int64_t seq = 0;
    std::int64_t at = 0;
    std::string kind;
    std::string detail = "{}";
    bool stays = false;  // somebody asked for it, or its rows will not tell: see kKeptEvents
};

/// A part of a run's input by which it is found.
struct FieldRow {
    std::string name;
    std::string value;
};

/// The same id twice is one signal.
struct SignalRow {
    std::string id;
    std::string name;
    std::string payload;
    std::int64_t created_at = 0;
    std::string by = {};  // who sends it, and why: for its event alone
    std::string note = {};
};

struct DefinitionRow {
    std::string hash;
    std::string workflow;
    std::string body;
};

}  // namespace gantry::host
