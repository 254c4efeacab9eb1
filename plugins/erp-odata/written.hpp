// Which version each step's write was to leave behind, so that it can be told from somebody else's
// after its reply was lost.
#pragma once

#include <gantry/service.hpp>

#include <deque>
#include <map>

namespace erp_odata {

/// By the key's part that a write and its undo share, gantry::key_scope. In memory, and the newest
/// 10,000 only: what is not known here is judged by who changed the record last. [any]
class Written {
public:
    void note(std::string_view key, const std::string& product, const std::string& version);
    std::optional<std::string> find(std::string_view key, const std::string& product) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> versions_;
    std::deque<std::string> oldest_;
};

}  // namespace erp_odata
