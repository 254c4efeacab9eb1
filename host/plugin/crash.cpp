// A signal handler, which has no other way to what it needs than what is global: the only such
// state of the host. Nothing in it allocates or takes a lock of ours; the unwinder is loaded
// beforehand.
#include "plugin/crash.hpp"

#include "plugin/crash_line.hpp"
#include "plugin/in_flight.hpp"

#include <execinfo.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>

namespace gantry::host {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

constexpr std::size_t kSignalStack = 64 << 10;
constexpr int kFrames = 64;
constexpr unsigned kSecondsAtMost = 10;
constexpr int kReaderMs = 1000;

struct Fatal {
    int number;
    std::string_view name;
};
constexpr std::array<Fatal, 5> kFatal = {{{SIGSEGV, "SIGSEGV"},
                                          {SIGBUS, "SIGBUS"},
                                          {SIGFPE, "SIGFPE"},
                                          {SIGILL, "SIGILL"},
                                          {SIGABRT, "SIGABRT"}}};

std::atomic<LogFormat> log_format;
std::atomic_flag reporting;

// All fatal signals are blocked meanwhile: another fault in here ends the process at once.
void report(int number) {
    while (reporting.test_and_set()) pause();  // another thread is at it, and ends the process
    std::signal(SIGALRM, SIG_DFL);
    alarm(kSecondsAtMost);  // should the loader's lock be held by a thread that stands still
    std::string_view name;
    for (const auto& fatal : kFatal) {
        if (fatal.number == number) name = fatal.name;
    }
    const CrashLine line(log_format, name, InFlight::on_this_thread(),
                         std::chrono::system_clock::now());
    const auto text = line.text();
    pollfd reader{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&reader, 1, kReaderMs) > 0) {  // else nobody reads, and a write would not return
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        std::array<void*, kFrames> frames;
        backtrace_symbols_fd(frames.data(), backtrace(frames.data(), kFrames), STDERR_FILENO);
    }
    std::signal(number, SIG_DFL);
    std::raise(number);  // comes when this function has returned
}

class SignalStack {
public:
    SignalStack() {
        stack_t known{};
        if (::sigaltstack(nullptr, &known) != 0 || (known.ss_flags & SS_DISABLE) == 0) return;
        memory_ = std::make_unique<char[]>(kSignalStack);
        stack_t own{};
        own.ss_sp = memory_.get();
        own.ss_size = kSignalStack;
        ::sigaltstack(&own, nullptr);
    }
    ~SignalStack() {
        if (memory_ == nullptr) return;
        stack_t none{};
        none.ss_flags = SS_DISABLE;
        ::sigaltstack(&none, nullptr);
    }
    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;

private:
    std::unique_ptr<char[]> memory_;
};

}  // namespace

void report_crashes(LogFormat format) {
    if (kSanitized) return;
    log_format = format;
    std::array<void*, 1> frame;
    backtrace(frame.data(), 1);  // the first one loads the unwinder
    struct sigaction action {};
    action.sa_handler = &report;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (const auto& fatal : kFatal) sigaddset(&action.sa_mask, fatal.number);
    for (const auto& fatal : kFatal) ::sigaction(fatal.number, &action, nullptr);
}

void use_signal_stack() {
    if (!kSanitized) thread_local const SignalStack stack;
}

}  // namespace gantry::host
