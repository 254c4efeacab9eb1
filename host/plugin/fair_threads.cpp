// The dynamic threshold of shared-memory switches: what a share may take falls as all take more.
// The thread whose task has ended goes on with the next one, so that this needs no memory.
#include "plugin/fair_threads.hpp"

#include "base/fault.hpp"
#include "base/may_block.hpp"

#include <stdexcept>

namespace gantry::host {
namespace {

constexpr std::size_t kTimesIdle = 3;
constexpr std::size_t kTimesIdleOfModule = 7;

constinit thread_local const FairThreads* ending = nullptr;

}  // namespace

void FairThreads::submit(const std::string& module, const std::string& share, Task task,
                         bool ends_others) {
    const std::lock_guard lock(mutex_);
    auto& of = share_of(module, share);
    of.ends_others = ends_others;
    const auto turn = std::make_shared<Hold>(*this, of, std::move(task));
    of.waiting.push_back(turn);
    if (ending == this) return;
    if (begin_what_may() || held_ > 0) return;  // what runs looks again when it ends
    of.waiting.remove(turn);
    throw std::runtime_error("there is no thread, and none can be made");
}

FairThreads::Share& FairThreads::share_of(const std::string& module, const std::string& name) {
    const auto known = share_of_.find(name);
    if (known != share_of_.end()) return *known->second;
    // In front: it has had nothing.
    const auto made = shares_.insert(shares_.begin(), Share{of_module_[module], 0, {}, false});
    share_of_.emplace(name, made);
    return *made;
}

void FairThreads::count(Share& share, int by) {
    const auto change = static_cast<std::size_t>(by);  // counts wrap around as they should
    share.running += change;
    share.of_module += change;
    held_ += change;
}

std::size_t FairThreads::idle() const {
    const auto threads = pool_.threads();
    const auto unreplaced = lost_ > threads ? lost_ - threads : 0;
    const auto taken = held_ + unreplaced;
    return taken < threads ? threads - taken : 0;
}

// Taken out of the queue of its share and counted; the share stands last now.
FairThreads::Turn FairThreads::next() {
    const bool rests = resting_ > 0 && !fault::without("rest");
    const auto times = fault::without("fair") ? pool_.threads() : kTimesIdle;
    const auto times_of_module = fault::without("fair") ? pool_.threads() : kTimesIdleOfModule;
    const auto free = idle();
    for (auto share = shares_.begin(); share != shares_.end(); ++share) {
        if (share->waiting.empty() || (rests && !share->ends_others) ||
            share->running >= times * free || share->of_module >= times_of_module * free) {
            continue;
        }
        auto turn = std::move(share->waiting.front());
        share->waiting.pop_front();
        count(*share, 1);
        shares_.splice(shares_.end(), shares_, share);
        return turn;
    }
    return nullptr;
}

// False: the pool took one of them not.
bool FairThreads::begin_what_may() {
    while (const auto turn = next()) {
        if (!begin(turn)) return false;
    }
    return true;
}

bool FairThreads::begin(const Turn& turn) {
    try {
        pool_.submit([this, turn] { work(turn); });
        return true;
    } catch (const std::exception&) {
        count(turn->share_, -1);
        turn->share_.waiting.push_front(turn);
        return false;
    }
}

void FairThreads::work(Turn turn) {
    while (turn != nullptr) {
        try {
            turn->task_(turn);
        } catch (...) {
            turn->task_ = nullptr;
            if (const auto waits = over(*turn)) {
                const std::lock_guard lock(mutex_);
                begin(waits);
            }
            throw;
        }
        turn->task_ = nullptr;
        turn = over(*turn);
    }
}

// What this thread goes on with.
FairThreads::Turn FairThreads::over(Hold& hold) {
    const std::lock_guard lock(mutex_);
    if (hold.state_ == Hold::State::kGivenUp) {
        hold.state_ = Hold::State::kOver;
        --lost_;
        fewer_.notify_all();
        pool_.replaced_came_back();
        begin_what_may();
        return nullptr;
    }
    hold.state_ = Hold::State::kOver;
    count(hold.share_, -1);
    fewer_.notify_all();
    auto here = next();
    begin_what_may();
    return here;
}

FairThreads::Ending::Ending(const Hold& hold) { ending = &hold.threads_; }
FairThreads::Ending::~Ending() { ending = nullptr; }

void FairThreads::Hold::give_up() {
    const std::lock_guard lock(threads_.mutex_);
    if (state_ != State::kHeld) return;
    state_ = State::kGivenUp;
    threads_.count(share_, -1);
    ++threads_.lost_;
    threads_.pool_.replace_one();
    threads_.begin_what_may();
}

FairThreads::Rest::Rest(FairThreads& threads) : threads_(threads) {
    const std::lock_guard lock(threads_.mutex_);
    ++threads_.resting_;
}

FairThreads::Rest::~Rest() {
    const std::lock_guard lock(threads_.mutex_);
    if (--threads_.resting_ == 0) threads_.begin_what_may();
}

std::string FairThreads::Rest::wait(std::chrono::milliseconds patience) {
    about_to_block("calls of plugins to end");
    std::unique_lock lock(threads_.mutex_);
    threads_.fewer_.wait_for(lock, patience, [this] {
        return (threads_.held_ == 0 && threads_.lost_ == 0) || threads_.hurries_ ||
               fault::without("rest");
    });
    return fault::without("rest") ? "" : threads_.what_runs();
}

void FairThreads::hurry() {
    const std::lock_guard lock(mutex_);
    hurries_ = true;
    fewer_.notify_all();
}

// Under mutex_.
std::string FairThreads::what_runs() const {
    std::string all;
    const auto add = [&](const std::string& what, std::size_t count) {
        if (count == 0) return;
        all += (all.empty() ? "" : ", ") + what;
        if (count > 1) all += " (" + std::to_string(count) + ")";
    };
    for (const auto& [name, share] : share_of_) add(name, share->running);
    add("a call that was given up and has not returned", lost_);
    return all;
}

std::size_t FairThreads::running() const {
    const std::lock_guard lock(mutex_);
    return held_;
}

std::size_t FairThreads::waiting() const {
    const std::lock_guard lock(mutex_);
    std::size_t all = 0;
    for (const auto& share : shares_) all += share.waiting.size();
    return all;
}

}  // namespace gantry::host
