// What a configuration and the log may hold at the most: each limit tried as it is and one beyond.
#include "base/config.hpp"
#include "base/document.hpp"
#include "base/line_writer.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace gantry::host {
namespace {

/// What is wrong with a configuration.
std::string wrong_in(const test::TempDir& dir, const json& config) {
    std::ofstream(dir / "gantry.json") << config.dump();
    Problems problems;
    read_config(dir / "gantry.json", problems);
    return problems.text();
}

TEST(Limits, the_name_of_a_system_has_200_bytes) {
    const test::TempDir dir;
    const auto wrong = [&](std::size_t length) {
        const json erp = {{"plugin", "p"}, {"system", std::string(length, 's')}};
        return wrong_in(dir, {{"modules", {{"erp", erp}}}});
    };
    EXPECT_EQ(wrong(200), "");
    EXPECT_NE(wrong(201).find("found 201 bytes, expected a name of at most 200"),
              std::string::npos);
}

TEST(Limits, the_path_of_a_unix_socket_has_107_bytes) {
    const test::TempDir dir;
    const auto wrong = [&](std::size_t length) {
        return wrong_in(dir,
                        {{"http", {{"admin_listen", "unix:/" + std::string(length - 1, 's')}}}});
    };
    EXPECT_EQ(wrong(107), "");
    EXPECT_NE(wrong(108).find("a path of at most 107 bytes"), std::string::npos);
}

TEST(Limits, a_file_that_stands_for_a_secret_has_a_mebibyte) {
    const test::TempDir dir;
    const auto wrong = [&](std::size_t length) {
        std::ofstream(dir / "secret") << std::string(length, 's');
        return wrong_in(dir, {{"http", {{"tokens", {{"admin", "$(file:secret)"}}}}}});
    };
    EXPECT_EQ(wrong(1 << 20), "");
    EXPECT_NE(wrong((1 << 20) + 1).find("it has 1048577 bytes"), std::string::npos);
}

TEST(Limits, a_file_of_json_has_64_mebibytes) {
    const test::TempDir dir;
    const auto file = dir / "large.json";
    std::ofstream(file) << "no JSON";  // which its reader sees at once, where it looks at all
    const auto wrong = [&](std::size_t length) {
        std::filesystem::resize_file(file, length);
        Problems problems;
        Document::read(file, problems);
        return problems.text();
    };
    constexpr std::size_t kMost = std::size_t{64} << 20;
    EXPECT_NE(wrong(kMost).find("large.json:1:1: "), std::string::npos) << wrong(kMost);
    EXPECT_NE(wrong(kMost + 1).find("it has more than 64 MiB"), std::string::npos);
}

TEST(Limits, a_mebibyte_of_the_log_is_kept_for_a_reader_that_stands_still) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    const std::string line(1024, 'x');
    while (write(ends[1], line.data(), line.size()) > 0) {
    }
    {
        LineWriter writer(ends[1], [](std::uint64_t) { return std::string("dropped\n"); });
        for (int i = 0; i < 1024; ++i) writer.write(line);
        EXPECT_EQ(writer.dropped(), 0U);
        writer.write("x");
        EXPECT_EQ(writer.dropped(), 1U);
    }
    for (const int end : ends) close(end);
}

}  // namespace
}  // namespace gantry::host
