// What a process that dies of a signal leaves on stderr, and how it ends.
#include "plugin/crash.hpp"

#include "plugin/in_flight.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_dir.hpp"
#include "under_way.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

namespace gantry::host {
namespace {

struct Death {
    int signal = 0;  // 0: it ended otherwise
    std::string err;
};

/// Runs `body` in a process of its own that reports crashes.
Death die(const std::function<void()>& body) {
    const test::TempDir folder;
    const auto file = folder / "err";
    const pid_t child = fork();
    if (child == 0) {
        const rlimit none{};
        setrlimit(RLIMIT_CORE, &none);
        dup2(open(file.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
        report_crashes(LogFormat::kText);
        body();
        std::_Exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    std::ifstream err(file);
    return {WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            std::string(std::istreambuf_iterator<char>(err), {})};
}

int overflow(int depth) {
    volatile char frame[4096];  // NOLINT
    frame[0] = static_cast<char>(depth);
    return depth == 0 ? 0 : overflow(depth - 1) + frame[0];
}

bool has(const Death& death, const std::string& part) {
    return death.err.find(part) != std::string::npos;
}

class Crash : public testing::Test {
protected:
    void SetUp() override {
        if (test::kSanitized) GTEST_SKIP() << "a sanitizer tells of crashes itself";
    }
};

TEST_F(Crash, a_fault_is_told_with_a_backtrace_and_ends_the_process_with_its_signal) {
    const auto death = die([] {
        const InFlight::Mark mark(nullptr, kStep);
        volatile int* const nowhere = nullptr;
        *nowhere = 1;  // NOLINT: that is what is tested
    });
    EXPECT_EQ(death.signal, SIGSEGV);
    EXPECT_TRUE(has(death,
                    "crashed with SIGSEGV in step update-erp of module catalog "
                    "(plugin acme 1.2.0), run run-1 "))
        << death.err;
    EXPECT_TRUE(has(death, "unit_plugin(+0x") || has(death, "unit_plugin(_Z")) << death.err;
}

TEST_F(Crash, each_fatal_signal_is_told_by_its_name) {
    const std::vector<std::pair<int, std::string>> all = {{SIGSEGV, "SIGSEGV"},
                                                          {SIGBUS, "SIGBUS"},
                                                          {SIGFPE, "SIGFPE"},
                                                          {SIGILL, "SIGILL"},
                                                          {SIGABRT, "SIGABRT"}};
    for (const auto& [number, name] : all) {
        const auto death = die([number = number] { std::raise(number); });
        EXPECT_EQ(death.signal, number) << name;
        EXPECT_TRUE(has(death, "the host crashed with " + name + " on a thread")) << death.err;
    }
}

TEST_F(Crash, a_stack_that_overflows_on_a_thread_that_ran_a_plugin_is_told) {
    const auto death = die([] {
        std::thread([] {
            const InFlight::Mark mark(nullptr, kMethod);
            overflow(1 << 20);
        }).join();
    });
    EXPECT_EQ(death.signal, SIGSEGV);
    EXPECT_TRUE(has(death,
                    "in method describe of module erp (plugin erp-ledger 1.0.2), within "
                    "step update-erp, run run-1"))
        << death.err;
}

TEST_F(Crash, of_two_threads_that_crash_one_is_told) {
    const auto death = die([] {
        const auto crash = [] {
            const InFlight::Mark mark(nullptr, kStep);
            std::abort();
        };
        std::thread other(crash);
        crash();
    });
    EXPECT_EQ(death.signal, SIGABRT);
    EXPECT_EQ(death.err.find("the host crashed"), death.err.rfind("the host crashed")) << death.err;
    EXPECT_TRUE(has(death, "the host crashed")) << death.err;
}

}  // namespace
}  // namespace gantry::host
