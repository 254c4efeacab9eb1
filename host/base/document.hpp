// JSON text for people to write, read together with the place of every value.
#pragma once

#include "base/problems.hpp"

#include <gantry/json.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::host {

/// The whole file, or nothing and why.
std::optional<std::string> read_text(const std::filesystem::path& path, std::string& why);

/// The JSON pointer of a member or element of what `pointer` names.
std::string child(const std::string& pointer, std::string_view member);
std::string child(const std::string& pointer, std::size_t index);

/// A JSON pointer as people read it: `modules.erp.options`, `workflows[0]`; the root is empty.
std::string dotted(const std::string& pointer);

class Document {
public:
    /// Strict JSON, except that // and /* */ comments and a byte order mark may stand in it. A
    /// syntax error, bad UTF-8, depth over 200 or a second value: a problem, and nothing is
    /// returned. A key given twice is a problem too, but the document is returned and the last one
    /// counts.
    static std::optional<Document> read(const std::filesystem::path& path, Problems& problems);
    static std::optional<Document> parse(std::string file_name, std::string_view text,
                                         Problems& problems);

    Document() = default;

    const json& root() const { return root_; }

    /// Where the key of a member or the value of an element stands; of the nearest ancestor that
    /// exists when `pointer` names nothing.
    Place place(const std::string& pointer) const;

    std::string path_of(const std::string& pointer) const { return dotted(pointer); }

private:
    friend class DocumentParser;

    std::string file_;
    json root_;
    std::map<std::string, std::pair<int, int>> places_;
};

}  // namespace gantry::host
