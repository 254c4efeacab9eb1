// Reads the plain fields of a definition: texts, durations, names, policies. A mistake is added to
// the problems, with its place.
#pragma once

#include "flow/definition.hpp"

namespace gantry::host {

class FieldReader {
public:
    explicit FieldReader(std::vector<DefinitionProblem>& problems) : problems_(problems) {}

    void add(std::string pointer, std::string message) {
        problems_.push_back({std::move(pointer), std::move(message)});
    }
    void check_keys(const json& object, const std::string& at,
                    const std::vector<std::string>& known);
    static bool is_id(std::string_view id);
    void check_id(const std::string& id, const std::string& at);
    /// A text that must be there and not empty; else a problem, and "".
    std::string text_at(const json& object, const std::string& at, const char* key);
    std::optional<std::chrono::milliseconds> duration_at(const json& object, const std::string& at,
                                                         const char* key);
    /// What the step at `at` says of `side`, "invoke" or "compensate".
    SidePolicy policy(const json& source, const std::string& at, const char* side);
    /// "service.method", at a key that is there.
    std::optional<ServiceMethod> method(const json& object, const std::string& at, const char* key);

private:
    std::vector<DefinitionProblem>& problems_;
};

}  // namespace gantry::host
