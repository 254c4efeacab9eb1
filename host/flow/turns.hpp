// Runs of an exclusive workflow with equal values go one after another, in the order they came.
#pragma once

#include "store/rows.hpp"

#include <deque>
#include <mutex>
#include <unordered_map>

namespace gantry::host {

/// Of a run its id, workflow and turn count; it has one. [any]
class Turns {
public:
    /// Makes `run` the holder of its turn when nobody is; true when it is the holder then.
    bool take(const RunRow& run);

    /// The same, and lines up behind the others when it is not its turn.
    bool enter(const RunRow& run);

    /// `run` is over, or no longer waits: the id of who is next, when it was the holder.
    std::optional<std::string> leave(const RunRow& run);

private:
    struct Queue {
        std::string holder;
        std::deque<std::string> waiting;
    };
    std::mutex mutex_;
    std::unordered_map<std::string, Queue> queues_;  // by workflow and turn
};

}  // namespace gantry::host
