// The fields of a mapping found in Tryton's models, and every mistake that is made there.
#pragma once

#include <vector>

#include "mapping/mapping.hpp"

namespace erp_tryton {

using gantry::json;

/// A unit of measure of Tryton's.
struct Unit {
    long long id = 0;
    std::string symbol;
    std::string factor;  // to the base unit of its category, a canonical decimal
};

/// A mapped field of theirs.
struct Column {
    enum class Of { kTemplate, kVariant, kAttributes };
    Of of = Of::kTemplate;
    std::string name;                     // "list_price"
    std::string path;                     // "template.list_price", as the mapping has it
    std::string type;                     // Tryton's
    std::optional<Unit> unit;             // which our values are in; theirs is in NAME_uom
    std::optional<std::size_t> size;      // of a text, in characters
    std::optional<std::size_t> decimals;  // of a numeric
};

/// What the server has, as fields_get and search_read answer it.
struct Models {
    json of_template;  // {NAME: {"type", "readonly", …}}
    json of_variant;
    json attributes;  // {NAME: {"type"}}
    std::vector<Unit> units;
};

struct Columns {
    std::vector<Column> all;
    std::vector<std::pair<std::string, std::string>> mistakes;  // our field, what is wrong with it
};

/// `source`, what a mapping file says of its fields, with what Tryton says where the file says
/// nothing: how long a text may be, how many decimals a numeric has. Listed numbers become
/// decimals.
json completed(json source, const std::vector<Column>& columns);

/// Paths are template.NAME, product.NAME (of each variant) and attributes.NAME.
Columns columns_of(const mapping::Mapping& mapping, const Models& models);

/// ". Did you mean "x"?" with the one of `names`, an object's, that is written most alike; or "".
std::string did_you_mean(const std::string& name, const json& names);

}  // namespace erp_tryton
