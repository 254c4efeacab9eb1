// A child process whose end a test can wait for with a limit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gantry::test {

/// Started by the constructor, killed and reaped by the destructor. It also dies with the thread
/// that made it, so make it on the test's main thread.
class Process {
public:
    /// argv[0] is a path. Standard input is /dev/null; the two outputs go to files, made anew.
    /// `variables`, each "NAME=value", come to the environment that it inherits.
    Process(const std::vector<std::string>& argv, const std::filesystem::path& cwd,
            const std::filesystem::path& out, const std::filesystem::path& err,
            std::vector<std::string> variables = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// False: it still runs when the limit is over.
    bool wait(std::chrono::milliseconds limit);

    /// The exit code, or minus the signal that ended it; nothing while it runs.
    std::optional<int> exit_code() const { return exit_code_; }

    /// Nothing happens when it has ended.
    void signal(int number) const;
    void kill9();

    pid_t pid() const { return pid_; }

private:
    pid_t pid_;
    int pidfd_;  // readable at the end
    std::optional<int> exit_code_;
};

/// The whole of a file; empty when there is none.
std::string read_text(const std::filesystem::path& file);

void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace gantry::test
