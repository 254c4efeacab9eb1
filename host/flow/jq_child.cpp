// Before main and before what other files set up: a process that was started for jq programs does
// nothing else. So any program that has expressions in it can start one of itself, and its main
// knows nothing of it.
#include "flow/jq_child.hpp"

#include "flow/jq_library.hpp"
#include "flow/jq_machine.hpp"

#include <gantry/error.hpp>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <thread>

namespace gantry::host {
namespace {

constexpr int kSocket = STDIN_FILENO;
constexpr std::size_t kPrograms = 256;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kShadowed = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kShadowed = true;
#else
constexpr bool kShadowed = false;
#endif
#else
constexpr bool kShadowed = false;
#endif

// The host is gone, or wants nothing more of this process.
[[noreturn]] void leave() { ::_exit(EXIT_SUCCESS); }

void read_all(void* to, std::size_t size) {
    for (std::size_t at = 0; at < size;) {
        const auto got = ::recv(kSocket, static_cast<char*>(to) + at, size - at, 0);
        if (got <= 0) leave();
        at += static_cast<std::size_t>(got);
    }
}

std::string read_text_of(std::size_t size) {
    std::string text(size, '\0');
    read_all(text.data(), size);
    return text;
}

void say(JqAnswer::Kind kind, gantry_status code = GANTRY_OK, const std::string& text = {}) {
    const JqAnswer answer{kind, code, static_cast<std::uint32_t>(text.size())};
    std::string message(reinterpret_cast<const char*>(&answer), sizeof answer);
    message += text;
    for (std::size_t at = 0; at < message.size();) {
        const auto put = ::send(kSocket, message.data() + at, message.size() - at, MSG_NOSIGNAL);
        if (put <= 0) leave();
        at += static_cast<std::size_t>(put);
    }
}

// A program that does not end would outlive a host that was killed. The kernel's own signal for
// that comes at the end of the thread that started this process, which is not the host's.
void leave_when_the_host_does() {
    std::thread([] {
        pollfd host{kSocket, POLLRDHUP, 0};
        while (::poll(&host, 1, -1) <= 0) {
        }
        leave();
    }).detach();
}

// libjq's memory is counted; this is for what libonig takes. The shadow of a sanitizer is address
// space as well, so there it is not limited.
void limit_address_space(std::size_t more) {
    if (kShadowed) return;
    static const std::size_t pages = [] {
        std::size_t count = 0;
        std::ifstream("/proc/self/statm") >> count;
        return count;
    }();
    const rlim_t most = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + 2 * more;
    const rlimit limit{most, RLIM_INFINITY};
    ::setrlimit(RLIMIT_AS, &limit);
}

void answer(JqMachine& machine, const JqQuestion& question) {
    const auto program = read_text_of(question.program);
    const auto input = read_text_of(question.input);
    const std::size_t memory = std::size_t{question.memory_mib} << 20;
    limit_address_space(memory);
    limit_jq_memory(memory);
    try {
        if (!machine.has(program)) {
            say(JqAnswer::kCompiling);
            machine.compile(program);
            limit_jq_memory(memory);  // what the compiled program holds is not the run's
            say(JqAnswer::kCompiled);
        }
        say(JqAnswer::kDone, GANTRY_OK,
            question.runs != 0 ? machine.run(program, input) : std::string());
    } catch (const Error& e) {
        say(JqAnswer::kDone, e.code(), e.message());
    }
}

[[noreturn]] void serve_jq() {
    ::prctl(PR_SET_NAME, "gantry-jq");
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // Where the machine has no memory left this process goes, and not the host.
    std::ofstream("/proc/self/oom_score_adj") << 1000;
    std::set_new_handler([] { ::_exit(kJqOutOfMemory); });
    leave_when_the_host_does();
    JqMachine machine(kPrograms);
    say(JqAnswer::kReady);
    for (;;) {
        JqQuestion question{};
        read_all(&question, sizeof question);
        answer(machine, question);
    }
}

bool is_jq_child() {
    const char* const value = std::getenv(kJqChildVariable);
    if (value == nullptr || std::strcmp(value, kJqChildValue) != 0) return false;
    int domain = 0;
    socklen_t size = sizeof domain;
    return ::getsockopt(kSocket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

[[gnu::constructor(101)]] void serve_jq_before_main() {
    if (is_jq_child()) serve_jq();
}

}  // namespace

void know_jq_child() {}

}  // namespace gantry::host
