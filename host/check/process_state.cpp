#include "check/process_state.hpp"

#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gantry::host::check {
namespace {

std::string environment() {
    std::string all;
    for (char** one = environ; *one != nullptr; ++one) all += std::string(*one) + "\n";
    return all;
}

// A umask can only be read by setting it.
std::string mask() {
    const auto old = ::umask(0);
    ::umask(old);
    return std::to_string(old);
}

std::string signals() {
    std::ostringstream all;
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) != 0) continue;
        if (action.sa_handler == SIG_DFL) continue;  // NOLINT: the union of the C library
        all << signal << ':' << reinterpret_cast<void*>(action.sa_handler) << ' ';
    }
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        if (sigismember(&blocked, signal) == 1) all << "blocked " << signal << ' ';
    }
    return all.str();
}

std::string files() {
    std::string all;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd", none)) {
        const auto target = std::filesystem::read_symlink(file.path(), none);
        if (target.string().starts_with("/proc/")) continue;  // of this very look
        all += file.path().filename().string() + " -> " + target.string() + "\n";
    }
    return all;
}

std::string children() {
    std::ifstream file("/proc/thread-self/children");
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
}

}  // namespace

std::size_t count_threads() {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& one :
         std::filesystem::directory_iterator("/proc/self/task")) {
        ++n;
    }
    return n;
}

std::size_t count_files() {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) {
        ++n;
    }
    return n;
}

std::size_t heap_size() {
    const auto all = ::mallinfo2();
    return all.uordblks + all.hblkhd;
}

ProcessState ProcessState::now() {
    return {{{"threads", std::to_string(count_threads())},
             {"open files", files()},
             {"environment", environment()},
             {"working directory", std::filesystem::current_path().string()},
             {"umask", mask()},
             {"locale", std::setlocale(LC_ALL, nullptr)},  // NOLINT: no other thread runs
             {"signal handlers", signals()},
             {"floating-point mode", std::to_string(std::fegetround())},
             {"child processes", children()}}};
}

std::vector<std::string> ProcessState::changes_to(const ProcessState& later) const {
    std::vector<std::string> out;
    for (const auto& [name, before] : things) {
        const auto& after = later.things.at(name);
        if (before != after) out.push_back(name + ": " + before + " became " + after);
    }
    return out;
}

}  // namespace gantry::host::check
