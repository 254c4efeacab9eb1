// JSON Schema, Draft 4, as RapidJSON validates it, with messages for people.
#pragma once

#include <gantry/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::host {

struct Violation {
    /// JSON pointer of the value; of an unknown field, that field's; of a missing one, its
    /// object's.
    std::string pointer;
    /// What was found and what was expected. Shows no string that the schema marks `writeOnly`.
    std::string message;
    /// The keyword of the schema that was violated; "additionalProperties" for an unknown field.
    std::string keyword;
};

class Schema {
public:
    /// Throws Error CONFIG for what RapidJSON would pass over in silence or not survive, naming it
    /// and its pointer: unknown keywords, keywords with a value of the wrong kind, patterns outside
    /// of its small language (no \d, \w, \s), a $ref to nowhere or round in a circle. Not
    /// supported: remote $ref, objects or arrays in `enum`, `patternProperties` beside a schema in
    /// `additionalProperties`. Annotations (title, description, default, examples, writeOnly,
    /// identity, format, $schema, id) are allowed and check nothing.
    explicit Schema(const json& schema);
    ~Schema();
    Schema(Schema&&) noexcept;
    Schema& operator=(Schema&&) noexcept;

    /// Empty when `json_text`, which must have passed check_json, fits. Otherwise the violations,
    /// at most 20, one for each place in the schema: of several elements with the same mistake the
    /// first is listed. [any], at the same time too; schemas with patterns go one after another. A
    /// pattern sees a string up to its first NUL.
    std::vector<Violation> check(std::string_view json_text) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// `title: found a number (5), expected a string; missing required field "id"`
std::string joined(const std::vector<Violation>& violations);

}  // namespace gantry::host
