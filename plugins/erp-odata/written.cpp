#include "written.hpp"

namespace erp_odata {
namespace {

constexpr std::size_t kMost = 10'000;

std::string name_of(std::string_view key, const std::string& product) {
    return std::string(gantry::key_scope(key)) + "\n" + product;
}

}  // namespace

void Written::note(std::string_view key, const std::string& product, const std::string& version) {
    if (key.empty()) return;
    const auto name = name_of(key, product);
    const std::lock_guard lock(mutex_);
    if (versions_.insert_or_assign(name, version).second) oldest_.push_back(name);
    if (oldest_.size() <= kMost) return;
    versions_.erase(oldest_.front());
    oldest_.pop_front();
}

std::optional<std::string> Written::find(std::string_view key, const std::string& product) const {
    const std::lock_guard lock(mutex_);
    const auto found = versions_.find(name_of(key, product));
    if (key.empty() || found == versions_.end()) return std::nullopt;
    return found->second;
}

}  // namespace erp_odata
