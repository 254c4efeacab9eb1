// What differs between OData V4 and V2, behind one face.
#pragma once

#include "metadata.hpp"

#include <gantry/json.hpp>

#include <memory>

namespace erp_odata {

using gantry::json;

/// Values are canonical: a decimal is a text as mapping::canonical_decimal writes it, an integer a
/// number, a date "2026-11-25", a GUID in small letters, anything else as JSON has it. What a
/// canonical form does not hold, the time of day beside a date, stays as it came and is written so.
/// Stateless. [any]
class Protocol {
public:
    virtual ~Protocol() = default;

    /// A value in the body of a request, as JSON text.
    virtual std::string literal(const json& value, const Property& property) const = 0;
    /// The canonical value of what an answer holds.
    virtual json value(const json& raw, const Property& property) const = 0;
    /// What a field of ours shows of a canonical value: of a date with a time the date.
    virtual json shown(const json& value, const Property& property) const = 0;
    /// A value in a URL, not escaped.
    virtual std::string key_literal(const json& value, const Property& property) const = 0;

    /// The record in an answer; null when there is none.
    virtual json entity(const json& answer) const = 0;
    /// The records of a page, an array, and where the next one is; empty: this is the last.
    virtual json entities(const json& answer) const = 0;
    virtual std::string next(const json& answer) const = 0;
    /// Empty: it has none.
    virtual std::string etag(const json& entity) const = 0;
    /// What a navigation that was expanded leads to, an array.
    virtual json children(const json& entity, const std::string& navigation) const = 0;
    /// The same in a body; `texts` are JSON objects.
    virtual std::string children_text(const std::string& text) const = 0;
    /// "$select=…&$expand=…"
    virtual std::string selection(const std::string& properties,
                                  const std::string& navigation) const = 0;
};

/// Of OData version 2 or 4.
std::unique_ptr<const Protocol> protocol_of(int version);
std::unique_ptr<const Protocol> protocol_v2();
std::unique_ptr<const Protocol> protocol_v4();

/// A canonical decimal or integer of text or number, a canonical GUID; anything else as it is. What
/// both versions share.
json canonical(const json& value, const Property& property);

/// "'it''s'"
std::string quoted(const std::string& text);

/// {"Product":"P1","GrossWeight":0.25}: the properties of `values` as `type` has them; `more` is
/// put behind them as it is.
std::string body_of(const Protocol& protocol, const EntityType& type, const json& values,
                    const std::string& more = "");

}  // namespace erp_odata
