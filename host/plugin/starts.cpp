// A thread for each try, detached and counted: nobody can end it, and nobody has to wait for it.
#include "plugin/starts.hpp"

#include "base/may_block.hpp"
#include "plugin/module.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace gantry::host {
namespace {

constexpr auto kStartAgain = std::chrono::seconds(5);

}  // namespace

Starts::~Starts() {
    stop();
    wait();
    for (const auto& [module, entry] : entries_) timers_.cancel(entry.alarm);
}

std::string Starts::run(const std::vector<Module*>& wanted) {
    about_to_block("modules to start");
    std::unique_lock lock(mutex_);
    for (Module* module : wanted) {
        auto& entry = entries_[module];
        if (entry.alarm == 0) entry.alarm = timers_.alarm([this, module] { try_again(*module); });
        const bool stands = module->instance() != nullptr || entry.state == State::kTrying ||
                            entry.state == State::kGivenUp;
        if (!stands) entry.state = State::kWanted;
    }
    const auto open = [this](const Module* module) { return is_open(*module); };
    while (!interrupted_ && !stopped_ && std::any_of(wanted.begin(), wanted.end(), open)) {
        for (Module* module : wanted) {
            if (may_begin(*module)) begin(*module);
        }
        if (std::any_of(wanted.begin(), wanted.end(), open)) changed_.wait(lock);
    }
    std::string failed;
    for (const Module* module : wanted) {
        const auto& entry = entries_.at(module);
        if (entry.state != State::kFailed || entry.again) continue;
        failed += (failed.empty() ? "" : "\n") + ("module " + module->name()) + ": " +
                  entry.error->message();
    }
    return failed;
}

bool Starts::is_open(const Module& module) const {
    const auto entry = entries_.find(&module);
    if (entry == entries_.end()) return false;
    return entry->second.state == State::kWanted || entry->second.state == State::kTrying;
}

bool Starts::may_begin(const Module& module) const {
    if (entries_.at(&module).state != State::kWanted || (one_by_one_ && trying_ > 0)) return false;
    return std::none_of(module.bindings.begin(), module.bindings.end(),
                        [this](const auto& binding) { return is_open(*binding.second); });
}

void Starts::begin(Module& module) {
    entries_.at(&module).state = State::kTrying;
    ++trying_;
    try {
        std::thread([this, &module] { try_it(module); }).detach();
    } catch (const std::exception& e) {  // the system gives no thread
        --trying_;
        failed(module, Error(GANTRY_E_UNAVAILABLE, e.what()));
    }
}

void Starts::try_it(Module& module) {
    std::optional<Error> error;
    try {
        module.create(timers_, [this, &module] { given_up(module); });
    } catch (const Error& e) {
        error = e;
    } catch (const std::exception& e) {
        error = Error(GANTRY_E_UNAVAILABLE, e.what());
    }
    std::unique_lock lock(mutex_);
    auto& entry = entries_.at(&module);
    const bool said = entry.again || entry.state == State::kGivenUp;
    if (error) {
        failed(module, std::move(*error));
    } else {
        entry.state = State::kRuns;
        if (said) say(GANTRY_LOG_INFO, module, " has started");
    }
    if (stopped_) {
        lock.unlock();
        module.end();
        lock.lock();
    }
    --trying_;
    changed_.notify_all();  // under the lock: the waiter may destroy us afterwards
}

void Starts::failed(Module& module, Error error) {
    auto& entry = entries_.at(&module);
    entry.state = State::kFailed;
    const bool again =
        std::exchange(entry.again, entry.again || error.error_class() != GANTRY_CLASS_CONFIG);
    if (entry.again) timers_.set(entry.alarm, Timers::Clock::now() + kStartAgain);
    entry.error = std::move(error);
    say(again ? GANTRY_LOG_WARN : GANTRY_LOG_ERROR, module,
        again ? " still does not start: " : " did not start: ", entry.error->what());
}

void Starts::say(gantry_log_level level, const Module& module, const char* what,
                 const char* why) const noexcept {
    try {
        log_.write(level, "module " + module.name() + what + why, {{"module", module.name()}});
    } catch (const std::exception&) {  // NOLINT: no memory; a line is lost
    }
}

void Starts::try_again(Module& module) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || interrupted_ || entries_.at(&module).state != State::kFailed) return;
    begin(module);
}

void Starts::given_up(Module& module) {
    const std::lock_guard lock(mutex_);
    auto& entry = entries_.at(&module);
    if (entry.state != State::kTrying) return;
    entry.state = State::kGivenUp;
    changed_.notify_all();
}

void Starts::interrupt() {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    changed_.notify_all();
}

bool Starts::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
    return trying_ == 0;
}

void Starts::wait() {
    about_to_block("modules that start");
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return trying_ == 0; });
}

}  // namespace gantry::host
