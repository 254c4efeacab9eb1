// Programs that take too long, too much, or crash jq are ended, and cost nobody else anything.
#include "flow/expressions.hpp"

#include "base/may_block.hpp"
#include "flow/expression.hpp"
#include "support/sanitizers.hpp"
#include "support/temp_dir.hpp"
#include "support/until.hpp"

#include <gantry/error.hpp>
#include <gantry/json.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using End = JqProcess::End;

const std::string kEndless = "[] | until(false; .)";
const std::string kHuge = "[range(1e9)]";
const std::string kCrash = "[1] | .[nan:1]";

ExpressionSettings settings(milliseconds time, std::size_t at_once = 4, std::size_t at_most = 8) {
    return {{time, 64}, at_once, at_most};
}

Error ended(Expressions& all, const std::string& program) {
    try {
        all.run(program, "1");
    } catch (const Error& e) {
        return e;
    }
    return {GANTRY_OK, "no error"};
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Expressions, one_that_does_not_end_is_ended_with_its_process) {
    Expressions all(settings(milliseconds(200)));
    const auto e = ended(all, kEndless);
    EXPECT_EQ(e.message(), "it did not end within 200 ms");
    EXPECT_EQ(e.error_class(), GANTRY_CLASS_INPUT) << "asked again it would not end either";
    EXPECT_EQ(all.idle(), 0U);
    all.set_limits({std::chrono::seconds(30), 64});
    EXPECT_EQ(all.run(". + 1", "1"), "2");
}

TEST(Expressions, one_that_uses_more_memory_than_it_may_is_ended) {
    Expressions all(settings(std::chrono::seconds(30)));
    for (const auto* program : {"[range(1e9)]", "def f: [f]; f"}) {
        const auto e = ended(all, program);
        EXPECT_EQ(e.message(), "it used more than 64 MiB") << program;
        EXPECT_EQ(e.error_class(), GANTRY_CLASS_INPUT);
    }
    EXPECT_EQ(all.run("[range(1e5)] | length", "1"), "100000");
}

TEST(Expressions, memory_is_what_one_run_uses_and_not_what_was_freed) {
    Expressions all(settings(std::chrono::seconds(30)));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(all.run("[range(1e6)] | length", "1"), "1000000");  // 16 MiB
    }
    EXPECT_EQ(all.idle(), 1U) << "it is still the first one";
}

TEST(Expressions, the_least_memory_is_enough_to_compile_the_longest_program) {
    Expressions all({{std::chrono::seconds(30), 16}, 4, 8});
    std::string program = ".";
    while (program.size() + 3 <= 4096) program += " +1";
    EXPECT_EQ(all.run(program, "1"), "1366");
    EXPECT_EQ(all.run("[range(2e5)] | length", "1"), "200000");
}

TEST(Expressions, what_a_regular_expression_uses_is_limited_as_well) {
    if (test::kSanitized) GTEST_SKIP() << "address space is not limited there";
    Expressions all(settings(std::chrono::seconds(30)));
    try {
        all.run(R"j([match("(a|b)*";"g")] | length)j", '"' + std::string(3'000'000, 'a') + '"');
        ADD_FAILURE() << "it had as much as it wanted";
    } catch (const Error& e) {
        EXPECT_EQ(e.message(), "jq: Regex failure: fail to memory allocation");
    }
}

TEST(Expressions, one_that_crashes_jq_says_with_what) {
    Expressions all(settings(std::chrono::seconds(30)));
    EXPECT_EQ(ended(all, kCrash).message(), "it made jq end with SIGABRT");
    EXPECT_EQ(ended(all, "reduce range(1e6) as $i (null; [.]) | 1").message(),
              "it made jq end with SIGSEGV");
    EXPECT_EQ(ended(all, ". * -9223372036854775808 % -1").message(), "it made jq end with SIGFPE");
    EXPECT_EQ(all.run(". + 1", "1"), "2");
}

TEST(Expressions, processes_are_kept_and_as_many_as_are_needed) {
    Expressions all(settings(std::chrono::seconds(30)));
    for (int i = 0; i < 100; ++i) EXPECT_EQ(all.run(". + 1", "1"), "2");
    EXPECT_EQ(all.idle(), 1U);
}

TEST(Expressions, those_that_do_not_end_cost_the_others_nothing) {
    Expressions all(settings(std::chrono::seconds(6), 2, 4));
    std::vector<std::thread> callers;
    std::atomic<int> over{0};
    for (int i = 0; i < 6; ++i) {
        callers.emplace_back([&] {
            ended(all, kEndless);
            ++over;
        });
    }
    std::this_thread::sleep_for(milliseconds(300));  // so that they are before it
    EXPECT_EQ(all.run(". + 1", "1"), "2");
    EXPECT_EQ(over, 0) << "it does not wait for one of them to be ended";
    for (auto& caller : callers) caller.join();
}

TEST(Expressions, what_was_ended_is_told_with_the_cause) {
    Expressions all(settings(milliseconds(500)));
    std::vector<std::string> told;
    all.on_ended([&](const auto& program, const auto& cause, const auto& words) {
        told.push_back(program + ": " + cause + ": " + words);
    });
    ended(all, kEndless);
    all.set_limits({std::chrono::seconds(30), 64});
    for (const auto& program : {kHuge, kCrash}) ended(all, program);
    EXPECT_EQ(told, (std::vector<std::string>{kEndless + ": time: it did not end within 500 ms",
                                              kHuge + ": memory: it used more than 64 MiB",
                                              kCrash + ": crash: it made jq end with SIGABRT"}));
    ended(all, "error(\"its own\")");
    EXPECT_EQ(told.size(), 3U);
}

TEST(Expressions, many_callers_at_once_all_get_their_answer) {
    Expressions all(settings(std::chrono::seconds(30)));
    std::vector<std::thread> callers;
    std::atomic<int> done{0};
    for (int i = 0; i < 16; ++i) {
        callers.emplace_back([&, i] {
            const std::string program = ". + " + std::to_string(i % 3);
            for (int n = 0; n < 100; ++n) {
                ASSERT_EQ(all.run(program, std::to_string(n)), std::to_string(n + i % 3));
                ++done;
            }
        });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(done, 16 * 100);
    EXPECT_LE(all.idle(), 4U);
}

TEST(Expressions, without_a_process_nothing_is_said_against_the_program) {
    Expressions all(settings(std::chrono::seconds(30), 1, 1));
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{3, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    const auto e = ended(all, ".");
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(e.code(), GANTRY_E_UNAVAILABLE) << e.message();
    EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(all.run(". + 1", "1"), "2") << "its place was given back";
}

TEST(Expressions, inputs_of_megabytes_go_and_come) {
    Expressions all(settings(std::chrono::seconds(30)));
    const std::string text(1'000'000, 'x');
    EXPECT_EQ(all.run("[., .] | length", '"' + text + '"'), "2");
    EXPECT_EQ(all.run(".", '"' + text + '"'), '"' + text + '"');
}

TEST(JqProcess, has_nothing_of_the_host_but_its_socket) {
    const test::TempDir folder;
    const int open = ::open((folder.path() / "file").c_str(), O_CREAT | O_RDWR, 0600);
    setenv("GANTRY_SECRET", "s", 1);
    JqProcess process;
    const std::string input = "1";
    ASSERT_EQ(process.ask(".", &input, {}).text, "1");
    const std::filesystem::path its = "/proc/" + std::to_string(process.pid());
    std::set<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(its / "fd")) {
        files.insert(file.path().filename());
    }
    EXPECT_EQ(files, (std::set<std::string>{"0", "1", "2"}));
    EXPECT_EQ(text_of(its / "environ").find("GANTRY_SECRET"), std::string::npos);
    EXPECT_EQ(text_of(its / "comm"), "gantry-jq\n");
    unsetenv("GANTRY_SECRET");
    ::close(open);
}

TEST(JqProcess, signals_that_are_the_hosts_do_not_end_it) {
    JqProcess process;
    const std::string input = "1";
    ASSERT_EQ(process.ask(".", &input, {}).text, "1");
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1}) {
        ::kill(process.pid(), number);
    }
    EXPECT_EQ(process.ask(". + 1", &input, {}).text, "2");
}

TEST(JqProcess, one_that_somebody_killed_is_known_and_no_fault_of_the_program) {
    JqProcess idle;
    const std::string input = "1";
    ASSERT_EQ(idle.ask(".", &input, {}).text, "1");
    EXPECT_TRUE(idle.waits());
    ::kill(idle.pid(), SIGKILL);
    EXPECT_TRUE(test::until([&] { return !idle.waits(); }));

    JqProcess busy;
    ASSERT_EQ(busy.ask(".", &input, {}).text, "1");
    std::thread killer([pid = busy.pid()] { ::kill(pid, SIGKILL); });
    EXPECT_EQ(busy.ask(kEndless, &input, {}).end, End::kKilled);
    killer.join();
}

TEST(JqProcess, it_ends_with_its_socket_whatever_it_does) {
    pid_t pid = 0;
    {
        JqProcess process;
        const std::string input = "1";
        EXPECT_EQ(process.ask(kEndless, &input, {milliseconds(100), 64}).end, End::kTime);
        pid = process.pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_NE(::kill(pid, 0), 0) << "it was waited for";
}

#ifndef NDEBUG
TEST(Expressions, a_thread_that_may_not_block_may_not_wait_for_one) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(
        {
            const MayNotBlock here("an engine thread");
            Expressions::of_process().run("1", "1");
        },
        "an engine thread may not block, and was about to wait for an expression");
}
#endif

// Of the process, so back to what it was.
class Limits {
public:
    explicit Limits(ExpressionLimits limits) { Expressions::of_process().set_limits(limits); }
    ~Limits() { Expressions::of_process().set_limits(before_); }
    Limits(const Limits&) = delete;
    Limits& operator=(const Limits&) = delete;

private:
    const ExpressionLimits before_ = Expressions::of_process().limits();
};

TEST(Expressions, a_program_that_was_ended_is_named_and_fails_for_good) {
    const Limits limits({milliseconds(300), 32});
    const Template endless("${ .input | until(false; .) }");
    const Template huge("${ [range(1e9)] }");
    const Template good("${ .input + 1 }");
    const auto input = [](const Reference&) { return std::string_view("1"); };
    const auto error = [&](const Template& from) {
        try {
            from.evaluate(input);
        } catch (const Error& e) {
            EXPECT_EQ(e.error_class(), GANTRY_CLASS_INPUT);
            EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED);
            return e.message();
        }
        return std::string("it ended");
    };
    EXPECT_EQ(error(endless), "\"${ .input | until(false; .) }\": it did not end within 300 ms");
    Expressions::of_process().set_limits({std::chrono::seconds(30), 32});
    EXPECT_EQ(good.evaluate(input), "2");
    EXPECT_EQ(error(huge), "\"${ [range(1e9)] }\": it used more than 32 MiB");
    EXPECT_EQ(good.evaluate(input), "2");
}

}  // namespace
}  // namespace gantry::host
