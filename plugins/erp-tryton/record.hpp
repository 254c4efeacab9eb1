// A product template with its variants, as search_read answers it.
#pragma once

#include "setup.hpp"

namespace erp_tryton {

/// Copies share nothing; nothing here asks the server.
class Record {
public:
    /// A row of search_read with the fields of field_names(). Throws Error UNAVAILABLE,
    /// NOT_APPLIED, for anything else.
    Record(const Setup& setup, json row);

    static json field_names(const Setup& setup);

    const json& row() const { return row_; }
    long long id() const { return row_.at("id"); }
    const json& variants() const { return row_.at("products."); }  // by id

    /// Theirs as the mapping has it; of a variant's field that of the first variant. In our unit,
    /// or null when theirs is no power of ten of it.
    json value(const Column& column) const;
    static json value_of_variant(const Column& column, const json& variant);

    /// {ours: value}
    json data() const { return setup_->mapping.to_ours(by_path()); }
    json erp_ids() const;

    /// A tag of the content: of all mapped fields as they are there, with units and variants.
    std::string version() const;
    /// The part of the content that a template, or a variant of it, has.
    json template_content() const;
    json variant_content(const json& variant) const;

    /// {"product.template,1": TIMESTAMP, …}: the context of a write that is refused when somebody
    /// changed any of it since.
    json timestamps() const;

private:
    json by_path() const;

    const Setup* setup_;
    json row_;
};

/// Whether what `now` has other than `before`, or all of it where that is null, was written by this
/// user and nobody since: Tryton notes the last writer of each template and variant.
bool only_by(long long user, const Record& now, const Record* before);

/// Whether this user wrote it last, template or variant.
bool last_by(long long user, const Record& now);

}  // namespace erp_tryton
