// What is wrong with a file, collected so that a person sees everything at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gantry::host {

/// A point in a text file. Lines and columns count from 1, columns in code points; line 0: the
/// whole file.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;
};

class Problems {
public:
    /// `path` is the dotted way to the value, "modules.erp.options"; empty for the whole document.
    void add(const Place& place, const std::string& path, const std::string& message);

    /// What is allowed and probably not meant: the rest of this class knows nothing of it, but
    /// warnings().
    void warn(const Place& place, const std::string& path, const std::string& message);

    bool empty() const { return problems_.empty(); }
    std::size_t size() const { return problems_.size(); }

    /// One line for each, "file:line:column path: message", in order of file, line and column;
    /// without a newline at the end.
    std::string text() const;

    /// The lines of what was warned about, in the same form and order.
    std::vector<std::string> warnings() const;

private:
    struct Problem {
        Place place;
        std::string path;
        std::string message;
    };
    static std::vector<std::string> lines(std::vector<Problem> sorted);

    std::vector<Problem> problems_;
    std::vector<Problem> warnings_;
};

}  // namespace gantry::host
