// A service that the plugin requires, as the test scripts it.
#pragma once

#include <gantry/testing/script.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace gantry::testing {

/// A call that reached a service.
struct ServiceCall {
    std::string service;  // as the plugin's manifest requires it
    std::string method;
    json input;
    std::string key;                        // empty for a read
    std::chrono::milliseconds remaining{};  // until its deadline
};

/// Turns of one method follow each other, and the last one repeats:
///
///     erp.fails("updateProductErpData", busy).answers("updateProductErpData", {{"version", "2"}});
class ScriptedService {
public:
    using Does = std::function<json(const ServiceCall&)>;

    ScriptedService& answers(const std::string& method, json output) {
        return does(method, [output = std::move(output)](const ServiceCall&) { return output; });
    }

    ScriptedService& fails(const std::string& method, Error error) {
        return does(method,
                    [error = std::move(error)](const ServiceCall&) -> json { throw error; });
    }

    /// A fake with a memory. It may throw Error, and move the host's clock.
    ScriptedService& does(const std::string& method, Does function) {
        return add(method, {std::move(function), Fate::kAnswered});
    }

    /// `effect` happens; the plugin gets UNAVAILABLE, MAYBE_APPLIED.
    ScriptedService& loses_reply(const std::string& method, Does effect = {}) {
        return add(method, {std::move(effect), Fate::kReplyLost});
    }

    /// The clock moves to the call's deadline; the plugin gets DEADLINE, MAYBE_APPLIED.
    ScriptedService& stalls(const std::string& method) { return add(method, {{}, Fate::kStalls}); }

    /// The method changes nothing. Of gantry.erp/1 and gantry.product/1 that is known; a method of
    /// another interface writes unless this is said.
    ScriptedService& reads(const std::string& method) {
        const std::lock_guard lock(mutex_);
        reads_.insert(method);
        return *this;
    }

    /// Those that arrived, of one method or of all, in their order.
    std::vector<ServiceCall> calls(std::string_view method = {}) const {
        const std::lock_guard lock(mutex_);
        std::vector<ServiceCall> found;
        for (const auto& call : calls_) {
            if (method.empty() || call.method == method) found.push_back(call);
        }
        return found;
    }

    // For the host.

    bool is_read(const std::string& method) const {
        const std::lock_guard lock(mutex_);
        return reads_.contains(method);
    }

    /// Records the call and gives what is to happen; nothing when the method has no script.
    std::optional<Turn<ServiceCall, json>> take(const ServiceCall& call) {
        const std::lock_guard lock(mutex_);
        calls_.push_back(call);
        const auto it = scripts_.find(call.method);
        if (it == scripts_.end()) return std::nullopt;
        return it->second.next();
    }

private:
    ScriptedService& add(const std::string& method, Turn<ServiceCall, json> turn) {
        const std::lock_guard lock(mutex_);
        scripts_[method].add(std::move(turn));
        return *this;
    }

    mutable std::mutex mutex_;
    std::map<std::string, Script<ServiceCall, json>> scripts_;
    std::set<std::string> reads_;
    std::vector<ServiceCall> calls_;
};

}  // namespace gantry::testing
