// gantry.erp/1 on Tryton: each update at most one write, which is refused when somebody was faster.
#pragma once

#include "change.hpp"

namespace erp_tryton {

/// All functions may be called on any thread and take and give what sdk/interfaces/erp.v1.json
/// says.
class Connector {
public:
    /// `options` as plugin.json has them. Asks nobody. Throws Error CONFIG.
    explicit Connector(const json& options)
        : server_(options), prepare_(options), system_(options.value("system", "")) {}

    /// Throws why Tryton is not reached, or not with this login or mapping.
    void ping(gantry::Call& call);
    json describe(gantry::Call& call, const json& input);
    json retrieve(gantry::Call& call, const json& input);
    json update(gantry::Call& call, const json& input);
    json snapshot(gantry::Call& call, const json& input);
    json restore(gantry::Call& call, const json& input);

private:
    // What Tryton said of itself at the first call that reached it.
    const Setup& setup(const gantry::Call& call);
    json system(const Setup& setup) const;

    // As the input of a method names it: by our id, else by one of ref.skus.
    std::optional<Record> find(const gantry::Call& call, const Setup& setup, const json& input);
    std::optional<Record> find(const gantry::Call& call, const Setup& setup, long long id,
                               const json& context);
    std::vector<Record> search(const gantry::Call& call, const Setup& setup, const json& domain,
                               json context);
    Record create(const gantry::Call& call, const Setup& setup, const json& input,
                  const json& wanted);
    std::string version_after(const gantry::Call& call, const json& input, const Record& now);
    std::string version_of_ours(const gantry::Call& call, const Setup& setup, const Record& now,
                                const Record* before, const json& wanted);
    void write(const gantry::Call& call, const Record& now, const json& values, json context);

    // restoreProduct of what was there before, and of what was not.
    json put_back(const gantry::Call& call, const Setup& setup, const json& input);
    json remove(const gantry::Call& call, const Setup& setup, const json& input);
    void check_ours(const gantry::Call& call, const json& input, const Record& now,
                    const Record* before);

    Server server_;
    const Preparation prepare_;
    const std::string system_;  // its name; empty: it has none
    std::mutex mutex_;          // guards the making of setup_
    std::optional<Setup> setup_;
};

}  // namespace erp_tryton
