// Which plugin a process is loading, kept where another one can read it after this one has died.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gantry::host {

class LoadMark {
public:
    struct Load {
        std::string file, module, plugin, version;
        std::string why;  // empty: it ended without a word
        /// "load of module m (plugin p 1.0.0), lib/p.so: it called exit()"
        std::string in_words() const;
    };

    /// In that file, made where its folder is there. Where it cannot be had, or another process
    /// marks in it, nothing is marked.
    explicit LoadMark(const std::filesystem::path& file);
    /// In memory: a child made by fork marks for its parent.
    LoadMark();
    /// Removes the file.
    ~LoadMark();
    LoadMark(const LoadMark&) = delete;
    LoadMark& operator=(const LoadMark&) = delete;

    /// What was being loaded, also by the process before this one.
    std::optional<Load> read() const;
    void write(const Load& load);
    void clear();

private:
    const std::filesystem::path file_;
    int fd_ = -1;  // -1: nothing is marked
};

}  // namespace gantry::host
