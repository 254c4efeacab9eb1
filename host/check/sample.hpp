// Values that fit a JSON Schema, made up from a seed; and values that do not.
#pragma once

#include <gantry/json.hpp>

#include <optional>
#include <random>

namespace gantry::host::check {

class Sample {
public:
    explicit Sample(std::uint64_t seed) : random_(seed) {}

    /// A value that fits `schema`, a Draft 4 one of objects, arrays, enums and plain types; null
    /// fits a null schema.
    json of(const json& schema);

    /// Variations of `good`, an object that fits `schema`, that do not: a required key left out, a
    /// value of another type. Each with its pointer.
    struct Bad {
        std::string key;  // that is wrong
        std::string how;  // "missing", "a number where a text is wanted"
        json value;
    };
    static std::vector<Bad> misfits(const json& schema, const json& good);

    /// `input` with one of its texts, not an id, so long that the whole has `bytes`. Nothing: it
    /// has no such text.
    static std::optional<json> stretched(json input, std::size_t bytes);

private:
    json of_type(const json& schema, const std::string& type);
    std::uint64_t below(std::uint64_t n) { return random_() % n; }

    std::mt19937_64 random_;
};

}  // namespace gantry::host::check
