// Nobody reads the log: the host goes on, is stopped, and dies of a crash as it does otherwise.
#include "support/ledger_host.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

namespace gantry::test {
namespace {

using std::chrono::seconds;

// stderr of the host is a pipe that is open at the other end, and small.
struct StalledReader : testing::Test {
    void SetUp() override {
        const auto file = host.dir() / "serve.err";
        ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
        reader = open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        ASSERT_GE(reader, 0);
        ASSERT_GE(fcntl(reader, F_SETPIPE_SZ, 4096), 4096);
        host.serve();
    }
    ~StalledReader() override { close(reader); }

    // Each is a defect of a plugin, which the log tells of.
    void run_many() {
        for (int i = 0; i < 40; ++i) {
            const auto key = "k" + std::to_string(i);
            ASSERT_EQ(host.start("one", key, {{"a", {{"do", "throw"}}}}).status, 500) << i;
        }
        // The pipe is full: the look at it would come back at once otherwise.
        EXPECT_EQ(host.start("one", "after").status, 200);
    }

    LedgerHost host;
    int reader = -1;
};

TEST_F(StalledReader, of_the_log_holds_up_no_run_no_answer_and_no_stop) {
    run_many();
    EXPECT_NE(host.get("/metrics").body.find("gantry_log_lines_dropped_total 0"), std::string::npos)
        << "a megabyte is kept";
    EXPECT_EQ(host.stop(), 0);
}

TEST_F(StalledReader, who_comes_back_gets_what_was_kept) {
    run_many();
    std::string read;
    std::string piece(1 << 16, '\0');
    const auto answers = [&] {
        std::size_t count = 0;
        for (auto at = read.find("\"status\":500"); at != std::string::npos;
             at = read.find("\"status\":500", at + 1)) {
            ++count;
        }
        return count;
    };
    // An empty pipe is no end: the host fills it again in its own time.
    EXPECT_TRUE(host.until([&] {
        const auto length = ::read(reader, piece.data(), piece.size());
        if (length > 0) read.append(piece, 0, static_cast<std::size_t>(length));
        return answers() >= 40;
    })) << read;
    EXPECT_EQ(answers(), 40U);
    EXPECT_NE(read.find("listening on"), std::string::npos) << read;
    EXPECT_EQ(host.stop(), 0);
}

TEST_F(StalledReader, of_the_log_keeps_no_crash_from_ending_the_host) {
    run_many();
    host.start("one", "dies", {{"a", {{"do", "abort"}}}}, false);
    ASSERT_TRUE(host.process().wait(seconds(60)));
    EXPECT_EQ(host.process().exit_code(), -SIGABRT);
}

}  // namespace
}  // namespace gantry::test
