// The same program started anew by posix_spawn, so that nothing of the host's memory, locks or
// files is in it, and an upgraded file on disk does not matter.
#include "flow/jq_process.hpp"

#include "flow/jq_library.hpp"

#include <gantry/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kMaking = std::chrono::seconds(30);

// Its environment: of the host's only what the loader and the sanitizers need.
std::vector<std::string> variables_of_jq() {
    std::vector<std::string> all{std::string(kJqChildVariable) + "=" + kJqChildValue};
    for (const char* name :
         {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
        const char* const value = std::getenv(name);
        if (value != nullptr) all.push_back(std::string(name) + "=" + value);
    }
    return all;
}

// All signals are blocked in it: a Ctrl-C and a supervisor's SIGTERM reach it as well, and the host
// is still to finish what is under way. It goes when the host does, see jq_child.cpp.
int spawn_jq(pid_t& pid, int socket) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    auto variables = variables_of_jq();
    std::vector<char*> environment;
    for (auto& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string name = "gantry-jq";
    std::array<char*, 2> arguments{name.data(), nullptr};
    const int error = ::posix_spawn(&pid, "/proc/self/exe", &files, &attributes, arguments.data(),
                                    environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

Error no_process(const std::string& why) {
    return {GANTRY_E_UNAVAILABLE, "no process for an expression can be made: " + why,
            GANTRY_EF_NOT_APPLIED};
}

std::string name_of_signal(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

}  // namespace

JqProcess::JqProcess() {
    know_jq_child();
    std::array<int, 2> ends{};
    int error = 0;
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        error = errno;
    } else {
        socket_ = ends[0];
        ::fcntl(socket_, F_SETFL, O_NONBLOCK);
        error = spawn_jq(pid_, ends[1]);
        ::close(ends[1]);
        if (error != 0) ::close(socket_);
    }
    if (error != 0) {
        throw no_process(strerror(error));
    }
}

JqProcess::~JqProcess() {
    ::close(socket_);
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

bool JqProcess::waits() const {
    pollfd its{socket_, POLLRDHUP, 0};
    return ::poll(&its, 1, 0) == 0;
}

JqProcess::Moved JqProcess::move(bool out, char* bytes, std::size_t size, Time until) const {
    for (std::size_t at = 0; at < size;) {
        const auto moved = out ? ::send(socket_, bytes + at, size - at, MSG_NOSIGNAL)
                               : ::recv(socket_, bytes + at, size - at, 0);
        if (moved > 0) {
            at += static_cast<std::size_t>(moved);
            continue;
        }
        if (moved == 0 || (errno != EAGAIN && errno != EINTR)) return Moved::kGone;
        const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
        pollfd its{socket_, static_cast<short>(out ? POLLOUT : POLLIN), 0};
        // What has come is taken, however late this thread is: a debugger may have held it.
        if (::poll(&its, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) == 0) {
            return Moved::kLate;
        }
    }
    return Moved::kAll;
}

JqProcess::Answer JqProcess::ended(Moved how) {
    if (!ready_) throw no_process("it did not begin");
    if (how == Moved::kLate) return {End::kTime, 0, {}};
    int status = 0;
    pid_t found = 0;
    while ((found = ::waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (found > 0 && WIFEXITED(status) && WEXITSTATUS(status) == kJqOutOfMemory) {
        return {End::kMemory, 0, {}};
    }
    if (found > 0 && WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        return {number == SIGKILL ? End::kKilled : End::kCrash, 0, name_of_signal(number)};
    }
    return {End::kCrash, 0, "exit code " + std::to_string(WEXITSTATUS(status))};
}

JqProcess::Answer JqProcess::ask(const std::string& program, const std::string* input,
                                 const ExpressionLimits& limits) {
    const JqQuestion question{static_cast<std::uint32_t>(program.size()),
                              static_cast<std::uint32_t>(input == nullptr ? 0 : input->size()),
                              static_cast<std::uint32_t>(limits.memory_mib), input != nullptr};
    std::string message(reinterpret_cast<const char*>(&question), sizeof question);
    message += program;
    if (input != nullptr) message += *input;
    Time until = steady_clock::now() + kMaking;
    const auto put = [&] { return move(true, message.data(), message.size(), until); };
    if (ready_) {
        until = steady_clock::now() + limits.time;
        if (const auto how = put(); how != Moved::kAll) return ended(how);
    }
    for (;;) {
        JqAnswer answer{};
        auto how = move(false, reinterpret_cast<char*>(&answer), sizeof answer, until);
        if (how != Moved::kAll) return ended(how);
        std::string text(answer.size, '\0');
        how = move(false, text.data(), text.size(), until);
        if (how != Moved::kAll) return ended(how);
        until = steady_clock::now() +
                (answer.kind == JqAnswer::kCompiling ? milliseconds(kMaking) : limits.time);
        if (answer.kind == JqAnswer::kDone) return {End::kAnswered, answer.code, std::move(text)};
        if (answer.kind != JqAnswer::kReady) continue;
        ready_ = true;
        if (how = put(); how != Moved::kAll) return ended(how);
    }
}

}  // namespace gantry::host
