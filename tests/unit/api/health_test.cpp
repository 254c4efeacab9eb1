// A host counts as dead when nothing moves though there is work: its threads or its store stand.
#include "test_host.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;

/// Something to stand at until the test lets it go.
class Standstill {
public:
    void wait() const { gone_.wait(); }
    void end() { go_.set_value(); }

private:
    std::promise<void> go_;
    std::shared_future<void> gone_{go_.get_future()};
};

int until_live_is(const TestHost& host, int status) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    int seen = 0;
    do {
        seen = host.send("GET", "/health/live").status;
    } while (seen != status && std::chrono::steady_clock::now() < deadline);
    return seen;
}

constexpr milliseconds kSoon{50};

}  // namespace

TEST(Live, is_503_while_the_threads_of_the_engine_stand_still_and_200_again_when_they_go_on) {
    Standstill here;
    TestHost host("secret", 100, kSoon);
    EXPECT_EQ(host.send("GET", "/health/live").parsed(), json({{"status", "live"}}));
    host.machinery.engine.submit([&] { here.wait(); });
    EXPECT_EQ(until_live_is(host, 503), 503);
    const auto said = host.send("GET", "/health/live").parsed();
    EXPECT_EQ(said.at("status"), "stands still");
    EXPECT_TRUE(said.at("seconds").is_number_integer()) << said;
    here.end();
    EXPECT_EQ(until_live_is(host, 200), 200);
}

TEST(Live, is_503_while_the_store_writes_nothing_though_something_waits) {
    Standstill here;
    TestHost host("secret", 100, kSoon);
    host.store->claim("nobody", false, [&](const Claim&) { here.wait(); });
    EXPECT_EQ(until_live_is(host, 503), 503);
    here.end();
    EXPECT_EQ(until_live_is(host, 200), 200);
}

TEST(Live, is_200_before_half_a_minute_of_that_is_over_and_however_long_there_is_no_work) {
    Standstill here;
    TestHost host;
    host.machinery.engine.submit([&] { here.wait(); });
    while (host.engine.still_for() < kSoon) std::this_thread::yield();
    EXPECT_EQ(host.send("GET", "/health/live").status, 200);
    here.end();
    const TestHost idle("secret", 100, milliseconds(1));
    EXPECT_EQ(until_live_is(idle, 200), 200);
}

}  // namespace gantry::host
