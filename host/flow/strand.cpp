// One task a turn: a run with many events does not keep a thread from the others.
#include "flow/strand.hpp"

namespace gantry::host {

void Strand::post(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        if (scheduled_) return;
        scheduled_ = true;
    }
    pool_.load()->submit([this] { run_next(); });
}

void Strand::run_next() {
    std::function<void()> task;
    {
        const std::lock_guard lock(mutex_);
        task = std::move(tasks_.front());
        tasks_.pop_front();
    }
    // The turn ends however the task does; until then the task holds what owns the strand.
    struct Turn {
        Strand& strand;
        ~Turn() {
            const std::lock_guard lock(strand.mutex_);
            strand.scheduled_ = !strand.tasks_.empty();
            if (strand.scheduled_) {
                strand.pool_.load()->submit([at = &strand] { at->run_next(); });
            }
        }
    };
    const Turn turn{*this};
    task();
}

}  // namespace gantry::host
