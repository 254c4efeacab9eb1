// The fields that `describe` of gantry.erp/1 names, and values that they may take.
#pragma once

#include "check/record.hpp"

namespace gantry::host::check {

struct DescribedField {
    std::string name;
    std::string type;
    std::optional<std::size_t> max_length;
    bool writable = false;
    bool required = false;
};

std::vector<DescribedField> described_fields(Record& record);

/// Whether a value that is read is one of this type; of a word of the plugin's own that is not
/// known: true.
bool is_of_type(const json& value, const std::string& type);

/// What the field may take: the contract's own values, then some of its type.
std::vector<json> values_for(const Record& record, const DescribedField& field);
/// Some of every other type.
std::vector<json> values_of_other_types(const std::string& type);

/// Whether a write of this value alone was taken and read again; a refusal is none.
bool takes(Record& record, const std::string& field, const json& value);

/// How one field can be changed.
struct FieldChange {
    std::string field;
    json from;  // as they are read
    json to;    // null where only that is taken
    bool required = false;
};

/// Gives each writable field a value, as far as it takes one, and finds another.
class FilledProduct {
public:
    explicit FilledProduct(Record& record);

    const std::vector<FieldChange>& changes() const { return changes_; }
    /// Fields that none of the values changed.
    const std::vector<DescribedField>& stubborn() const { return stubborn_; }
    /// Of the fields of a read those that can be changed, without one.
    json others(const json& fields, const std::string& but) const;

private:
    std::vector<FieldChange> changes_;
    std::vector<DescribedField> stubborn_;
};

}  // namespace gantry::host::check
