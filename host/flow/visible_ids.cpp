// Each id is in the order once, and its place in the map.
#include "flow/visible_ids.hpp"

namespace gantry::host {

bool VisibleIds::add(const std::string& id) {
    if (!ids_.emplace(id, Place::kNotYet).second) return false;
    order_.push_back(id);
    return true;
}

void VisibleIds::show(const std::string& id) { ids_[id] = Place::kSeen; }

void VisibleIds::show(const std::vector<std::string>& ids) {
    for (const auto& id : ids) show(id);
}

std::vector<std::string> VisibleIds::hide_since(std::size_t mark) {
    std::vector<std::string> hidden;
    for (std::size_t i = mark; i < order_.size(); ++i) {
        auto& place = ids_.at(order_[i]);
        if (place != Place::kSeen) continue;
        place = Place::kHidden;
        hidden.push_back(order_[i]);
    }
    return hidden;
}

VisibleIds::Place VisibleIds::place(const std::string& id) const {
    const auto it = ids_.find(id);
    return it == ids_.end() ? Place::kNowhere : it->second;
}

std::vector<std::string> VisibleIds::seen() const {
    std::vector<std::string> all;
    for (const auto& id : order_) {
        if (ids_.at(id) == Place::kSeen) all.push_back(id);
    }
    return all;
}

}  // namespace gantry::host
