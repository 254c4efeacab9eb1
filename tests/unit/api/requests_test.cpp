// What is refused before a run begins, and HTTP's own rules.
#include "api/target.hpp"
#include "large_allocations.hpp"
#include "support/until.hpp"
#include "test_host.hpp"

#include <sys/resource.h>

namespace gantry::host {
namespace {

constexpr std::size_t kTenMegabytes = 10 << 20;
const std::string kJson = "Content-Type: application/json\r\n";

}  // namespace

TEST(Requests, unknown_paths_are_404_and_wrong_methods_405_with_allow) {
    const TestHost host;
    const auto missing = host.send("GET", "/nowhere");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.parsed().at("type"), "not_found");
    const auto wrong = host.send("DELETE", "/things/1/do");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.headers.at("allow"), "POST");
    EXPECT_EQ(host.send("POST", "/health/live").headers.at("allow"), "GET, HEAD");
}

TEST(Requests, a_body_over_one_megabyte_is_413) {
    const TestHost host;
    const auto refused = host.send("POST", "/two", std::string(kTenMegabytes, ' '));
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(refused.parsed().at("code"), "too_large");
    const std::string padding((1 << 20) - 11, ' ');
    EXPECT_EQ(host.send("POST", "/two", "{\"do\":\"ok\"}" + padding).status, 200);
    EXPECT_EQ(host.send("POST", "/two", "{\"do\":\"ok\"}" + padding + " ").status, 413);
}

TEST(Requests, a_body_is_not_copied_on_its_way_to_its_handler) {
    const TestHost host;
    const auto body = json{{"id", std::string(1'000'000, 'x')}}.dump();
    Client client(host.port);
    ASSERT_TRUE(client.write("POST /admin/services/nobody/writes HTTP/1.1\r\nHost: localhost\r\n" +
                             kJson + "Authorization: Bearer secret\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n"));
    const int before = large_allocations();
    ASSERT_TRUE(client.write(body));
    EXPECT_EQ(client.read().status, 404);
    EXPECT_LE(large_allocations() - before, 1) << "it is read into one";
}

TEST(Requests, a_body_announced_as_too_large_is_refused_before_it_is_sent) {
    const TestHost host;
    Client client(host.port);
    ASSERT_TRUE(client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                             "Content-Length: 100000000\r\n\r\n"));
    EXPECT_EQ(client.read().status, 413);
    EXPECT_TRUE(client.is_closed());
}

TEST(Requests, a_chunked_body_over_one_megabyte_is_413) {
    const TestHost host;
    Client client(host.port);
    ASSERT_TRUE(client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                             "Transfer-Encoding: chunked\r\n\r\n"));
    for (std::size_t sent = 0; sent <= 1 << 20; sent += 0x10000) {
        ASSERT_TRUE(client.write("10000\r\n" + std::string(0x10000, ' ') + "\r\n"));
    }
    EXPECT_EQ(client.read().status, 413);
    EXPECT_TRUE(client.is_closed());
}

TEST(Requests, who_expects_to_be_asked_for_the_body_is_asked_or_refused) {
    const TestHost host;
    const auto head = [](int length) {
        return "POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
               "Expect: 100-continue\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
    };
    Client client(host.port);
    ASSERT_TRUE(client.write(head(11)));
    EXPECT_EQ(client.read(/*has_body=*/false).status, 100);
    ASSERT_TRUE(client.write(R"({"do":"ok"})"));
    EXPECT_EQ(client.read().status, 200);
    ASSERT_TRUE(client.write(head(2 << 20)));
    EXPECT_EQ(client.read().status, 413);
}

TEST(Requests, a_client_of_http_1_0_is_not_asked_for_the_body) {
    const TestHost host;
    Client client(host.port);
    ASSERT_TRUE(client.write("POST /two HTTP/1.0\r\nHost: localhost\r\n" + kJson +
                             "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n"));
    ASSERT_TRUE(client.write(R"({"do":"ok"})"));
    EXPECT_EQ(client.read().status, 200);
}

TEST(Requests, a_target_may_be_a_whole_url_whose_host_counts) {
    const TestHost host;
    const auto status = [&](const std::string& target, const std::string& named = "localhost") {
        return host.send("GET", target, "", {{"Host", named}}).status;
    };
    EXPECT_EQ(status("http://localhost/health/live"), 200);
    EXPECT_EQ(status("HTTP://LocalHost:80/health/live?a=b"), 200);
    EXPECT_EQ(status("https://127.0.0.1/health/live"), 200);
    EXPECT_EQ(status("http://localhost"), 404) << "the path is /";
    EXPECT_EQ(status("http://localhost/health/live", "evil.example"), 200) << "it does not count";
    EXPECT_EQ(status("http://evil.example/health/live"), 421);
    EXPECT_EQ(status("http://localhost@evil.example/health/live"), 400);
    EXPECT_EQ(status("http://localhost/admin/modules"), 401);
    EXPECT_EQ(status("http:/health/live"), 400);
    EXPECT_EQ(status("ftp://localhost/health/live"), 400);
}

TEST(Requests, what_is_no_http_is_400_and_a_head_too_large_431) {
    const TestHost host;
    for (const std::string& bad :
         {std::string("nonsense\r\n\r\n"), std::string("GET /health/live HTTP/1.1\r\n\r\n"),
          std::string("GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n"),
          "POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
              "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        Client client(host.port);
        ASSERT_TRUE(client.write(bad));
        EXPECT_EQ(client.read().status, 400) << bad;
        EXPECT_TRUE(client.is_closed()) << bad;
    }
    Client client(host.port);
    ASSERT_TRUE(client.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " +
                             std::string(70 << 10, 'x') + "\r\n\r\n"));
    EXPECT_EQ(client.read().status, 431);
}

TEST(Requests, a_field_that_goes_on_in_the_next_line_is_refused) {
    const TestHost host;
    for (const std::string& folded :
         {std::string("Transfer-Encoding:\r\n chunked"), std::string("X: a\r\n\tb"),
          std::string("Transfer-Encoding: chunked\r\n ")}) {
        Client client(host.port);
        ASSERT_TRUE(client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson + folded +
                                 "\r\n\r\n2\r\n{}\r\n0\r\n\r\n"));
        const auto answer = client.read();
        EXPECT_EQ(answer.status, 400) << folded;
        EXPECT_NE(answer.body.find("one line"), std::string::npos) << answer.body;
        EXPECT_EQ(client.read().status, 0) << folded << ": nothing else is taken";
    }
    EXPECT_EQ(host.store->count({}), 0);
}

TEST(Requests, whether_one_is_for_admin_is_known_by_its_first_segment) {
    std::string deep = "/admin";
    for (int i = 0; i < 100'000; ++i) deep += "/a";
    const int before = large_allocations();
    EXPECT_TRUE(is_admin(deep));
    EXPECT_EQ(large_allocations(), before) << "the rest is not taken apart";
    EXPECT_TRUE(is_admin("/%61dmin?x"));
    EXPECT_TRUE(is_admin("/admin#a"));
    EXPECT_FALSE(is_admin("/a/admin"));
    EXPECT_FALSE(is_admin("/administrators"));
    EXPECT_FALSE(is_admin("/admin%"));
    EXPECT_FALSE(is_admin(""));
}

TEST(Requests, every_answer_says_when_and_that_it_is_not_kept) {
    const TestHost host;
    for (const char* path : {"/health/live", "/nowhere"}) {
        const auto answer = host.send("GET", path);
        EXPECT_TRUE(answer.headers.at("date").ends_with(" GMT")) << answer.headers.at("date");
        EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
        EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
    }
}

TEST(Requests, a_body_must_be_a_json_object) {
    const TestHost host;
    for (const std::string& bad :
         {std::string("{"), std::string("{\"a\":\"\xff\"}"), std::string(10'000, '['),
          std::string("{} {}"), std::string("{'a':1}"), std::string(" ")}) {
        const auto refused = host.send("POST", "/two", bad);
        EXPECT_EQ(refused.status, 400) << bad.substr(0, 20);
        EXPECT_EQ(refused.parsed().at("type"), "invalid_data");
        EXPECT_NE(refused.parsed().at("message").get<std::string>().find("byte"), std::string::npos)
            << refused.body;
    }
    for (const auto* bad : {"[]", "5", "null", "\"x\""}) {
        EXPECT_EQ(host.send("POST", "/two", bad).status, 400) << bad;
    }
    EXPECT_EQ(host.store->count({}), 0);
    EXPECT_EQ(host.send("POST", "/two").status, 200);  // empty counts as {}
}

TEST(Requests, bad_escapes_in_the_url_are_400) {
    const TestHost host;
    for (const auto* bad : {"/runs/%zz", "/runs/%C3%28", "/runs/x?a=%"}) {
        EXPECT_EQ(host.send("GET", bad).status, 400) << bad;
    }
}

TEST(Requests, a_field_of_the_body_named_like_a_parameter_must_equal_it) {
    const TestHost host;
    const auto refused = host.send("POST", "/things/a/do", R"({"id":"b"})");
    EXPECT_EQ(refused.status, 400);
    const auto message = refused.parsed().at("message").get<std::string>();
    EXPECT_NE(message.find("\"id\""), std::string::npos) << message;
    EXPECT_NE(message.find("\"a\""), std::string::npos) << message;
    EXPECT_NE(message.find('b'), std::string::npos) << message;
    EXPECT_EQ(host.send("POST", "/things/5/do", R"({"id":5})").status, 400);
    EXPECT_EQ(host.send("POST", "/things/a/do", R"({"id":"b","id":"a"})").status, 200);
    const auto same = host.send("POST", "/things/a%20b/do", R"( {"id":"a b","do":"ok"} )");
    EXPECT_EQ(same.parsed(), json::parse(R"({"done":{"id":"a b","do":"ok"}})"));
    const auto without = host.send("POST", "/things/a%22/do");
    EXPECT_EQ(without.parsed(), json::parse(R"({"done":{"id":"a\""}})"));
}

TEST(Requests, numbers_of_the_body_reach_the_result_as_they_were_written) {
    const TestHost host;
    const auto done =
        host.send("POST", "/things/a/do", R"({"n":123456789012345678901234567890,"p":1.10})");
    EXPECT_EQ(done.status, 200);
    EXPECT_NE(done.body.find("123456789012345678901234567890"), std::string::npos) << done.body;
    EXPECT_NE(done.body.find("1.10"), std::string::npos) << done.body;
}

TEST(Requests, a_route_may_say_what_its_input_is) {
    const TestHost host;
    EXPECT_EQ(host.send("POST", "/shaped/x", R"({"do":"REJECTED"})").parsed(),
              json::parse(R"({"done":{"do":"ok","of":"x"}})"));
}

TEST(Requests, an_input_that_does_not_fit_the_workflow_is_400) {
    const TestHost host;
    const auto refused = host.send("POST", "/strict", "{}");
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("name"), std::string::npos);
    EXPECT_EQ(host.send("POST", "/strict", R"({"name":"x"})").status, 200);
}

TEST(Requests, head_has_the_headers_of_get_and_no_body) {
    const TestHost host;
    Client client(host.port);
    const auto head = client.send("HEAD", "/health/live");
    EXPECT_EQ(head.status, 200);
    const auto get = client.send("GET", "/health/live");
    EXPECT_EQ(head.headers.at("content-length"), get.headers.at("content-length"));
    EXPECT_EQ(get.headers.at("content-type"), "application/json");
    EXPECT_EQ(get.headers.at("content-length"), std::to_string(get.body.size()));
    EXPECT_EQ(client.send("HEAD", "/things/1/look").status, 405);  // it would start a run
}

TEST(Requests, a_connection_that_shall_close_or_upgrade_is_answered_first) {
    const TestHost host;
    Client closing(host.port);
    EXPECT_EQ(closing.send("GET", "/health/live", "", {{"Connection", "close"}}).status, 200);
    EXPECT_TRUE(closing.is_closed());
    Client upgrading(host.port);
    const auto answer =
        upgrading.send("GET", "/health/live", "", {{"Connection", "Upgrade"}, {"Upgrade", "h2c"}});
    EXPECT_EQ(answer.status, 200);
}

/// A host where a process may have so many files.
std::unique_ptr<TestHost> host_with_files(rlim_t files) {
    rlimit before{};
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = files;  // a third of them is for connections, and 16 at least
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    auto host = std::make_unique<TestHost>();
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    return host;
}

TEST(Requests, an_idle_connection_gives_way_to_one_too_many_of_its_address) {
    const auto host = host_with_files(256);
    std::vector<std::unique_ptr<Client>> idle;
    for (int i = 0; i < 200; ++i) {
        idle.push_back(std::make_unique<Client>(host->port));
        ASSERT_EQ(idle.back()->send("GET", "/health/live").status, 200) << i;
    }
    EXPECT_TRUE(idle.front()->is_closed()) << "the one that was idle longest";
    EXPECT_EQ(idle.back()->send("GET", "/health/live").status, 200);
}

/// Not asked by a connection, which would take a place.
bool tells(TestHost& host, const std::string& metric) {
    return host.machinery.metrics.text().find(metric + "\n") != std::string::npos;
}

/// All places that one caller may have are taken by requests that no thread takes up.
class CallersPlaces {
public:
    CallersPlaces() {
        for (int i = 0; i < 8; ++i) host->routes.submit([go = go_] { go.wait(); });
        for (int i = 0; i < 12; ++i) {
            busy.push_back(std::make_unique<Client>(host->port));
            EXPECT_TRUE(busy.back()->write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                                           "Content-Length: 2\r\n\r\n{}"));
        }
        EXPECT_TRUE(test::until([&] { return tells(*host, "gantry_http_requests_under_way 12"); }));
    }
    ~CallersPlaces() { let_go(); }
    CallersPlaces(const CallersPlaces&) = delete;
    CallersPlaces& operator=(const CallersPlaces&) = delete;

    void let_go() {
        if (!std::exchange(gone_, true)) let_go_.set_value();
    }

    const std::unique_ptr<TestHost> host = host_with_files(32);
    std::vector<std::unique_ptr<Client>> busy;

private:
    std::promise<void> let_go_;
    const std::shared_future<void> go_ = let_go_.get_future().share();
    bool gone_ = false;
};

TEST(Requests, where_all_places_are_taken_operators_have_one_and_nobody_else) {
    CallersPlaces taken;
    const auto& host = taken.host;
    for (int i = 0; i < 40; ++i) {
        Client operators(host->port);
        EXPECT_EQ(operators.send("GET", "/health/live").status, 200) << i;
        EXPECT_TRUE(operators.is_closed()) << "it had one request";
    }
    EXPECT_EQ(host->admin("GET", "/admin/status").status, 200);
    EXPECT_EQ(host->send("GET", "/metrics").status, 200);
    const auto refused = host->send("POST", "/two", "{}");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    std::vector<std::unique_ptr<Client>> silent;  // of the spare places, too
    for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<Client>(host->port));
    EXPECT_EQ(host->send("GET", "/health/live").status, 200);
    EXPECT_TRUE(silent.front()->is_closed());
    taken.busy.clear();  // whose client has gone takes no place
    taken.let_go();
    EXPECT_TRUE(test::until([&] { return host->send("POST", "/two", "{}").status != 503; }));
}

TEST(Requests, whose_clients_do_not_take_the_answer_give_way) {
    const auto host = host_with_files(32);
    const std::string large(900'000, 'x');
    const auto run = host->send("POST", "/two", R"({"do":"ok","text":")" + large + "\"}");
    ASSERT_EQ(run.status, 200);
    const std::string id =
        host->admin("GET", kRuns).parsed().at("workflow_executions").at(0).at("run_id");
    std::vector<std::unique_ptr<Client>> deaf;
    for (int i = 0; i < 40; ++i) {
        deaf.push_back(std::make_unique<Client>(host->port));
        std::string many;
        for (int n = 0; n < 8; ++n) {
            many += "GET /runs/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        }
        ASSERT_TRUE(deaf.back()->write(many));
        // It gives way once its answer is on its way; until then it takes a place.
        EXPECT_TRUE(test::until([&] { return host->send("POST", "/two", "{}").status == 200; }))
            << i;
    }
}

TEST(Requests, a_spare_place_is_free_once_its_answer_is_there) {
    CallersPlaces taken;
    const auto& host = taken.host;
    std::vector<std::unique_ptr<Client>> held;  // answered, and not closed by their client
    for (int i = 0; i < 60; ++i) {
        held.push_back(std::make_unique<Client>(host->port));
        EXPECT_EQ(held.back()->send("GET", "/health/live").status, 200) << i;
    }
}

TEST(Requests, a_flood_of_metrics_keeps_no_operator_waiting) {
    TestHost host;
    std::promise<void> let_go;
    const auto go = let_go.get_future().share();
    std::atomic<int> held{0};
    host.machinery.metrics.gauge("slow", "Waits", [&] {
        ++held;
        go.wait();
        return 0.0;
    });
    std::vector<std::unique_ptr<Client>> flood;
    for (int i = 0; i < 40; ++i) {
        flood.push_back(std::make_unique<Client>(host.port));
        ASSERT_TRUE(flood.back()->write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }
    EXPECT_TRUE(test::until([&] { return held > 0; }));
    EXPECT_EQ(host.admin("GET", kRuns).status, 200);
    EXPECT_EQ(host.admin("GET", "/admin/status").status, 200);
    let_go.set_value();
    for (const auto& one : flood) EXPECT_EQ(one->read().status, 200);
}

TEST(Requests, whose_run_goes_on_hold_no_memory_for_their_body) {
    const auto host = host_with_files(600);
    const std::string body = R"({"do":"hang"})" + std::string(kMaxBody - 13, ' ');
    std::vector<std::unique_ptr<Client>> waiting;
    for (std::size_t i = 0; i < 100; ++i) {  // half the places, and more than one caller may hold
        waiting.push_back(std::make_unique<Client>(host->port));
        ASSERT_TRUE(waiting.back()->write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                                          "Content-Length: " + std::to_string(body.size()) +
                                          "\r\n\r\n" + body));
        host->steps.wait_until_hanging(i + 1);
    }
    EXPECT_TRUE(tells(*host, "gantry_http_requests_refused 0"));
    host->steps.release();
    for (const auto& one : waiting) EXPECT_LT(one->read().status, 300) << "done, or it took long";
}

// Announces a body of the largest size, and sends all of it but the last byte.
void begin_large(Client& client) {
    ASSERT_TRUE(client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                             "Content-Length: 1048576\r\n\r\n{}" + std::string(kMaxBody - 3, ' ')));
}

// The same, its length not announced.
void begin_large_in_chunks(Client& client) {
    const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    ASSERT_TRUE(client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                             "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"));
    for (int i = 0; i < 15; ++i) ASSERT_TRUE(client.write(chunk));
}

TEST(Requests, bodies_that_do_not_end_give_way_to_others) {
    const auto host = host_with_files(600);
    std::vector<std::unique_ptr<Client>> stalled;
    for (int i = 0; i < 110; ++i) {
        stalled.push_back(std::make_unique<Client>(host->port));
        i % 2 == 0 ? begin_large(*stalled.back()) : begin_large_in_chunks(*stalled.back());
    }
    EXPECT_TRUE(test::until([&] { return !tells(*host, "gantry_http_connections_displaced 0"); }));
    EXPECT_EQ(host->send("POST", "/two", "{}").status, 200);
}

TEST(Requests, more_than_the_memory_for_bodies_is_503) {
    const auto host = host_with_files(600);
    std::promise<void> let_go;
    const auto go = let_go.get_future().share();
    for (int i = 0; i < 8; ++i) host->routes.submit([go] { go.wait(); });
    std::vector<std::unique_ptr<Client>> taken;
    const auto send_one = [&] {
        taken.push_back(std::make_unique<Client>(host->port));
        begin_large(*taken.back());
        ASSERT_TRUE(taken.back()->write(" "));
    };
    for (int i = 0; i < 96; ++i) send_one();  // what one caller may have
    ASSERT_TRUE(test::until([&] { return tells(*host, "gantry_http_requests_under_way 96"); }));
    send_one();
    const auto refused = taken.back()->read();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    EXPECT_TRUE(tells(*host, "gantry_http_requests_refused 1"));
    EXPECT_EQ(host->admin("POST", "/admin/services/nobody/writes", "{}").status, 404)
        << "a small one is taken all the same";
    taken.resize(60);
    EXPECT_TRUE(test::until([&] { return tells(*host, "gantry_http_requests_under_way 60"); }));
    EXPECT_EQ(host->admin("GET", kRuns).status, 200);
    let_go.set_value();
    for (const auto& one : taken) EXPECT_EQ(one->read().status, 200);
    EXPECT_EQ(host->store->count({}), 60) << "whose client had gone began nothing";
}

TEST(Requests, where_half_the_places_wait_for_runs_the_longest_is_answered_with_202) {
    const auto host = host_with_files(32);
    std::vector<std::unique_ptr<Client>> waiting;
    for (std::size_t i = 0; i < 24; ++i) {
        waiting.push_back(std::make_unique<Client>(host->port));
        ASSERT_TRUE(waiting.back()->write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                                          "Content-Length: 13\r\n\r\n{\"do\":\"hang\"}"));
        host->steps.wait_until_hanging(i + 1);
        if (i < 8) continue;
        const auto told = waiting[i - 8]->read();
        EXPECT_EQ(told.status, 202) << i;
        EXPECT_EQ(told.headers.count("location"), 1U) << i;
    }
    host->steps.release();
    for (std::size_t i = 16; i < 24; ++i) EXPECT_EQ(waiting[i]->read().status, 200) << i;
}

TEST(Requests, pipelined_requests_are_answered_in_their_order) {
    const TestHost host;
    Client client(host.port);
    ASSERT_TRUE(
        client.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                     "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(client.read().status, 200);
    EXPECT_EQ(client.read().status, 404);
}

TEST(Requests, one_that_comes_before_the_answer_waits_for_it) {
    TestHost host;
    Client client(host.port);
    const std::string body = R"({"do":"hang"})";
    ASSERT_TRUE(
        client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n"
                     "Content-Type: application/json\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body));
    host.steps.wait_until_hanging(1);
    ASSERT_TRUE(client.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(host.send("GET", "/health/live").status, 200) << "the server has seen it by now";
    host.steps.release();
    EXPECT_EQ(client.read().status, 200);
    EXPECT_EQ(client.read().parsed().at("status"), "live");
}

TEST(Requests, a_key_that_is_given_twice_is_refused) {
    const TestHost host;
    const Headers twice = {{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}};
    EXPECT_EQ(host.send("POST", "/two", "{}", twice).status, 400);
    EXPECT_EQ(host.store->count({}), 0);
}

TEST(Requests, a_client_that_leaves_after_a_further_byte_is_gone_too) {
    TestHost host;
    {
        Client client(host.port);
        const std::string body = R"({"do":"hang"})";
        ASSERT_TRUE(client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n" + kJson +
                                 "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                 body));
        host.steps.wait_until_hanging(1);
        ASSERT_TRUE(client.write("G"));
    }
    EXPECT_TRUE(test::until([&] { return tells(host, "gantry_http_clients_gone 1"); }));
    host.steps.release();
}

TEST(Requests, http_1_0_with_a_chunked_body_is_refused) {
    const TestHost host;
    Client client(host.port);
    ASSERT_TRUE(client.write("POST /two HTTP/1.0\r\nHost: localhost\r\n" + kJson +
                             "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"));
    EXPECT_EQ(client.read().status, 400);
    EXPECT_TRUE(client.is_closed());
}

TEST(Requests, a_body_whose_end_is_not_clear_is_refused) {
    const TestHost host;
    for (const std::string encoding : {"xchunked", "identity", "\"chunked\"", "chunked, identity",
                                       "chunked, chunked", "gzip, chunked"}) {
        Client client(host.port);
        ASSERT_TRUE(client.write(
            "POST /two HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: " +
            encoding + "\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        EXPECT_EQ(client.read().status, 400) << encoding;
        EXPECT_EQ(client.read().status, 0) << encoding << ": nothing else is taken";
    }
    EXPECT_EQ(host.store->count({}), 0);
}

}  // namespace gantry::host
