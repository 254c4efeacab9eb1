// Which steps of a workflow an expression can use, at the place where its reader is.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

namespace gantry::host {

class VisibleIds {
public:
    enum class Place { kNowhere, kNotYet, kSeen, kHidden };

    /// A node begins: it cannot be seen yet. False: there is one of that id already.
    bool add(const std::string& id);
    void show(const std::string& id);
    void show(const std::vector<std::string>& ids);
    /// For hide_since().
    std::size_t mark() const { return order_.size(); }
    /// Those that came since `mark` and can be seen are hidden; gives them.
    std::vector<std::string> hide_since(std::size_t mark);

    Place place(const std::string& id) const;
    /// As they came.
    std::vector<std::string> seen() const;

private:
    std::unordered_map<std::string, Place> ids_;
    std::vector<std::string> order_;
};

}  // namespace gantry::host
