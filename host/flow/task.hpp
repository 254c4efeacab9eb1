// What a run consists of while it is in memory: a task for each passage of a node, in frames that
// mirror the blocks of the definition.
#pragma once

#include "flow/definition.hpp"

#include <unordered_map>

namespace gantry::host {

struct Task;

/// What expressions see: the workflow's input and its tasks by id, or an item's.
struct Scope {
    const Scope* outer = nullptr;     // of an item: what is around its for_each
    std::string_view input;           // of a workflow; lives as long as the scope
    std::optional<std::string> item;  // of a for_each
    std::string index;
    std::unordered_map<std::string_view, const Task*> tasks;

    /// Throws Error: what the expression throws, and TOO_LARGE for more than kMaxPayload, which
    /// says what has how many bytes.
    std::string evaluate(const Template& compiled, const char* what) const;
};

/// Of an input, an output, a list and undo data, in bytes.
constexpr std::size_t kMaxPayload = 1 << 20;

/// Whether the run went on behind it: it is done, was skipped, or failed where it may.
inline bool has_passed(const StepRow& row) {
    return row.status == StepStatus::kDone || row.result.has_value();
}

/// One passage through a block.
struct Frame {
    const Block* block = nullptr;
    Task* owner = nullptr;  // the group it is part of; null: the workflow itself
    Scope* scope = nullptr;
    std::string prefix;        // of its tasks' paths
    std::size_t number = 0;    // within its owner
    std::vector<Task*> tasks;  // begun, in order
    std::size_t to_undo = 0;   // undoing: how many of them are left
    std::unique_ptr<Scope> own_scope;
};

/// One passage of a node. Groups have rows, too, where they decide or answer something.
struct Task {
    const Node* node = nullptr;
    Frame* frame = nullptr;
    std::size_t number = 0;  // in its run
    std::string path;
    std::optional<StepRow> invoke;
    std::optional<StepRow> compensate;
    bool done = false;          // the next one may begin
    std::int64_t asked_at = 0;  // under way: when its attempt was handed out

    // Groups.
    std::vector<std::unique_ptr<Frame>> frames;
    std::size_t open = 0;              // frames under way
    std::size_t next = 0;              // for_each: items begun; undoing: items not yet begun
    std::vector<std::string> items;    // for_each: JSON texts
    std::vector<std::string> outputs;  // for_each: of its items
    std::string input;                 // workflow

    bool is_step() const { return node->kind == Node::Kind::kStep; }
    std::optional<StepRow>& row(Side side) { return side == Side::kInvoke ? invoke : compensate; }
    const std::optional<StepRow>& row(Side side) const {
        return side == Side::kInvoke ? invoke : compensate;
    }
    /// The side that waits or is under way; once there is an undo, that is the one.
    Side open_side() const { return compensate ? Side::kCompensate : Side::kInvoke; }
    /// What it answered; "null" as long as it has not.
    std::string_view result() const {
        return invoke && invoke->result ? std::string_view(*invoke->result) : "null";
    }
    /// Why it failed, where the run went on without it; else "null".
    std::string_view failure() const {
        return done && invoke && invoke->error ? std::string_view(*invoke->error) : "null";
    }
};

}  // namespace gantry::host
