// Real updates at once, as a shop sends them: with the shipped plugins, a third of them refused by
// the ERP. Every one is answered and ends as it must, and both sides agree.
#include "support/sanitizers.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace gantry::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kUpdates = kSanitized ? 150 : 1000;

std::string burst_product(int i) { return "prod_" + std::to_string(i); }
bool is_refused(int i) { return i % 3 == 0; }
json changes_of(int i) {
    return {{"title", is_refused(i) ? long_title() : "after " + std::to_string(i)}, {"weight", i}};
}

/// `work(i)` for each i below `count`, by so many threads.
template <typename Work>
void in_parallel(int count, int threads, Work work) {
    std::atomic<int> next{0};
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
        all.emplace_back([&] {
            for (int i = next++; i < count; i = next++) work(i);
        });
    }
    for (auto& thread : all) thread.join();
}

/// Asks for what an operator looks at, again and again, while it lives.
class Onlooker {
public:
    explicit Onlooker(const HostProcess& host) : host_(host), thread_([this] { look(); }) {}
    ~Onlooker() {
        over_ = true;
        thread_.join();
        std::sort(took_.begin(), took_.end());
        EXPECT_FALSE(took_.empty());
        if (took_.empty()) return;
        std::cout << took_.size() << " looks of an operator: p50 " << took_[took_.size() / 2]
                  << " ms, p99 " << took_[took_.size() * 99 / 100] << " ms\n";
        EXPECT_EQ(refused_, 0);
    }
    Onlooker(const Onlooker&) = delete;
    Onlooker& operator=(const Onlooker&) = delete;

private:
    void look() {
        do {
            for (const char* path : {"/health/live", "/admin/status", "/metrics"}) {
                const auto began = Clock::now();
                if (host_.get(path).status != 200) ++refused_;
                const std::chrono::duration<double, std::milli> took = Clock::now() - began;
                took_.push_back(took.count());
            }
        } while (!over_);
    }

    const HostProcess& host_;
    std::vector<double> took_;
    int refused_ = 0;
    std::atomic<bool> over_{false};
    std::thread thread_;  // last
};

class Burst : public testing::Test {
protected:
    Burst() {
        host_.serve();
        json products = json::array();
        for (int i = 0; i < kUpdates; ++i) {
            products.push_back(
                {{"id", burst_product(i)}, {"title", "before"}, {"handle", burst_product(i)}});
            if (products.size() < 100 && i + 1 < kUpdates) continue;
            host_.call("product", "createProducts", {{"products", products}});
            products = json::array();
        }
    }

    /// Of all updates that were sent.
    void both_sides_agree() {
        for (int i = 0; i < kUpdates; ++i) {
            const json id = {{"id", burst_product(i)}};
            const auto product = host_.call("product", "retrieveProduct", id);
            const std::string title = is_refused(i) ? "before" : "after " + std::to_string(i);
            EXPECT_EQ(product.at("title"), title) << burst_product(i);
            if (is_refused(i)) continue;
            const auto erp = host_.call("erp", "retrieveProductErpDetails", id);
            EXPECT_EQ(erp.at("data").at("title"), title) << burst_product(i);
        }
        const auto status = host_.get("/admin/status").parsed();
        EXPECT_EQ(status.at("needs_person"), 0);
        EXPECT_EQ(host_.stop(), 0);
        EXPECT_EQ(host_.log().find("DEADLINE"), std::string::npos) << "some call was too late";
        EXPECT_EQ(host_.log().find("\"error\""), std::string::npos) << host_.log();
    }

    HostProcess host_{shop_config()};
};

TEST_F(Burst, a_thousand_updates_at_once_all_end_as_they_must) {
    std::vector<int> status(kUpdates);
    {
        const Onlooker looking(host_);
        // All are under way before the first clients see an end: nobody waits for an answer.
        in_parallel(kUpdates, 64, [&](int i) {
            status[static_cast<std::size_t>(i)] =
                update(host_, burst_product(i), changes_of(i), {{"Prefer", "wait=0"}}).status;
        });
        ASSERT_TRUE(host_.until(
            [&] {
                const auto open = host_.get(
                    "/admin/workflows-executions?limit=1&state=invoking,waiting,compensating");
                return open.parsed().at("count") == 0;
            },
            std::chrono::seconds(240)))
            << host_.log();
    }
    for (const int one : status) EXPECT_TRUE(one == 202 || one == 200 || one == 400) << one;
    both_sides_agree();
}

TEST_F(Burst, a_hundred_clients_that_wait_are_all_answered) {
    std::vector<int> status(kUpdates);
    {
        const Onlooker looking(host_);
        in_parallel(kUpdates, 100, [&](int i) {
            status[static_cast<std::size_t>(i)] =
                update(host_, burst_product(i), changes_of(i)).status;
        });
    }
    for (int i = 0; i < kUpdates; ++i) {
        EXPECT_EQ(status[static_cast<std::size_t>(i)], is_refused(i) ? 400 : 200) << "update " << i;
    }
    both_sides_agree();
}

TEST_F(Burst, three_hundred_runs_started_five_milliseconds_apart_are_all_answered) {
    constexpr int kRuns = kSanitized ? 100 : 300;
    std::vector<int> status(kRuns);
    std::vector<std::thread> clients;
    const auto began = Clock::now();
    for (int i = 0; i < kRuns; ++i) {
        std::this_thread::sleep_until(began +
                                      std::chrono::milliseconds(5) * i);  // as the name says
        clients.emplace_back([&, i] {
            status[static_cast<std::size_t>(i)] =
                update(host_, burst_product(i), changes_of(i)).status;
        });
    }
    for (auto& client : clients) client.join();
    for (int i = 0; i < kRuns; ++i) {
        EXPECT_EQ(status[static_cast<std::size_t>(i)], is_refused(i) ? 400 : 200) << "update " << i;
    }
    EXPECT_EQ(host_.stop(), 0);
}

}  // namespace
}  // namespace gantry::test
