// One lock for who waits and what is idle; a process is made, asked and killed outside of it.
#include "flow/expressions.hpp"

#include "base/may_block.hpp"

#include <gantry/error.hpp>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <vector>

namespace gantry::host {
namespace {

using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::milliseconds(50);

struct Waiting {
    const std::string* program;
    std::condition_variable changed;
    bool has_waited = false;
    bool has_place = false;
};

std::string in_words(std::chrono::milliseconds time) {
    const auto count = time.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace

struct Expressions::Pool {
    explicit Pool(ExpressionSettings given) : settings(given) {}

    // Both under the lock.
    bool may_begin(const Waiting& one) const;
    void give_places();
    std::size_t running_of(const std::string& program) const {
        const auto at = running.find(program);
        return at == running.end() ? 0 : at->second;
    }

    mutable std::mutex mutex;
    ExpressionSettings settings;
    std::vector<std::unique_ptr<JqProcess>> idle;  // the one used last at the end
    std::list<Waiting*> waiting;
    std::map<std::string, std::size_t> running;
    std::size_t places_taken = 0;
    OnEnded told;
};

bool Expressions::Pool::may_begin(const Waiting& one) const {
    const auto places = one.has_waited ? settings.at_most : settings.at_once;
    if (places_taken >= places) return false;
    return settings.at_most == 1 || running_of(*one.program) + 1 < settings.at_most;
}

void Expressions::Pool::give_places() {
    for (;;) {
        auto next = waiting.end();
        for (auto at = waiting.begin(); at != waiting.end(); ++at) {
            if (!may_begin(**at)) continue;
            if (next == waiting.end() ||
                running_of(*(*at)->program) < running_of(*(*next)->program)) {
                next = at;
            }
        }
        if (next == waiting.end()) return;
        Waiting& one = **next;
        waiting.erase(next);
        ++places_taken;
        ++running[*one.program];
        one.has_place = true;
        one.changed.notify_one();
    }
}

// While it lives its program may run, and it has a process.
class Expressions::Place {
public:
    Place(Pool& pool, const std::string& program) : pool_(pool), program_(program) {
        std::unique_lock lock(pool_.mutex);
        Waiting me{&program, {}};
        pool_.waiting.push_back(&me);
        pool_.give_places();
        while (!me.has_place) {
            if (me.changed.wait_for(lock, kPatience) == std::cv_status::no_timeout) continue;
            me.has_waited = true;
            if (!me.has_place) pool_.give_places();
        }
        limits_ = pool_.settings.limits;
        while (!process_ && !pool_.idle.empty()) {
            process_ = std::move(pool_.idle.back());
            pool_.idle.pop_back();
            if (!process_->waits()) dead_.push_back(std::move(process_));
        }
    }
    ~Place() {
        const std::lock_guard lock(pool_.mutex);
        if (process_ && pool_.idle.size() < pool_.settings.at_once) {
            pool_.idle.push_back(std::move(process_));
        }
        --pool_.places_taken;
        const auto at = pool_.running.find(program_);
        if (--at->second == 0) pool_.running.erase(at);
        pool_.give_places();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const ExpressionLimits& limits() const { return limits_; }

    JqProcess::Answer ask(const std::string* input) {
        auto process = process_ ? std::move(process_) : std::make_unique<JqProcess>();
        auto answer = process->ask(program_, input, limits_);
        if (answer.end == JqProcess::End::kAnswered) process_ = std::move(process);
        return answer;
    }

private:
    Pool& pool_;
    const std::string& program_;
    ExpressionLimits limits_;
    std::unique_ptr<JqProcess> process_;  // what is left of it ends after the lock
    std::vector<std::unique_ptr<JqProcess>> dead_;
};

Expressions::Expressions(ExpressionSettings settings) : pool_(std::make_unique<Pool>(settings)) {}

Expressions::~Expressions() = default;

Expressions& Expressions::of_process() {
    static Expressions all{ExpressionSettings{}};
    return all;
}

std::string Expressions::ask(const std::string& program, const std::string* input) {
    about_to_block("an expression");
    using End = JqProcess::End;
    Place place(*pool_, program);
    auto answer = place.ask(input);
    if (answer.end == End::kKilled) answer = place.ask(input);
    if (answer.end == End::kAnswered) {
        if (answer.code == GANTRY_OK) return std::move(answer.text);
        throw Error(static_cast<gantry_status>(answer.code), answer.text);
    }
    std::string cause = "crash";
    std::string words = "it made jq end with " + answer.text;
    if (answer.end == End::kTime) {
        cause = "time";
        words = "it did not end within " + in_words(place.limits().time);
    } else if (answer.end == End::kMemory) {
        cause = "memory";
        words = "it used more than " + std::to_string(place.limits().memory_mib) + " MiB";
    } else if (answer.end == End::kKilled) {
        words = "its process was killed, as it is where the machine has no memory left";
    }
    OnEnded told;
    {
        const std::lock_guard lock(pool_->mutex);
        told = pool_->told;
    }
    if (told) told(program, cause, words);
    if (answer.end == End::kKilled) throw Error(GANTRY_E_UNAVAILABLE, words, GANTRY_EF_NOT_APPLIED);
    throw Error(GANTRY_E_INVALID_DATA, words);
}

std::string Expressions::run(const std::string& program, const std::string& input) {
    return ask(program, &input);
}

void Expressions::compile(const std::string& program) { ask(program, nullptr); }

void Expressions::set_limits(ExpressionLimits limits) {
    const std::lock_guard lock(pool_->mutex);
    pool_->settings.limits = limits;
}

ExpressionLimits Expressions::limits() const {
    const std::lock_guard lock(pool_->mutex);
    return pool_->settings.limits;
}

std::size_t Expressions::idle() const {
    const std::lock_guard lock(pool_->mutex);
    return pool_->idle.size();
}

void Expressions::on_ended(OnEnded told) {
    const std::lock_guard lock(pool_->mutex);
    pool_->told = std::move(told);
}

}  // namespace gantry::host
