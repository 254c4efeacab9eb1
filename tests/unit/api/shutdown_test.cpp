// Health, draining, and the server's end while requests wait.
#include "test_host.hpp"

namespace gantry::host {

TEST(Shutdown, a_draining_host_lives_but_takes_no_new_runs) {
    TestHost host;
    const std::string done = host.admin("POST", "/admin/workflows-executions/two/run", "{}")
                                 .parsed()
                                 .at("acknowledgement")
                                 .at("runId");
    EXPECT_EQ(host.send("GET", "/health/ready").parsed().at("status"), "ready");
    host.server->drain();
    EXPECT_EQ(host.send("GET", "/health/live").status, 200);
    const auto ready = host.send("GET", "/health/ready");
    EXPECT_EQ(ready.status, 503);
    EXPECT_EQ(ready.parsed().at("status"), "draining");
    EXPECT_EQ(host.send("POST", "/two", "{}").status, 503);
    EXPECT_EQ(host.admin("POST", "/admin/workflows-executions/two/run", "{}").status, 503);
    EXPECT_EQ(host.send("GET", "/runs/" + done).status, 200);
}

TEST(Shutdown, who_waits_for_a_run_is_told_that_it_is_under_way) {
    TestHost host;
    auto answer = std::async(std::launch::async,
                             [&] { return host.send("POST", "/two", R"({"do":"hang"})"); });
    host.steps.wait_until_hanging(1);
    host.server.reset();
    EXPECT_EQ(answer.get().status, 202);
    host.steps.release();  // the run ends after the server
}

TEST(Shutdown, an_idle_connection_does_not_hold_the_server_up) {
    TestHost host;
    Client idle(host.port);
    EXPECT_EQ(idle.send("GET", "/health/live").status, 200);
    const auto began = std::chrono::steady_clock::now();
    host.server.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    EXPECT_TRUE(idle.is_closed());
    EXPECT_THROW(Client{host.port}, std::runtime_error);
}

TEST(Shutdown, an_address_in_use_is_an_error_of_configuration_that_names_it) {
    TestHost host;
    Config second = host.config;
    second.http.listen.port = host.port;
    try {
        const Server server(host.parts(), second, "secret");
        FAIL() << "it listens twice";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        EXPECT_NE(e.message().find("127.0.0.1 port " + std::to_string(host.port)),
                  std::string::npos)
            << e.message();
    }
    second.http.listen = {"no-address", 0};
    EXPECT_THROW(Server(host.parts(), second, "secret"), Error);
}

}  // namespace gantry::host
