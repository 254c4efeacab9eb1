// A row that several changes touched is written once, as it is when it is sent.
#include "flow/run_writes.hpp"

#include <algorithm>
#include <iterator>

namespace gantry::host {
namespace {

template <typename T>
void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

bool before(const StepSide& a, const StepSide& b) {
    return std::pair(a.task, a.side) < std::pair(b.task, b.side);
}

// Both in the order they were made, each row once. Sorted only where both have many.
void merge_rows(std::vector<StepSide>& to, std::vector<StepSide> from) {
    constexpr std::size_t kFew = 16;
    if (to.empty()) return void(to = std::move(from));
    if (to.size() <= kFew || from.size() <= kFew) {
        for (const auto& at : from) {
            const bool there = std::any_of(to.begin(), to.end(), [&](const StepSide& known) {
                return known.task == at.task && known.side == at.side;
            });
            if (!there) to.push_back(at);
        }
        return;
    }
    append(to, from);
    std::sort(to.begin(), to.end(), before);
    const auto same = [](const StepSide& a, const StepSide& b) {
        return a.task == b.task && a.side == b.side;
    };
    to.erase(std::unique(to.begin(), to.end(), same), to.end());
}

void merge(RunWrite& into, Change change) {
    auto& to = into.change;
    to.accept = to.accept || change.accept;
    to.stands = to.stands || change.stands;
    merge_rows(to.rows, std::move(change.rows));
    append(to.calls, change.calls);
    append(to.events, change.events);
    append(to.consumed, change.consumed);
}

}  // namespace

void RunWrites::add(Change change, Told told) {
    if (waiting_ == nullptr) waiting_ = std::make_shared<RunWrite>();
    merge(*waiting_, std::move(change));
    if (told) waiting_->told.push_back(std::move(told));
}

void RunWrites::add_again(RunWrite failed) {
    const auto newer = std::exchange(waiting_, std::make_shared<RunWrite>(std::move(failed)));
    if (newer == nullptr) return;
    merge(*waiting_, std::move(newer->change));
    append(waiting_->told, newer->told);
}

void RunWrites::send(Written written) {
    in_flight_ = true;
    auto sent = std::exchange(waiting_, nullptr);
    sent->rows = saga_.mutation(sent->change);
    std::shared_ptr<const Mutation> rows(sent, &sent->rows);
    store_.post(std::move(rows),
                [sent = std::move(sent), written = std::move(written)](Outcome outcome) mutable {
                    written(std::move(sent), std::move(outcome));
                });
}

}  // namespace gantry::host
