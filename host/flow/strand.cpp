// One task a turn: a run with many events does not keep a thread from the others.
#include "flow/strand.hpp"

#include "base/carry_on.hpp"

namespace gantry::host {
namespace {

constexpr int kWhereItCarriesOn = 4;  // tasks at the most, since others may post without an end

}  // namespace

void Strand::post(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        if (scheduled_) return;
        scheduled_ = true;
    }
    auto& pool = *pool_.load();
    if (!CarryOn::may_run() || pool.may_block()) return pool.submit([this] { run(1); });
    const CarryOn::Event event;
    run(kWhereItCarriesOn);
}

void Strand::run(int most) {
    for (int i = 0; i < most; ++i) {
        std::function<void()> task;
        {
            const std::lock_guard lock(mutex_);
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        pool_.load()->run_here(task);
        // Until here the task has held what owns the strand; then the next one does.
        const std::lock_guard lock(mutex_);
        scheduled_ = !tasks_.empty();
        if (!scheduled_) return;
    }
    pool_.load()->submit([this] { run(1); });
}

}  // namespace gantry::host
