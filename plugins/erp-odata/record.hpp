// A product as the service has it: what the mapping manages, and what a write needs besides.
#pragma once

#include "site.hpp"

namespace erp_odata {

struct Record {
    std::string key;
    std::string etag;        // of the product; empty: the service has none
    json values;             // {path: canonical value} of everything managed
    json text;               // the key of the text in our language; null: there is none
    std::string text_etag;   // of the text itself
    std::string changed_by;  // empty: not known
    bool marked = false;     // for deletion

    /// A tag of the content: equal values have an equal one, whenever they were written.
    std::string version() const;
};

/// Names of users as SAP has them, in capital letters or not; an empty one is nobody's.
bool same_user(const std::string& a, const std::string& b);

/// Of an entity that was read with Site::selection(), or answered by a write. Throws Error
/// INTERNAL where a property that is managed is missing.
Record record_of(const Site& site, const json& entity, const std::string& language);

/// Takes over what `entity`, the answer to a write, says of the product's own properties: a
/// service may keep something else than it was given.
void take_over(const Site& site, const json& entity, Record& record);

}  // namespace erp_odata
