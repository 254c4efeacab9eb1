// One object of a document, read member by member; whatever is wrong with it becomes a problem.
#pragma once

#include "base/document.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::host {

/// A document while it is read into a struct.
struct Reading {
    const Document& document;
    Problems& problems;

    /// Values that have a problem already: what follows from it is not reported again.
    std::set<std::string> broken = {};

    void problem(const std::string& pointer, const std::string& message);

    /// The string at `pointer` as written, in quotes; what a reference stands for may be a secret.
    std::string shown(const std::string& pointer) const;
};

/// Refers to `reading` and `value`, which must outlive it. A value that is no object is a problem
/// and counts as an empty one.
class Section {
public:
    Section(Reading& reading, const json& value, std::string pointer);

    /// A member by name, nothing when missing; one of another type is a problem and counts as
    /// missing.
    std::optional<std::string> text(const std::string& key);
    const json* object(const std::string& key) { return typed(key, json::value_t::object); }
    const json* array(const std::string& key) { return typed(key, json::value_t::array); }
    const json* any(const std::string& key);

    /// As text(); a missing one is a problem.
    std::optional<std::string> required_text(const std::string& key);

    /// The strings of an array, each with its pointer; elements of other types are problems.
    std::vector<std::pair<std::string, std::string>> texts(const std::string& key);

    /// Reports the members that nobody asked for. Call it last.
    void refuse_others();

    std::string pointer(const std::string& key) const { return child(pointer_, key); }
    void problem(const std::string& key, const std::string& message);

private:
    const json* typed(const std::string& key, json::value_t type);

    Reading& reading_;
    const json& value_;
    std::string pointer_;
    std::vector<std::string> asked_;
};

/// Reports `value` at `pointer` when it has another type; else true.
bool expect(Reading& reading, const json& value, const std::string& pointer, json::value_t type);

}  // namespace gantry::host
