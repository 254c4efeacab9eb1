// Going forward: a frame runs its nodes one after another, a group its frames side by side. A step
// that is done lets its frame go on, and a frame that has ended its group: the cost of an event is
// that of what it sets going.
#include "base/describe.hpp"
#include "base/duration.hpp"
#include "base/error_json.hpp"
#include "base/json_text.hpp"
#include "flow/saga.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

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
        Task& task = tree_.add_task(frame);
        if (tree_.tasks().size() > kMaxTasks) {
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
    started_row(task, change);
    try {
        return begin_node(task, change);
    } catch (const Error& e) {  // it cannot even be called
        return failed(task, e, change);
    }
}

bool Saga::begin_node(Task& task, Change& change) {
    const auto& value = task.node->value;
    const auto& scope = *task.frame->scope;
    switch (task.node->kind) {
        case Node::Kind::kStep: {
            const auto& with = plan_.definition.steps[task.node->step].with;
            if (with.uses_jq()) task.invoke->input = scope.evaluate(with, "the step's input");
            call(task, Side::kInvoke, change);
            return false;
        }
        case Node::Kind::kWhen: {
            const auto truth = scope.evaluate(*value, "the condition");
            if (truth != "true" && truth != "false") {
                throw bad_input("\"when\" is true or false; found " + shown(json::parse(truth)));
            }
            const std::size_t way = truth == "true" ? 0 : 1;
            const bool taken = way < task.node->blocks.size() && !task.node->blocks[way].empty();
            task.invoke->result =
                json{{"taken", taken ? (way == 0 ? "then" : "otherwise") : ""}}.dump();
            finish_row(task, StepStatus::kDone, change);
            if (taken) tree_.add_branch(task, task.node->blocks[way]);
            return begin_group(task, change);
        }
        case Node::Kind::kForEach:
            task.invoke->input = scope.evaluate(*value, "the list");
            if (!task.invoke->input->starts_with('[')) {
                throw bad_input("\"for_each\" takes an array; found " +
                                shown(json::parse(*task.invoke->input)));
            }
            task.items = elements(*task.invoke->input);
            if (task.items.size() > kMaxItems) {
                throw bad_input("the list has " + std::to_string(task.items.size()) +
                                " items, at most 10000");
            }
            task.outputs.resize(task.items.size());
            return go_on(task, change);
        case Node::Kind::kWorkflow:
            task.input = scope.evaluate(*value, "the input of its workflow");
            if (value->uses_jq()) task.invoke->input = task.input;
            if (task.node->schema) {
                if (const auto bad = task.node->schema->check(task.input); !bad.empty()) {
                    throw bad_input("the input of its workflow: " + joined(bad));
                }
            }
            tree_.add_nested(task);
            return begin_group(task, change);
        case Node::Kind::kSleep: {
            const auto text = json::parse(scope.evaluate(*value, "the duration"));
            const auto duration =
                text.is_string() ? parse_duration(text.get<std::string>()) : std::nullopt;
            if (!duration) {
                throw bad_input("\"sleep\" takes a duration such as \"30s\", more than 0; found " +
                                shown(text));
            }
            agenda_.wait_until(task, now_ + duration->count());
            return false;
        }
        case Node::Kind::kWait: {
            std::optional<std::int64_t> until;
            if (task.node->timeout) until = now_ + task.node->timeout->count();
            return begin_wait(task, until, change);
        }
        default:
            return false;
    }
}

bool Saga::begin_wait(Task& task, std::optional<std::int64_t> until, Change& change) {
    if (take_signal(task, change)) return true;
    if (until) agenda_.wait_until(task, *until);
    agenda_.listen(task);
    return false;
}

// Sets its frames going.
bool Saga::begin_group(Task& task, Change& change) {
    if (task.node->kind == Node::Kind::kParallel) {
        for (const auto& branch : task.node->blocks) tree_.add_branch(task, branch);
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
        auto& frame = tree_.add_item(task);
        ++task.open;
        if (advance(frame, change)) frame_ended(task, frame);
    }
    return forward() && task.open == 0 && task.next == task.items.size() &&
           group_done(task, change);
}

void Saga::frame_ended(Task& owner, Frame& frame) {
    --owner.open;
    if (owner.node->kind != Node::Kind::kForEach) return;
    auto& output = owner.outputs[frame.number];
    if (owner.node->result) {
        output = frame.scope->evaluate(*owner.node->result, "an item's output");
    } else {
        output = frame.tasks.back()->result();
    }
}

// All its frames have ended.
bool Saga::group_done(Task& task, Change& change) {
    if (task.node->kind == Node::Kind::kForEach) {
        std::size_t size = std::max<std::size_t>(task.outputs.size(), 1) + 1;
        for (const auto& output : task.outputs) size += output.size();
        if (size > kMaxPayload) {
            failed(task,
                   {GANTRY_E_TOO_LARGE,
                    "its output has " + std::to_string(size) + " bytes; at most 1048576"},
                   change);
            return false;
        }
        std::string all = "[";
        for (const auto& output : task.outputs) all += (all.size() > 1 ? "," : "") + output;
        task.invoke->result = all + "]";
    } else if (task.node->kind == Node::Kind::kWorkflow) {
        task.invoke->result = task.frames[0]->scope->evaluate(*task.node->result, "its output");
    } else {
        return true;
    }
    finish_row(task, StepStatus::kDone, change);
    return true;
}

bool Saga::resume(Task& task, Change& change) {
    switch (task.node->kind) {
        case Node::Kind::kStep:
            return may_begin() && !waits_for_delay(task, Side::kInvoke, change) &&
                   ask(task, change);
        case Node::Kind::kSleep:
            agenda_.wait_until(task, task.invoke->wake_at.value_or(now_));
            return false;
        case Node::Kind::kWait:
            return begin_wait(task, task.invoke->wake_at, change);
        default:
            break;
    }
    try {
        task.open = task.frames.size();
        for (const auto& frame : task.frames) {
            if (forward() && resume(*frame, change)) frame_ended(task, *frame);
        }
        if (task.node->kind == Node::Kind::kForEach) return go_on(task, change);
        return forward() && task.open == 0 && group_done(task, change);
    } catch (const Error& e) {
        return failed(task, e, change);
    }
}

// A step that was started before: its delay is over, or it was under way when its host died. True
// when it has failed and the run goes on without it.
bool Saga::ask(Task& task, Change& change) {
    const bool tried = task.invoke->so_far != Effect::kNothing;
    if (tried && plan_.steps[task.node->step].at_most_once) {
        return gave_up(
            task,
            {GANTRY_E_UNAVAILABLE, "the host stopped while this step ran, and it runs at most once",
             GANTRY_EF_MAYBE_APPLIED},
            change);
    }
    try {
        call(task, Side::kInvoke, change);
        return false;
    } catch (const Error& e) {
        return failed(task, e, change);
    }
}

// `task` is done: what comes after it, in its frame and in those around it.
void Saga::passed(Task* task, Change& change) {
    task->done = true;
    try {
        while (forward() && advance(*task->frame, change)) {
            Frame& frame = *task->frame;
            Task* owner = frame.owner;
            if (owner == nullptr) return done(change);
            task = owner;  // an error from here on is its own
            frame_ended(*owner, frame);
            const bool ended = owner->node->kind == Node::Kind::kForEach
                                   ? go_on(*owner, change)
                                   : owner->open == 0 && group_done(*owner, change);
            if (!ended) return;
            owner->done = true;
        }
    } catch (const Error& e) {  // a result that cannot be made
        if (!task->done) {
            failed(*task, e, change);
            return;
        }
        json cause = to_json(e);
        cause["step"] = nullptr;
        revert(cause, change);
    }
}

void Saga::done(Change& change) {
    run_.output = tree_.root().scope->evaluate(plan_.definition.result, "the run's result");
    finish(Ending::kDone, change);
}

void Saga::record(Task& task, StepEnd end, Change& change) {
    // It found nothing to do; what it found done may be what an earlier attempt did.
    const bool skipped = end.skipped && task.invoke->so_far == Effect::kNothing;
    task.done = true;
    task.invoke->error.reset();
    task.invoke->so_far = std::max(task.invoke->so_far, Effect::kSomething);
    task.invoke->result = std::move(end.output);
    if (skipped) {
        task.invoke->undo_input.reset();
    } else if (end.undo) {
        task.invoke->undo_input = std::move(end.undo);
    }
    finish_row(task, skipped ? StepStatus::kSkipped : StepStatus::kDone, change);
}

// It ends here, without anything having been called. True when the run goes on without it.
bool Saga::failed(Task& task, const Error& error, Change& change) {
    if (!task.invoke) started_row(task, change);
    task.invoke->result.reset();
    return gave_up(task, error, change);
}

// A step that may fail has failed: its block goes on behind what it skips.
bool Saga::go_on_without(Task& step, Change& change) {
    step.invoke->result = "null";
    step.done = true;
    Frame& frame = *step.frame;
    while (frame.tasks.size() < step.node->goes_on) {
        Task& skipped = tree_.add_task(frame);
        started_row(skipped, change);
        skipped.invoke->result = "null";
        skipped.done = true;
        finish_row(skipped, StepStatus::kSkipped, change);
    }
    return true;
}

void Saga::started_row(Task& task, Change& change) {
    StepRow fresh;
    fresh.path = task.path;
    fresh.side = Side::kInvoke;
    if (task.is_step()) {
        fresh.name = plan_.steps[task.node->step].name;
        fresh.module = plan_.steps[task.node->step].module;
    } else {
        fresh.name = kind_name(task.node->kind);
    }
    fresh.started_at = now_;
    fresh.place = static_cast<std::int64_t>(task.number);
    task.invoke = std::move(fresh);
    write(task, Side::kInvoke, change);
}

void Saga::finish_row(Task& task, StepStatus status, Change& change) {
    task.invoke->status = status;
    task.invoke->finished_at = now_;
    task.invoke->wake_at.reset();
    write(task, Side::kInvoke, change);
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

}  // namespace gantry::host
