// Everything a plugin reaches outside of itself passes here: it is counted, and fails on demand.
#pragma once

#include <gantry/json.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gantry::host::check {

/// What happens to a request.
struct Fault {
    enum class Kind {
        kLoseReply,  // it takes effect, and nobody hears of it
        kUnreached,  // it does not even arrive
        kStall,      // no answer comes until the call is over
        kUntrusted,  // its certificate is not trusted
        kAnswer,     // it is not passed on; `status` is answered (of a service: an error)
    };
    Kind kind = Kind::kLoseReply;
    int status = 0;
    json headers = json::object();
    std::string body;
    bool only_writes = true;
};

/// A request that passed, or was kept from it.
struct Passed {
    std::string what;  // "PUT http://…", "erp.updateProductErpData"
    bool write = false;
    std::string key;
    bool arrived = false;
};

/// [any]
class Seam {
public:
    /// From now on; the next `times` requests that it fits, 0: all of them, but not the first
    /// `after`.
    void inject(Fault fault, int times = 0, int after = 0);
    void heal();

    /// The fault that meets this request, which is noted. Nothing: it passes.
    std::optional<Fault> meet(const std::string& what, bool write, const std::string& key);

    /// That a write was answered 201 with this: a system that keeps keys would say the same again.
    void created(const std::string& key, const std::string& answer);

    std::vector<Passed> passed() const;
    /// Writes that arrived; of each key one counts, and each other thing that it created.
    std::size_t effects() const;
    std::size_t writes() const;
    void forget();

private:
    mutable std::mutex mutex_;
    std::optional<Fault> fault_;
    int left_ = 0;
    int spared_ = 0;
    std::vector<Passed> passed_;
    std::map<std::string, std::set<std::string>> created_;  // answers by key
};

}  // namespace gantry::host::check
