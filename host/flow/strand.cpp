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
    if (!CarryOn::may_run() || pool_.load()->may_block()) return submit();
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
    submit();
}

void Strand::submit() {
    auto task = [this] { run(1); };
    if (fair_ == nullptr) return pool_.load()->submit(std::move(task));
    fair_->submit({group_, "", std::nullopt, std::move(task)});
}

void Strand::move_to(Pool& pool) {
    pool_ = &pool;
    fair_ = nullptr;
}

void Strand::move_to(FairPool& fair, std::string group) {
    pool_ = &fair.pool();
    fair_ = &fair;
    group_ = std::move(group);
}

}  // namespace gantry::host
