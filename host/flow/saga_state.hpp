// The state of a saga: where a run stands, apart from what its rows say of each task.
#pragma once

#include "store/rows.hpp"

#include <variant>

namespace gantry::host {

/// Nothing is written yet, not even its row.
struct Fresh {};

/// As its rows say, and nothing set going: as it was loaded, or parked or paused again. Nothing is
/// under way here, and nothing waits: a row's wake_at says when it is to be taken up.
struct AtRest {
    bool reverting = false;
    bool paused = false;
};

/// Which way a run goes that was set going.
struct Forward {};
/// A revert is decided, and its cause written; the calls under way are awaited.
struct Draining {};
/// What was done is undone, from the last to the first.
struct Undoing {
    std::size_t failed = 0;  // undos that were given up
};

struct Going {
    std::variant<Forward, Draining, Undoing> way;
    /// No further call, for this reason; once none is under way it stands, paused.
    std::optional<std::string> pausing = {};
};

/// Failed: done and undone, but for some undos.
enum class Ending { kDone, kReverted, kFailed };
struct Over {
    Ending ending = Ending::kDone;
};

/// Fresh → Going or AtRest. AtRest → Going or Over. Going → AtRest or Over; Forward → Draining →
/// Undoing within it. Over(failed) → Going(Draining), by retry.
///
/// What holds after every event (Saga::check looks):
/// - The row's status says the same: Over its ending; Going `invoking` on the way forward, else
///   `compensating`; AtRest `paused` where it is, else `waiting` or `compensating` — or, as long as
///   nothing was done with it, whatever it was loaded with.
/// - The row has an error exactly when the run reverts or ended so.
/// - Going: a call is under way, or something waits for its time or a signal. Draining, and while
///   pausing: a call is under way. No call is asked for while pausing.
/// - Only Going has calls under way and tasks that wait. Forward and Draining have no undo under
///   way, Undoing no invoke; Undoing has no invoke row that is still `started`.
/// - A row is under way exactly when its task has a call (AtRest: when it had one as its host
/// died);
///   then it is `started` and waits for no time.
/// - What waits for its time has a row that is `started`, with that time as wake_at.
/// - A task that is done, if it has a row, has one with a result, null for one that was passed
///   over or failed where it may. On the way forward no other row has failed, and nothing is
///   undone.
using SagaState = std::variant<Fresh, AtRest, Going, Over>;

}  // namespace gantry::host
