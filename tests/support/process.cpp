// fork and exec; a pidfd makes waiting with a limit one poll.
#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gantry::test {
namespace {

constexpr int kCannotStart = 127;

// Between fork and exec: nothing that allocates.
[[noreturn]] void become(char* const* argv, char* const* envp, const char* cwd, const char* out,
                         const char* err, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kCannotStart);  // it went before the line above
    constexpr int kMake = O_WRONLY | O_CREAT | O_TRUNC;
    const bool ready = dup2(open("/dev/null", O_RDONLY), STDIN_FILENO) >= 0 &&
                       dup2(open(out, kMake, 0600), STDOUT_FILENO) >= 0 &&
                       dup2(open(err, kMake, 0600), STDERR_FILENO) >= 0 && chdir(cwd) == 0 &&
                       close_range(STDERR_FILENO + 1, ~0U, 0) == 0;
    if (ready) execve(argv[0], argv, envp);
    _exit(kCannotStart);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> all;
    for (const auto& word : words) all.push_back(const_cast<char*>(word.c_str()));
    all.push_back(nullptr);
    return all;
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, const std::filesystem::path& cwd,
                 const std::filesystem::path& out, const std::filesystem::path& err,
                 std::vector<std::string> variables) {
    // The first of two of one name counts.
    for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
    const auto words = pointers(argv);
    const auto environment = pointers(variables);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
        become(words.data(), environment.data(), cwd.c_str(), out.c_str(), err.c_str(), parent);
    }
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    // glibc 2.36 declares pidfd_open for C only.
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd_ < 0) throw std::runtime_error("no pidfd");
}

Process::~Process() {
    kill9();
    close(pidfd_);
}

bool Process::wait(std::chrono::milliseconds limit) {
    if (exit_code_) return true;
    pollfd ended{pidfd_, POLLIN, 0};
    if (poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return false;
    int status = 0;
    waitpid(pid_, &status, 0);
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return true;
}

void Process::signal(int number) const {
    if (!exit_code_) kill(pid_, number);
}

void Process::kill9() {
    signal(SIGKILL);
    while (!wait(std::chrono::seconds(60))) {
    }
}

std::string read_text(const std::filesystem::path& file) {
    std::ostringstream all;
    all << std::ifstream(file, std::ios::binary).rdbuf();
    return all.str();
}

void write_text(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

}  // namespace gantry::test
