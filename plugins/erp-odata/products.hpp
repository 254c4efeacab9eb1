// The products of one service, for one call: found, created, changed and removed with as few
// requests as there can be, each write with the ETag that was read as its precondition.
#pragma once

#include "record.hpp"
#include "session.hpp"

namespace erp_odata {

struct Part;

/// Throws Error as gantry::Http and errors.hpp say; a write that meets another ETag is CONFLICT,
/// NOT_APPLIED.
class Products {
public:
    Products(const Site& site, Session& session, const gantry::Call& call, std::string language)
        : site_(site), session_(session), call_(call), language_(std::move(language)) {}

    /// By `ref` of the input of a method of gantry.erp/1: external_id, or the only one of skus, is
    /// the key; else, or where there is none, by our id, in the property that the mapping names, or
    /// as the key. A request for each of the two, and one for each further page. Throws Error
    /// REJECTED where several have our id.
    std::optional<Record> find(const json& input) const;
    std::optional<Record> find_by_key(const std::string& key) const;

    /// A product with the mapping's constants and these values, {path: value}. One request, and one
    /// more where the answer does not show what was made.
    Record create(const json& input, const json& values) const;

    /// One request: a PATCH, or a changeset where the product and its text change together or the
    /// text has no ETag of its own. The record as it is then.
    Record change(const Record& record, const json& changes) const;

    void remove(const Record& record) const;

private:
    /// Empty: the product is to be found by our id.
    std::string key_of(const json& input) const;
    std::optional<Record> find_by_id(const std::string& id) const;
    json page(const std::string& query) const;
    std::vector<json> write(const std::vector<Part>& parts) const;

    const Site& site_;
    Session& session_;
    const gantry::Call& call_;
    std::string language_;
};

}  // namespace erp_odata
