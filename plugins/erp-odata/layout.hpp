// What a mapping file says of the service beside fields and constants: which entity set, how a
// product is found there, where its texts are, what becomes of one that is removed.
#pragma once

#include <gantry/json.hpp>

#include <string>
#include <vector>

namespace erp_odata {

using gantry::json;

/// Property names are theirs. Empty: there is none.
struct Layout {
    std::string entity_set;
    std::string key;              // the property that names a product
    bool upper_case_key = false;  // SAP keeps material numbers so
    std::string id;               // the property that holds our product's id
    std::string text_navigation;  // to the texts, one per language
    std::string text_language;    // the property of a text that says its language
    json units = json::object();  // {property: {property of its unit: the unit we mean}}
    std::string changed_by;       // the property that says who changed it last
    std::string mark;             // "mark": the property that is true then
    std::string remove;           // delete, mark or none

    /// Of a mapping file's content. Throws Error CONFIG with every mistake.
    explicit Layout(const json& source);

    /// The keys of a mapping file that are read here.
    static std::vector<std::string> keys();
};

/// "ProductDescription" of "text.ProductDescription"; empty for a property of the product itself.
std::string text_property(const std::string& path);

}  // namespace erp_odata
