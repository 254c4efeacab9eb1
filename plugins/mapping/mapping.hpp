// A mapping file: which field of ours is which of theirs, and how a value is converted. Data, so
// that a shop changes fields without compiling.
#pragma once

#include <gantry/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mapping {

using gantry::json;

/// Values are JSON. A decimal is a canonical text on both sides ("19.95", see decimal.hpp); how the
/// other side writes it is the connector's matter.
struct Field {
    std::string ours;                       // "weight"
    std::string theirs;                     // "GrossWeight": a path whose form is the connector's
    std::string type;                       // string, text, integer, decimal, boolean, date
    std::optional<std::size_t> max_length;  // of a text, in code points
    std::optional<std::size_t> decimals;    // of a decimal, at most, as they keep it
    bool required = false;                  // theirs has to have a value
    bool writable = true;
    std::string unit;  // of ours, for people
    int shift = 0;     // theirs is ours times ten to the power of this: grams to kilograms is -3
    json values;       // {ours: theirs} of a text with few values; null: as it is
};

/// How many characters (code points) UTF-8 has.
std::size_t characters(const std::string& text);

/// What stands in a mapping file, in which // comments are allowed. Throws Error CONFIG.
json read_source(const std::string& file);

class Mapping {
public:
    /// {"fields": {OURS: {"to", "type", "max_length", "decimals", "required", "writable", "unit",
    /// "shift", "values"}}, "constants": {THEIRS: value}}. Throws Error CONFIG with every mistake.
    /// `besides` are keys of the connector's own, which it reads itself.
    explicit Mapping(const json& source, const std::vector<std::string>& besides = {});
    /// Reads `file`, in which // comments are allowed. Throws Error CONFIG.
    static Mapping read(const std::string& file);

    const std::vector<Field>& fields() const { return fields_; }
    /// Null: no such field.
    const Field* of_ours(const std::string& name) const;
    const Field* of_theirs(const std::string& path) const;
    /// What a new record of theirs has besides.
    const json& constants() const { return constants_; }

    /// As `describe` of gantry.erp/1 shows them.
    json described() const;

    /// {theirs: value} of `data`, our fields; null clears. The names that nobody maps, and those
    /// that are not writable, go into `ignored`, sorted. Throws Error REJECTED, NOT_APPLIED, with
    /// details {field, found, limit or expected}.
    json to_theirs(const json& data, json& ignored) const;
    /// {ours: value} of {theirs: value}; paths that nobody maps are left out, null stays null.
    /// Throws Error INTERNAL for a value of another type.
    json to_ours(const json& record) const;

private:
    std::vector<Field> fields_;
    json constants_;
};

}  // namespace mapping
