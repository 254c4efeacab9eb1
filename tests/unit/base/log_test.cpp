// What is written to the log, and what becomes of it when nobody reads.
#include "base/log.hpp"
#include "base/line_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;

// A pipe that a log writes to; the test reads it, or does not.
class Reader {
public:
    Reader() {
        if (pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    }
    ~Reader() {
        close_in();
        close(ends_[0]);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    int in() const { return ends_[1]; }
    void close_in() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }

    std::string some() const {
        std::string text(1 << 16, '\0');
        const auto length = read(ends_[0], text.data(), text.size());
        text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
        return text;
    }
    // Until everybody has closed the other end.
    std::string all() {
        std::string text;
        for (auto more = some(); !more.empty(); more = some()) text += more;
        return text;
    }

private:
    int ends_[2] = {-1, -1};
};

std::string written(LogFormat format, const std::string& message, const json& fields = nullptr) {
    Reader reader;
    Log log(format, GANTRY_LOG_INFO, reader.in());
    log.info(message, fields);
    return reader.some();
}

std::string notice(std::uint64_t dropped) { return std::to_string(dropped) + " dropped\n"; }

// More than a pipe and the writer keep.
const std::string kLine = std::string(999, 'x') + "\n";
constexpr int kTooMany = 2'000;

TEST(Log, a_line_is_out_when_it_is_written_and_somebody_reads) {
    EXPECT_NE(
        written(LogFormat::kJson, "hello", {{"n", 1}}).find("\"message\":\"hello\",\"n\":1}\n"),
        std::string::npos);
    EXPECT_NE(written(LogFormat::kText, "hello", {{"n", 1}}).find("info  hello n=1\n"),
              std::string::npos);
}

TEST(Log, a_line_below_the_level_is_not_written) {
    Reader reader;
    {
        Log log(LogFormat::kText, GANTRY_LOG_WARN, reader.in());
        log.info("no");
    }
    reader.close_in();
    EXPECT_EQ(reader.all(), "");
}

TEST(Log, characters_that_hide_or_turn_others_are_written_escaped_in_both_formats) {
    const std::vector<std::pair<std::string, std::string>> unseen = {
        {"\u202e", "\\u202e"}, {"\u0085", "\\u0085"}, {"\x7f", "\\u007f"},   {"\u2028", "\\u2028"},
        {"\u2029", "\\u2029"}, {"\u200b", "\\u200b"}, {"\u200f", "\\u200f"}, {"\u2066", "\\u2066"},
        {"\ufeff", "\\ufeff"}, {"\x01", "\\u0001"},   {"\x1b", "\\u001b"},   {"\u061c", "\\u061c"}};
    for (const auto format : {LogFormat::kJson, LogFormat::kText}) {
        for (const auto& [raw, escaped] : unseen) {
            const auto line = written(format, "a" + raw + "b", {{"k" + raw, "v" + raw + "w"}});
            EXPECT_NE(line.find("a" + escaped + "b"), std::string::npos) << line;
            EXPECT_NE(line.find("v" + escaped + "w"), std::string::npos) << line;
            EXPECT_EQ(line.find(raw), std::string::npos) << escaped;
        }
    }
    const auto line = written(LogFormat::kJson, "a\u202eb");
    EXPECT_EQ(json::parse(line).at("message"), "a\u202eb") << "a collector gets it as it was";
}

TEST(Log, what_is_no_utf8_hides_nothing_behind_it) {
    EXPECT_EQ(visible("a\xe2\x1b"
                      "b\xf0"),
              "a\ufffd\\u001bb\ufffd");
}

TEST(Log, what_people_write_stays_as_it_is) {
    const std::string text = "Größe 日本語 🙂 “x” – € \u2030";
    EXPECT_NE(written(LogFormat::kText, text).find(text), std::string::npos);
    EXPECT_NE(written(LogFormat::kJson, text).find(text), std::string::npos);
}

TEST(LineWriter, nobody_waits_for_a_reader_that_stands_still_and_what_was_dropped_is_said) {
    Reader reader;
    std::string read;
    {
        LineWriter writer(reader.in(), notice);
        for (int i = 0; i < kTooMany; ++i) writer.write(kLine);
        ASSERT_GT(writer.dropped(), 0U);
        const auto dropped = writer.dropped();
        std::thread reading([&] {
            while (read.find("dropped\n") == std::string::npos) read += reader.some();
        });
        reading.join();
        EXPECT_TRUE(writer.flush());
        EXPECT_EQ(read.find(notice(dropped)), read.size() - notice(dropped).size());
        const auto lines = std::count(read.begin(), read.end(), '\n') - 1;
        EXPECT_EQ(static_cast<std::uint64_t>(lines) + dropped, kTooMany);
        writer.write("after\n");
        EXPECT_EQ(reader.some(), "after\n");
        EXPECT_EQ(writer.dropped(), dropped);
    }
}

TEST(LineWriter, lines_stay_whole_and_in_order_when_the_reader_is_slow) {
    Reader reader;
    std::string expected;
    std::string read;
    std::thread reading([&] { read = reader.all(); });
    {
        LineWriter writer(reader.in(), notice);
        for (int i = 0; i < 500; ++i) {
            const std::string line = std::to_string(i) +
                                     std::string(static_cast<std::size_t>(i) * 17 % 9'000, 'y') +
                                     "\n";
            expected += line;
            while (!writer.flush(milliseconds(10))) {
            }
            writer.write(line);
        }
        EXPECT_EQ(writer.dropped(), 0U);
    }
    reader.close_in();
    reading.join();
    EXPECT_EQ(read, expected);
}

TEST(LineWriter, an_end_does_not_wait_long_for_a_reader_that_stands_still) {
    Reader reader;
    const auto began = std::chrono::steady_clock::now();
    {
        LineWriter writer(reader.in(), notice);
        for (int i = 0; i < kTooMany; ++i) writer.write(kLine);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30)) << "not for ever";
}

TEST(LineWriter, a_reader_that_has_gone_stops_nobody) {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    {
        LineWriter writer(ends[1], notice);
        writer.write("x\n");
        EXPECT_TRUE(writer.flush());
        EXPECT_EQ(writer.dropped(), 1U);
    }
    close(ends[1]);
    std::signal(SIGPIPE, SIG_DFL);
}

}  // namespace
}  // namespace gantry::host
