#include "check/seam.hpp"

namespace gantry::host::check {

void Seam::inject(Fault fault, int times, int after) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
    left_ = times;
    spared_ = after;
}

void Seam::heal() {
    const std::lock_guard lock(mutex_);
    fault_.reset();
}

std::optional<Fault> Seam::meet(const std::string& what, bool write, const std::string& key) {
    const std::lock_guard lock(mutex_);
    const bool meant = fault_ && (write || !fault_->only_writes);
    const bool fits = meant && spared_ == 0;
    if (meant && spared_ > 0) --spared_;
    const auto fault = fits ? fault_ : std::nullopt;
    if (fits && left_ > 0 && --left_ == 0) fault_.reset();
    const bool arrives = !fault || fault->kind == Fault::Kind::kLoseReply;
    passed_.push_back({what, write, key, arrives});
    return fault;
}

void Seam::created(const std::string& key, const std::string& answer) {
    const std::lock_guard lock(mutex_);
    created_[key].insert(answer);
}

std::vector<Passed> Seam::passed() const {
    const std::lock_guard lock(mutex_);
    return passed_;
}

std::size_t Seam::writes() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& one : passed_) count += one.write && one.arrived ? 1 : 0;
    return count;
}

std::size_t Seam::effects() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> keys;
    std::size_t keyless = 0;
    for (const auto& one : passed_) {
        if (!one.write || !one.arrived) continue;
        if (one.key.empty()) {
            ++keyless;
        } else {
            keys.insert(one.key);
        }
    }
    std::size_t again = 0;
    for (const auto& [key, answers] : created_) again += answers.size() - 1;
    return keys.size() + keyless + again;
}

void Seam::forget() {
    const std::lock_guard lock(mutex_);
    passed_.clear();
    created_.clear();
}

}  // namespace gantry::host::check
