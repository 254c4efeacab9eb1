// The connector: gantry.erp/1 on the product entity of an OData service.
#pragma once

#include "products.hpp"
#include "written.hpp"

namespace erp_odata {

using gantry::Call;

/// All functions [any]; they take and give what sdk/interfaces/erp.v1.json says. $metadata is read
/// at the first call of any of them, and a mapping that does not fit it is CONFIG.
class Connector {
public:
    /// Checks options and the mapping file's own form; asks nobody. Throws Error CONFIG.
    explicit Connector(const json& options);

    /// Throws why the service is not reached, or not by this user or mapping.
    void ping(Call& call);
    json describe(Call& call, const json& input);
    json retrieve(Call& call, const json& input);
    json update(Call& call, const json& input);
    json snapshot(Call& call, const json& input);
    json restore(Call& call, const json& input);

private:
    const Site& site(const Call& call);
    Products products(const Call& call) { return {site(call), session_, call, language_}; }
    json system() const;
    json view_of(const Record& record) const;
    Record saved(Call& call, const json& input, const std::optional<Record>& found,
                 const json& wanted);
    json version_of_ours(const Call& call, const json& input, const Record& now) const;
    void require_ours(const Call& call, const json& input, const Record& now) const;
    json put_back(const Call& call, const json& snapshot, const Record& now);

    std::string language_;
    std::string user_;
    std::string client_;
    std::string place_;  // where below the root the products are
    json source_;        // of the mapping file; null: built in
    Session session_;
    std::string system_;  // the name it goes by
    Written written_;
    std::mutex mutex_;
    std::unique_ptr<const Site> site_;  // set once
};

/// Null: there is none, or it is marked for deletion.
json version_of(const std::optional<Record>& record);

}  // namespace erp_odata
