// What the connector asks Tryton once: whose company and language, and where the mapped fields are.
#pragma once

#include "columns.hpp"
#include "server.hpp"

namespace erp_tryton {

struct Setup {
    mapping::Mapping mapping;  // the fields that the server has
    std::vector<Column> columns;
    json constants;  // {"template": {NAME: value}, "product": {…}, "attributes": {…}} of a new one
    json context;  // {"company", "language"}
    bool has_attributes = false;

    const Column& column(const std::string& path) const;
};

class Preparation {
public:
    /// Reads the mapping file, if one is named. Throws Error CONFIG with every mistake that shows
    /// without a server.
    explicit Preparation(const json& options);

    /// Asks the server. Throws Error CONFIG with every mistake in the mapping.
    Setup operator()(const gantry::Call& call, Server& server) const;

    /// The attribute that holds our id, or "".
    const std::string& id_attribute() const { return id_attribute_; }

private:
    json context(const gantry::Call& call, Server& server) const;
    mapping::Mapping fitting(const Models& models) const;

    std::string id_attribute_;
    json given_;                // the context's parts that the options name
    std::optional<json> file_;  // what the mapping file says
};

}  // namespace erp_tryton
