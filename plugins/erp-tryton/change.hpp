// The values of one write: of a template, and through it of its variants.
#pragma once

#include "record.hpp"

namespace erp_tryton {

class Change {
public:
    /// What has to be written so that `now` has the values `wanted`, {path: value} of the mapping.
    /// Our units are written with our values. Throws Error REJECTED, NOT_APPLIED.
    static Change towards(const Setup& setup, const Record& now, const json& wanted);

    /// What puts `now` back as it is in `before`, a record with the same variants.
    static Change back(const Setup& setup, const Record& now, const Record& before);

    bool empty() const { return of_template_.empty() && of_variants_.empty(); }

    /// The values of model.product.template.write.
    json values() const;

private:
    void activate_variants(const Record& now, bool active);

    json of_template_ = json::object();
    json of_variants_ = json::object();  // {ID: values}
};

/// The values of model.product.template.create: `wanted`, the constants, and our id.
json new_product(const Setup& setup, const std::string& id_attribute, const std::string& id,
                 const json& wanted);

}  // namespace erp_tryton
