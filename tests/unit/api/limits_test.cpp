// What requests and connections may have at the most: each limit tried as it is and one beyond.
#include "api/list_query.hpp"
#include "api/run_wait.hpp"
#include "support/temp_dir.hpp"
#include "test_host.hpp"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gantry::host {
namespace {

constexpr const char* kOkBody = R"({"do":"ok"})";

/// A GET whose head has so many bytes.
std::string head_of(std::size_t bytes) {
    const std::string begin = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ";
    return begin + std::string(bytes - begin.size() - 4, 'x') + "\r\n\r\n";
}

int status_of_head(const TestHost& host, std::size_t bytes) {
    Client client(host.port);
    EXPECT_TRUE(client.write(head_of(bytes)));
    return client.read().status;
}

TEST(Limits, a_head_has_64_kib) {
    const TestHost host;
    EXPECT_EQ(status_of_head(host, 64 << 10), 200);
    EXPECT_EQ(status_of_head(host, (64 << 10) + 1), 431);
}

TEST(Limits, a_head_has_64_kib_also_where_it_comes_line_by_line) {
    const TestHost host;
    const auto status = [&](std::size_t bytes) {
        Client client(host.port);
        EXPECT_TRUE(client.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n"));
        for (std::size_t sent = 1100; sent <= bytes; sent += 1000) {
            EXPECT_TRUE(client.write("X: " + std::string(995, 'x') + "\r\n"));
        }
        EXPECT_TRUE(client.write("\r\n"));
        return client.read().status;
    };
    EXPECT_EQ(status((64 << 10) - 100), 200);
    EXPECT_EQ(status(130 << 10), 431) << "what came first, up to 64 KiB, may not count";
}

TEST(Limits, a_head_has_128_fields_also_where_it_does_not_end) {
    const TestHost host;
    const auto status = [&](int fields, const std::string& end) {
        Client client(host.port);
        std::string head = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n";
        for (int i = 1; i < fields; ++i) head += "a:\r\n";
        EXPECT_TRUE(client.write(head + end));
        return client.read().status;
    };
    EXPECT_EQ(status(128, "\r\n"), 200);
    EXPECT_EQ(status(129, "\r\n"), 431);
    EXPECT_EQ(status(1000, ""), 431);
}

TEST(Limits, a_head_has_128_fields_however_it_comes) {
    const TestHost host;
    std::string fields;
    for (int i = 1; i < 128; ++i) fields += "a:\r\n";
    const std::string head = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + fields;
    Client split(host.port);
    EXPECT_TRUE(split.write(head));
    EXPECT_EQ(host.send("GET", "/health/live").status, 200) << "it has seen the first part by now";
    EXPECT_TRUE(split.write("\r\n"));
    EXPECT_EQ(split.read().status, 200);
    Client behind(host.port);
    EXPECT_TRUE(behind.write(head + "\r\n" + head + fields));
    EXPECT_EQ(behind.read().status, 200);
    EXPECT_EQ(behind.read().status, 431) << "one that began behind another";
    Client trailing(host.port);
    std::string trailers = fields + fields + fields;
    EXPECT_TRUE(
        trailing.write("POST /two HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" +
                       trailers + "\r\n"));
    EXPECT_EQ(trailing.read().status, 431);
}

TEST(Limits, a_target_has_8_kib_and_a_method_32_characters) {
    const TestHost host;
    const auto target = [&](std::size_t bytes) {
        return host.send("GET", "/health/live?" + std::string(bytes - 13, 'a')).status;
    };
    EXPECT_EQ(target(8192), 200);
    EXPECT_EQ(target(8193), 414);
    EXPECT_EQ(host.send(std::string(32, 'A'), "/health/live").status, 405);
    EXPECT_EQ(host.send(std::string(33, 'A'), "/health/live").status, 400);
}

TEST(Limits, what_comes_behind_a_chunked_body_has_64_kib_as_well) {
    const TestHost host;
    const auto status = [&](std::size_t bytes) {
        Client client(host.port);
        const std::string head =
            "POST /two HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n";
        EXPECT_TRUE(client.write(head + "b\r\n{\"do\":\"ok\"}\r\n0\r\n"));
        EXPECT_TRUE(client.write("X: " + std::string(bytes, 'x') + "\r\n\r\n"));
        return client.read().status;
    };
    EXPECT_EQ(status(60'000), 200);
    EXPECT_EQ(status(66'000), 431);
    EXPECT_EQ(status(200'000), 431);
    EXPECT_EQ(host.send("GET", "/health/live").status, 200);
}

TEST(Limits, an_idempotency_key_has_128_characters) {
    const TestHost host;
    const auto with_key = [&](const std::string& target, std::size_t length) {
        return host.admin("POST", target, kOkBody, {{"Idempotency-Key", std::string(length, 'k')}})
            .status;
    };
    EXPECT_EQ(with_key("/two", 128), 200);
    EXPECT_EQ(with_key("/two", 129), 400);
    EXPECT_EQ(with_key("/admin/services/nobody/method", 128), 404) << "the key was good";
    EXPECT_EQ(with_key("/admin/services/nobody/method", 129), 400);
}

TEST(Limits, the_id_of_a_signal_has_128_bytes) {
    TestHost host;
    const auto begun =
        host.admin("POST", kRuns + "/asks/run", R"({"input":{"do":"ok"}})", {{"Prefer", "wait=0"}});
    const std::string id = begun.parsed().at("acknowledgement").at("runId");
    const auto send = [&](std::size_t length) {
        const json body = {{"name", "go"}, {"id", std::string(length, 'i')}};
        return host.admin("POST", kRuns + "/asks/" + id + "/signals", body.dump()).status;
    };
    EXPECT_EQ(send(129), 400);
    EXPECT_EQ(send(128), 200);
    host.wait_for(id);
}

TEST(Limits, prefer_waits_a_minute) {
    const auto waits = [](const std::string& seconds) {
        Request request;
        request.prefer = "wait=" + seconds;
        return wait_of(request, std::chrono::seconds(1));
    };
    EXPECT_EQ(waits("60"), std::chrono::seconds(60));
    EXPECT_EQ(waits("61"), std::chrono::seconds(60));
    EXPECT_EQ(waits("99999999999999999999"), std::chrono::seconds(60));
}

TEST(Limits, a_page_of_a_list_has_a_thousand_runs_and_a_filter_eight_fields) {
    EXPECT_EQ(parse_list_query({{"limit", "1000"}}).limit, 1000);
    EXPECT_THROW(parse_list_query({{"limit", "1001"}}), Error);
    Query eight;
    for (int i = 0; i < 8; ++i) eight.emplace_back("field.f" + std::to_string(i), "x");
    EXPECT_EQ(parse_list_query(eight).fields.size(), 8U);
    eight.emplace_back("field.f8", "x");
    EXPECT_THROW(parse_list_query(eight), Error);
    for (const std::size_t length : {200, 201}) {
        const auto filter = parse_list_query({{"field.f", std::string(length, 'x')}});
        EXPECT_EQ(filter.fields.at(0).value.size(), 200U) << "cut as what is stored is";
    }
}

TEST(Limits, a_backup_waits_ten_minutes_for_calls) {
    const TestHost host;
    const test::TempDir dir;
    const auto asked = [&](const std::string& patience) {
        const json body = {{"directory", (dir / "backup").string()}, {"patience", patience}};
        return host.admin("POST", "/admin/backup", body.dump()).body;
    };
    EXPECT_EQ(asked("10m").find("10 minutes at most"), std::string::npos);
    EXPECT_NE(asked("601s").find("10 minutes at most"), std::string::npos);
}

/// A connection from an address of this machine that has been answered once.
class From {
public:
    From(const char* address, int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        auto of = at(address, 0);
        auto to = at("127.0.0.1", port);
        const timeval limit{120, 0};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&of), sizeof of), 0);
        EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        send("HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        char answer[1024];
        EXPECT_GT(recv(fd_, answer, sizeof answer, 0), 0) << "it was refused";
    }
    ~From() { close(fd_); }
    From(const From&) = delete;
    From& operator=(const From&) = delete;

    void send(const std::string& bytes) const {
        EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    /// Waits for it.
    bool was_closed() const {
        char more = 0;
        return recv(fd_, &more, 1, 0) == 0;
    }
    bool is_open() const {
        char more = 0;
        return recv(fd_, &more, 1, MSG_DONTWAIT) < 0;
    }

private:
    static sockaddr_in at(const char* address, int port) {
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_port = htons(static_cast<std::uint16_t>(port));
        inet_pton(AF_INET, address, &made.sin_addr);
        return made;
    }

    int fd_;
};

/// A host that was made where so many files may be open.
std::unique_ptr<TestHost> host_of_files(rlim_t files) {
    rlimit before{};
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit limit{files, before.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    auto host = std::make_unique<TestHost>();
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    return host;
}

using Connected = std::vector<std::unique_ptr<From>>;

void connect(Connected& all, const char* address, int count, const TestHost& host) {
    while (count-- > 0) all.push_back(std::make_unique<From>(address, host.port));
}

TEST(Limits, a_listener_has_a_third_of_the_files_and_16_at_least) {
    for (const auto& [files, places] : {std::pair{300, 100}, {45, 16}}) {
        const auto host = host_of_files(static_cast<rlim_t>(files));
        Connected one, other;
        connect(one, "127.0.0.1", places / 4, *host);
        connect(other, "127.0.0.2", places - places / 4, *host);
        EXPECT_TRUE(one.front()->is_open()) << places;
        connect(one, "127.0.0.1", 1, *host);
        EXPECT_TRUE(one.front()->was_closed()) << "one more than " << places;
    }
}

TEST(Limits, a_listener_has_a_thousand_places_and_one_address_750) {
    rlimit files{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_cur < 4'000) GTEST_SKIP() << "4000 files are needed";
    const auto host = host_of_files(4'000);
    Connected one, other;
    connect(other, "127.0.0.2", 250, *host);
    connect(one, "127.0.0.1", 750, *host);
    EXPECT_TRUE(other.front()->is_open());
    EXPECT_TRUE(one.front()->is_open());
    connect(one, "127.0.0.1", 1, *host);
    EXPECT_TRUE(one.front()->was_closed()) << "751 of one address";
    EXPECT_TRUE(other.front()->is_open());
    connect(other, "127.0.0.3", 1, *host);
    EXPECT_TRUE(other.front()->was_closed()) << "1001 in all";
}

TEST(SlowRequests, whose_head_or_body_does_not_come_within_a_minute_are_closed) {
    const TestHost host;
    using std::chrono::seconds;
    using Clock = std::chrono::steady_clock;
    const auto closed_after = [&](const std::string& begun) {
        return std::async(std::launch::async, [&host, begun] {
            const From slow("127.0.0.1", host.port);
            const auto began = Clock::now();
            slow.send(begun);
            EXPECT_TRUE(slow.was_closed());
            return Clock::now() - began;
        });
    };
    auto head = closed_after("POST /two HTTP/1.1\r\nHost: local");
    auto body = closed_after(
        "POST /two HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 11\r\n\r\n{\"do\"");
    for (auto* one : {&head, &body}) EXPECT_GE(one->get(), seconds(59)) << "it has a minute";
}

}  // namespace
}  // namespace gantry::host
