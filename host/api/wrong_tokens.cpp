// A window of fixed length, which begins with the first try.
#include "api/wrong_tokens.hpp"

#include <algorithm>

namespace gantry::host {

int WrongTokens::count(const std::string& address, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    auto it = tries_.find(address);
    if (it == tries_.end() && tries_.size() >= kAddresses) {
        tries_.erase(std::min_element(
            tries_.begin(), tries_.end(),
            [](const auto& a, const auto& b) { return a.second.first < b.second.first; }));
    }
    if (it == tries_.end()) it = tries_.try_emplace(address, Tries{now, 0}).first;
    return it->second.one_more(now);
}

int WrongTokens::count_line(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    return lines_.one_more(now);
}

int WrongTokens::Tries::one_more(Clock::time_point now) {
    if (count == 0 || now - first >= kWithin) *this = {now, 0};
    return ++count;
}

}  // namespace gantry::host
