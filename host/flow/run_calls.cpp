// A map; an attempt's end comes on the strand, so nothing goes away while it is used.
#include "flow/run_calls.hpp"

namespace gantry::host {

void RunCalls::add(std::size_t task, std::shared_ptr<StepAttempt> attempt,
                   std::shared_ptr<const Busy::Hold> busy) {
    calls_.insert_or_assign(task, Call{std::move(attempt), std::move(busy), {}});
}

void RunCalls::handed_over(std::size_t task) {
    if (const auto it = calls_.find(task); it != calls_.end()) it->second.busy.reset();
}

void RunCalls::cancel(std::size_t task) {
    if (const auto it = calls_.find(task); it != calls_.end()) it->second.attempt->cancel();
}

void RunCalls::withdraw(std::size_t task) {
    if (const auto it = calls_.find(task); it != calls_.end()) it->second.attempt->withdraw();
}

void RunCalls::cancel_all() {
    for (const auto& [task, call] : calls_) call.attempt->cancel();
}

void RunCalls::let_go() {
    cancel_all();
    calls_.clear();
}

bool RunCalls::answer(std::size_t task, StepEnd end, Told told) {
    const auto it = calls_.find(task);
    auto asked = end.supplied;
    if (it == calls_.end() || !it->second.attempt->complete(std::move(end))) return false;
    it->second.answered = {std::move(told), std::move(asked)};
    return true;
}

RunCalls::Answered RunCalls::ended(std::size_t task) {
    const auto it = calls_.find(task);
    if (it == calls_.end()) return {};
    auto answered = std::move(it->second.answered);
    calls_.erase(it);
    return answered;
}

}  // namespace gantry::host
