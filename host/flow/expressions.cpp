// One queue, one lock; each job has a condition of its own, so that an end wakes nobody else.
#include "flow/expressions.hpp"

#include "base/may_block.hpp"

#include <gantry/error.hpp>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

namespace gantry::host {
namespace {

using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::milliseconds(50);

struct Worker {
    std::thread thread;
    pid_t tid = 0;
    bool busy = false;
    bool given_up = false;
};

struct Job {
    explicit Job(std::function<void()> given) : work(std::move(given)) {}

    std::function<void()> work;
    std::condition_variable changed;
    Worker* worker = nullptr;  // who runs it; null: it waits
    steady_clock::time_point began;
    bool ended = false;
};

}  // namespace

struct Expressions::Threads : std::enable_shared_from_this<Threads> {
    explicit Threads(ExpressionSettings given) : settings(given) {}

    bool run(std::function<void()> work, const std::string& program);
    void stop();
    // Both under the lock.
    void add_worker_for(const std::shared_ptr<Job>& job);
    void give_up(Worker& worker);
    void serve(Worker& worker);

    mutable std::mutex mutex;
    ExpressionSettings settings;
    std::condition_variable work;
    std::deque<std::shared_ptr<Job>> queue;
    std::list<std::unique_ptr<Worker>> workers;
    std::list<std::unique_ptr<Worker>> stuck;  // detached
    GivenUp told;
    std::size_t idle = 0;
    bool stopping = false;
};

bool Expressions::Threads::run(std::function<void()> given, const std::string& program) {
    const auto job = std::make_shared<Job>(std::move(given));
    std::unique_lock lock(mutex);
    queue.push_back(job);
    if (queue.size() <= idle) {
        work.notify_one();
    } else if (workers.size() < settings.threads) {
        add_worker_for(job);
    }
    auto patience = steady_clock::now() + kPatience;
    while (!job->ended) {
        const auto now = steady_clock::now();
        if (job->worker == nullptr) {
            if (now >= patience) {
                add_worker_for(job);
                patience = now + kPatience;
            }
            job->changed.wait_until(lock, patience);
            continue;
        }
        const auto until = job->began + settings.limit;
        if (now >= until) {
            if (!job->worker->given_up) give_up(*job->worker);
            const auto tell = told;
            const auto how_many = stuck.size();
            lock.unlock();
            if (tell) tell(program, how_many);
            return false;
        }
        job->changed.wait_until(lock, until);
    }
    return true;
}

void Expressions::Threads::add_worker_for(const std::shared_ptr<Job>& job) {
    auto worker = std::make_unique<Worker>();
    try {
        worker->thread =
            std::thread([self = shared_from_this(), &worker = *worker] { self->serve(worker); });
    } catch (const std::system_error& e) {
        if (!workers.empty()) return;  // one of them will come to it
        std::erase(queue, job);
        throw Error(GANTRY_E_UNAVAILABLE, std::string("no thread for an expression: ") + e.what(),
                    GANTRY_EF_NOT_APPLIED);
    }
    workers.push_back(std::move(worker));
}

void Expressions::Threads::give_up(Worker& worker) {
    worker.given_up = true;
    worker.thread.detach();
    const auto at = std::find_if(workers.begin(), workers.end(),
                                 [&](const auto& one) { return one.get() == &worker; });
    stuck.splice(stuck.end(), workers, at);
    const sched_param none{};
    sched_setscheduler(worker.tid, SCHED_IDLE, &none);  // where it is refused it only costs more
}

void Expressions::Threads::serve(Worker& worker) {
    std::unique_lock lock(mutex);
    worker.tid = gettid();
    ++idle;
    while (!worker.given_up) {
        work.wait(lock, [&] { return stopping || !queue.empty(); });
        --idle;
        if (stopping) return;
        const auto job = std::move(queue.front());
        queue.pop_front();
        job->worker = &worker;
        job->began = steady_clock::now();
        worker.busy = true;
        lock.unlock();
        job->work();
        job->work = nullptr;
        lock.lock();
        worker.busy = false;
        job->ended = !worker.given_up;
        if (job->ended) ++idle;
        lock.unlock();  // whoever wakes finds it free
        job->changed.notify_one();
        lock.lock();
    }
    // It came back after all.
    stuck.remove_if([&](const auto& one) { return one.get() == &worker; });
}

void Expressions::Threads::stop() {
    std::list<std::unique_ptr<Worker>> idle_ones;
    {
        const std::lock_guard lock(mutex);
        stopping = true;
        work.notify_all();
        for (auto at = workers.begin(); at != workers.end();) {
            Worker& worker = **at++;
            if (worker.busy) give_up(worker);
        }
        idle_ones.swap(workers);
    }
    for (auto& worker : idle_ones) worker->thread.join();
}

Expressions::Expressions(ExpressionSettings settings)
    : threads_(std::make_shared<Threads>(settings)) {}

Expressions::~Expressions() { threads_->stop(); }

Expressions& Expressions::of_process() {
    static Expressions all{ExpressionSettings{}};
    return all;
}

bool Expressions::run(std::function<void()> work, const std::string& program) {
    about_to_block("an expression");
    const auto threads = threads_;
    return threads->run(std::move(work), program);
}

void Expressions::set_limit(std::chrono::milliseconds limit) {
    const std::lock_guard lock(threads_->mutex);
    threads_->settings.limit = limit;
}

std::chrono::milliseconds Expressions::limit() const {
    const std::lock_guard lock(threads_->mutex);
    return threads_->settings.limit;
}

std::size_t Expressions::stuck() const {
    const std::lock_guard lock(threads_->mutex);
    return threads_->stuck.size();
}

void Expressions::on_given_up(GivenUp told) {
    const std::lock_guard lock(threads_->mutex);
    threads_->told = std::move(told);
}

}  // namespace gantry::host
