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
};

/// One passage through a block.
struct Frame {
    const Block* block = nullptr;
    Task* owner = nullptr;  // the group it is part of; null: the workflow itself
    Scope* scope = nullptr;
    std::string prefix;        // of its tasks' paths
    std::size_t number = 0;    // within its owner
    std::vector<Task*> tasks;  // begun, in order
    std::size_t to_undo = 0;   // reverting: how many of them are left
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
    bool done = false;     // the next one may begin
    bool calling = false;  // an attempt is with the outside
    // An earlier attempt may have had an effect: its undo data stays, whatever later ones say.
    bool touched = false;
    // An attempt ended without anybody knowing whether it took effect: a crash, a lost reply.
    bool unknown = false;
    int bugs = 0;

    // Groups.
    std::vector<std::unique_ptr<Frame>> frames;
    std::size_t open = 0;              // frames under way
    std::size_t next = 0;              // for_each: items begun; reverting: items not yet begun
    std::vector<std::string> items;    // for_each: JSON texts
    std::vector<std::string> outputs;  // for_each: of its items
    std::string input;                 // workflow
};

}  // namespace gantry::host
