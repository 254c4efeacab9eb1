// Going forward: a frame runs its nodes one after another, a group its frames side by side. A step
// that is done lets its frame go on, and a frame that has ended its group: the cost of an event is
// that of what it sets going.
#include "base/duration.hpp"
#include "base/error_json.hpp"
#include "base/json_text.hpp"
#include "flow/saga.hpp"

namespace gantry::host {
namespace {

constexpr std::size_t kMaxTasks = 20'000;
constexpr std::size_t kMaxPayload = 1 << 20;
constexpr std::size_t kMaxItems = 10'000;

const char* kind_name(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::kParallel:
            return "parallel";
        case Node::Kind::kWhen:
            return "when";
        case Node::Kind::kForEach:
            return "for_each";
        case Node::Kind::kWorkflow:
            return "workflow";
        case Node::Kind::kSleep:
            return "sleep";
        case Node::Kind::kWait:
            return "wait";
        default:
            return "step";
    }
}

Error bad_input(std::string message) {
    return {GANTRY_E_INVALID_DATA, std::move(message), GANTRY_EF_NOT_APPLIED};
}

}  // namespace

bool Saga::advance(Frame& frame, Change& change) {
    while (frame.tasks.empty() || frame.tasks.back()->done) {
        if (frame.tasks.size() == frame.block->size()) return true;
        if (!may_begin()) return false;
        Task& task = add_task(frame);
        if (tasks_.size() > kMaxTasks) {
            started_row(task, kind_name(task.node->kind), change);
            failed(task, bad_input("the run has more than 20000 steps"), change);
            return false;
        }
        task.done = begin(task, change);
    }
    return false;
}

bool Saga::resume(Frame& frame, Change& change) {
    if (!frame.tasks.empty() && !frame.tasks.back()->done) {
        Task& last = *frame.tasks.back();
        last.done = resume(last, change);
        if (!last.done) return false;
    }
    return advance(frame, change);
}

bool Saga::begin(Task& task, Change& change) {
    if (task.node->kind == Node::Kind::kParallel) return begin_group(task, change);
    const auto* step =
        task.node->kind == Node::Kind::kStep ? &plan_.steps[task.node->step] : nullptr;
    started_row(task, step != nullptr ? step->name : kind_name(task.node->kind), change);
    if (step != nullptr) task.invoke->module = step->module;
    try {
        const auto& value = task.node->value;
        switch (task.node->kind) {
            case Node::Kind::kStep: {
                const auto& with = plan_.definition.steps[task.node->step].with;
                if (with.uses_jq()) task.invoke->input = evaluate(with, *task.frame->scope);
                call(task, Side::kInvoke, change);
                return false;
            }
            case Node::Kind::kWhen: {
                const auto truth = evaluate(*value, *task.frame->scope);
                if (truth != "true" && truth != "false") {
                    throw bad_input("\"when\" is true or false; found " + truth.substr(0, 200));
                }
                const std::size_t way = truth == "true" ? 0 : 1;
                const bool taken =
                    way < task.node->blocks.size() && !task.node->blocks[way].empty();
                task.invoke->result =
                    json{{"taken", taken ? (way == 0 ? "then" : "otherwise") : ""}}.dump();
                finish_row(task, StepStatus::kDone, change);
                return begin_group(task, change);
            }
            case Node::Kind::kForEach:
                task.invoke->input = evaluate(*value, *task.frame->scope);
                task.items = elements(*task.invoke->input);
                if (task.items.size() > kMaxItems) {
                    throw bad_input("the list has " + std::to_string(task.items.size()) +
                                    " items, at most 10000");
                }
                task.outputs.resize(task.items.size());
                return begin_group(task, change);
            case Node::Kind::kWorkflow:
                task.input = evaluate(*value, *task.frame->scope);
                if (value->uses_jq()) task.invoke->input = task.input;
                if (task.node->schema) {
                    if (const auto bad = task.node->schema->check(task.input); !bad.empty()) {
                        throw bad_input("the input of its workflow: " + joined(bad));
                    }
                }
                return begin_group(task, change);
            case Node::Kind::kSleep: {
                const auto text = json::parse(evaluate(*value, *task.frame->scope));
                const auto duration =
                    text.is_string() ? parse_duration(text.get<std::string>()) : std::nullopt;
                if (!duration) {
                    throw bad_input("\"sleep\" takes a duration such as \"30s\"; found " +
                                    text.dump().substr(0, 200));
                }
                wait_until(task, now_ + duration->count());
                return false;
            }
            case Node::Kind::kWait:
                if (take_signal(task, change)) return true;
                if (task.node->timeout) wait_until(task, now_ + task.node->timeout->count());
                listening_.emplace(task.node->signal, task.number);
                return false;
            default:
                return false;
        }
    } catch (const Error& e) {  // it cannot even be called
        failed(task, e, change);
        return false;
    }
}

// Sets its frames going.
bool Saga::begin_group(Task& task, Change& change) {
    switch (task.node->kind) {
        case Node::Kind::kParallel:
            for (const auto& branch : task.node->blocks) {
                add_frame(task, branch, task.frame->scope, task.frame->prefix);
            }
            break;
        case Node::Kind::kWhen: {
            const auto taken = json::parse(*task.invoke->result).at("taken");
            if (taken == "") return true;
            add_frame(task, task.node->blocks[taken == "then" ? 0 : 1], task.frame->scope,
                      task.frame->prefix);
            break;
        }
        case Node::Kind::kForEach:
            return go_on(task, change);
        default:
            add_nested(task);
            break;
    }
    task.open = task.frames.size();
    for (const auto& frame : task.frames) {
        if (may_begin() && advance(*frame, change)) frame_ended(task, *frame);
    }
    return task.open == 0 && group_done(task, change);
}

// Begins items of a for_each, as many at once as it may. True when all have ended.
bool Saga::go_on(Task& task, Change& change) {
    while (may_begin() && task.open < task.node->limit && task.next < task.items.size()) {
        auto& frame = add_item(task);
        ++task.open;
        if (advance(frame, change)) frame_ended(task, frame);
    }
    return running() && task.open == 0 && task.next == task.items.size() &&
           group_done(task, change);
}

void Saga::frame_ended(Task& owner, Frame& frame) {
    --owner.open;
    if (owner.node->kind != Node::Kind::kForEach) return;
    auto& output = owner.outputs[frame.number];
    if (owner.node->result) {
        output = evaluate(*owner.node->result, *frame.scope);
    } else {
        const auto& last = frame.tasks.back()->invoke;
        output = last && last->result ? *last->result : "null";
    }
}

// All its frames have ended.
bool Saga::group_done(Task& task, Change& change) {
    if (task.node->kind == Node::Kind::kForEach) {
        std::string all = "[";
        for (const auto& output : task.outputs) all += (all.size() > 1 ? "," : "") + output;
        task.invoke->result = all + "]";
    } else if (task.node->kind == Node::Kind::kWorkflow) {
        task.invoke->result = evaluate(*task.node->result, *task.frames[0]->scope);
    } else {
        return true;
    }
    if (task.invoke->result->size() > kMaxPayload) {
        failed(
            task,
            {GANTRY_E_TOO_LARGE, "its output has " + std::to_string(task.invoke->result->size()) +
                                     " bytes; at most 1048576"},
            change);
        return false;
    }
    finish_row(task, StepStatus::kDone, change);
    return true;
}

bool Saga::resume(Task& task, Change& change) {
    switch (task.node->kind) {
        case Node::Kind::kStep:
            return ask_again(task, change);
        case Node::Kind::kSleep:
            wait_until(task, task.invoke->wake_at.value_or(now_));
            return false;
        case Node::Kind::kWait:
            if (take_signal(task, change)) return true;
            if (task.invoke->wake_at) wait_until(task, *task.invoke->wake_at);
            listening_.emplace(task.node->signal, task.number);
            return false;
        default:
            break;
    }
    try {
        task.open = task.frames.size();
        for (const auto& frame : task.frames) {
            if (running() && resume(*frame, change)) frame_ended(task, *frame);
        }
        if (task.node->kind == Node::Kind::kForEach) return go_on(task, change);
        return running() && task.open == 0 && group_done(task, change);
    } catch (const Error& e) {
        failed(task, e, change);
        return false;
    }
}

// A loaded step that was started: under way when its host died, or waiting for its time.
bool Saga::ask_again(Task& task, Change& change) {
    auto& row = *task.invoke;
    if (row.wake_at && *row.wake_at > now_) {
        wait_until(task, *row.wake_at);
        return false;
    }
    if (!row.wake_at) {
        if (plan_.steps[task.node->step].at_most_once) {
            gave_up(task, Side::kInvoke,
                    {GANTRY_E_UNAVAILABLE,
                     "the host stopped while this step ran, and it runs at most once",
                     GANTRY_EF_MAYBE_APPLIED},
                    change);
            return false;
        }
        ++row.attempt;
    }
    row.wake_at.reset();
    write(task, Side::kInvoke, change);
    call(task, Side::kInvoke, change);
    return false;
}

// `task` is done: what comes after it, in its frame and in those around it.
void Saga::passed(Task* task, Change& change) {
    task->done = true;
    try {
        while (running() && advance(*task->frame, change)) {
            Frame& frame = *task->frame;
            Task* owner = frame.owner;
            if (owner == nullptr) {
                run_.output = evaluate(plan_.definition.result, scope_);
                return finish(RunStatus::kDone, change);
            }
            task = owner;  // an error from here on is its own
            frame_ended(*owner, frame);
            const bool ended = owner->node->kind == Node::Kind::kForEach
                                   ? go_on(*owner, change)
                                   : owner->open == 0 && group_done(*owner, change);
            if (!ended) return;
            owner->done = true;
        }
    } catch (const Error& e) {  // a result that cannot be made
        if (!task->done) return failed(*task, e, change);
        json cause = to_json(e);
        cause["step"] = nullptr;
        revert(cause, change);
    }
}

void Saga::record(Task& task, StepEnd end, Change& change) {
    task.invoke->error.reset();
    task.invoke->result = std::move(end.output);
    if (end.undo) task.invoke->undo_input = std::move(end.undo);
    finish_row(task, StepStatus::kDone, change);
}

// It ends here, without anything having been called.
void Saga::failed(Task& task, const Error& error, Change& change) {
    if (!task.invoke) started_row(task, kind_name(task.node->kind), change);
    task.invoke->result.reset();
    gave_up(task, Side::kInvoke, error, change);
}

void Saga::started_row(Task& task, std::string name, Change& change) {
    StepRow fresh;
    fresh.path = task.path;
    fresh.side = Side::kInvoke;
    fresh.name = std::move(name);
    fresh.started_at = now_;
    task.invoke = std::move(fresh);
    write(task, Side::kInvoke, change);
}

void Saga::finish_row(Task& task, StepStatus status, Change& change) {
    task.invoke->status = status;
    task.invoke->finished_at = now_;
    task.invoke->wake_at.reset();
    write(task, Side::kInvoke, change);
}

void Saga::wait_until(Task& task, std::int64_t when) {
    auto& row = task.compensate ? *task.compensate : *task.invoke;
    row.wake_at = when;
    waiting_.emplace(when, task.number);
}

bool Saga::take_signal(Task& task, Change& change) {
    for (auto it = signals_.begin(); it != signals_.end(); ++it) {
        if (it->name != task.node->signal) continue;
        task.invoke->result = it->payload;
        change.consumed.push_back(it->id);
        note(change, "signal", {{"step", task.path}, {"name", it->name}, {"id", it->id}});
        signals_.erase(it);
        finish_row(task, StepStatus::kDone, change);
        return true;
    }
    return false;
}

void Saga::call(Task& task, Side side, Change& change) {
    change.calls.push_back(command(task, side));
    task.calling = true;
    ++calls_;
}

CallCommand Saga::command(const Task& task, Side side) const {
    CallCommand out;
    out.at = {task.number, side};
    out.input = input_of(task);
    if (out.input.size() > kMaxPayload) {
        throw Error(
            GANTRY_E_TOO_LARGE,
            "the step's input has " + std::to_string(out.input.size()) + " bytes; at most 1048576",
            GANTRY_EF_NOT_APPLIED);
    }
    out.undo = task.invoke->undo_input;
    if (side == Side::kInvoke) {
        out.attempt = task.invoke->attempt;
        return out;
    }
    out.attempt = task.compensate->attempt;
    out.output = task.invoke->result;
    if (!out.undo) out.undo = task.invoke->result;
    return out;
}

std::string Saga::input_of(const Task& task) const {
    if (task.invoke->input) return *task.invoke->input;
    return evaluate(plan_.definition.steps[task.node->step].with, *task.frame->scope);
}

std::string Saga::evaluate(const Template& compiled, const Scope& scope) const {
    return compiled.evaluate([&](const Reference& reference) -> std::string_view {
        const Scope* at = &scope;
        if (reference.root == "steps") {
            for (; at != nullptr; at = at->outer) {
                const auto it = at->tasks.find(*reference.step);
                if (it == at->tasks.end()) continue;
                const auto& row = it->second->invoke;
                return row && row->result ? std::string_view(*row->result) : "null";
            }
            return "null";  // in a branch that was not taken
        }
        if (reference.root == "input") {
            while (at->outer != nullptr) at = at->outer;
            return at->input;
        }
        while (!at->item) at = at->outer;
        return reference.root == "item" ? std::string_view(*at->item) : std::string_view(at->index);
    });
}

}  // namespace gantry::host
