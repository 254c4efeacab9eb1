// kill -9 at named places of the job and at random moments; after a restart every run ends by
// itself and both systems are right.
#include "support/seed.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <thread>

namespace gantry::test::kill_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool is_over(const json& run) {
    const auto state = run.at("state");
    return state == "done" || state == "reverted" || state == "failed";
}

std::size_t changes_of(const HostProcess& host, const std::string& product) {
    std::size_t count = 0;
    const auto log = host.call("erp", "listProductErpChanges", {{"limit", 1000}});
    for (const auto& change : log.at("changes")) count += change.at("id") == product ? 1 : 0;
    return count;
}

struct Place {
    const char* gate;
    const char* point;
    bool refused;
};

std::ostream& operator<<(std::ostream& out, const Place& place) {
    return out << place.gate << " " << place.point << (place.refused ? ", refused" : "");
}

class KilledAt : public testing::TestWithParam<Place> {};

TEST_P(KilledAt, the_run_ends_by_itself_after_a_restart_and_both_systems_are_right) {
    const auto [gate, point, refused] = GetParam();
    const TempDir markers;
    const auto marker = markers / "kill";
    HostProcess host(gated_shop_config(marker, gate, point));
    host.serve();
    host.call("product", "createProducts",
              {{"products", {{{"id", "prod_mug"}, {"title", "Mug"}}}}});
    ASSERT_EQ(update(host, "prod_mug", {{"title", "Known"}}, {{"Idempotency-Key", "0"}}).status,
              200);
    const auto before = state_of(host, "prod_mug");
    const auto changes_before = changes_of(host, "prod_mug");

    write_text(marker, "");
    const json changes = {{"title", refused ? long_title() : "New"}, {"weight", 12.5}};
    const HttpHeaders key = {{"Idempotency-Key", "killed"}};
    EXPECT_EQ(update(host, "prod_mug", changes, key).status, 0);
    ASSERT_TRUE(host.process().wait(seconds(60)));
    ASSERT_EQ(host.process().exit_code(), -SIGKILL) << host.log();
    ASSERT_FALSE(std::filesystem::exists(marker));

    host.serve();
    json run;
    ASSERT_TRUE(host.until([&] { return is_over(run = host.runs().at(0)); })) << run.dump(2);
    EXPECT_EQ(host.runs().size(), 2U);
    EXPECT_EQ(run.at("transaction_id"), "killed");
    EXPECT_EQ(run.at("state"), refused ? "reverted" : "done");

    const auto again = update(host, "prod_mug", changes, key);
    EXPECT_EQ(again.status, refused ? 400 : 200) << again.body;
    EXPECT_EQ(again.body, host.get("/runs/" + run.at("run_id").get<std::string>()).body);
    EXPECT_EQ(host.runs().size(), 2U);

    const auto after = state_of(host, "prod_mug");
    if (refused) {
        EXPECT_EQ(after, before);
        EXPECT_EQ(changes_of(host, "prod_mug"), changes_before);
    } else {
        EXPECT_EQ(after.at("view").at("title"), "New");
        EXPECT_EQ(after.at("view").at("weight"), 12.5);
        EXPECT_EQ(after.at("erp").at("state").at("data"), changes);
        EXPECT_EQ(changes_of(host, "prod_mug"), changes_before + 1);
        const auto result = again.parsed();
        EXPECT_EQ(result.at("product").at("version"), after.at("product").at("version"));
        EXPECT_EQ(result.at("erpData").at("version"), after.at("erp").at("version"));
    }
}

INSTANTIATE_TEST_SUITE_P(Kill, KilledAt,
                         testing::Values(Place{"product", "before:snapshotProduct", false},
                                         Place{"product", "before:updateProducts", false},
                                         Place{"product", "after:updateProducts", false},
                                         Place{"product", "after:updateProducts", true},
                                         Place{"erp", "before:snapshotProduct", false},
                                         Place{"erp", "before:updateProductErpData", false},
                                         Place{"erp", "after:updateProductErpData", false},
                                         Place{"erp", "before:updateProductErpData", true},
                                         Place{"product", "before:restoreProduct", true},
                                         Place{"product", "after:restoreProduct", true}),
                         [](const testing::TestParamInfo<Place>& one) {
                             std::string name = std::string(one.param.gate) + "_" + one.param.point;
                             for (auto& c : name) c = c == ':' ? '_' : c;
                             return name + (one.param.refused ? "_when_refused" : "");
                         });

// One run of a product of its own, and what its client saw.
struct Sent {
    std::string product;
    bool refused;
    HttpResponse answer;

    json changes() const { return {{"title", refused ? long_title() : "New " + product}}; }
    bool is_acknowledged() const { return answer.status != 0; }
};

class Storm {
public:
    explicit Storm(unsigned drawn) : random_(drawn), host_(shop_config()) { host_.serve(); }

    // Starts 16 runs at once and kills the host 1 to 60 ms later.
    void round(int number) {
        constexpr std::size_t kRuns = 16;
        const auto first = sent_.size();
        json products = json::array();
        for (std::size_t i = 0; i < kRuns; ++i) {
            const auto id = "prod_" + std::to_string(number) + "_" + std::to_string(i);
            products.push_back({{"id", id}, {"title", "Old " + id}});
            sent_.push_back({id, i % 3 == 0, {}});
        }
        host_.call("product", "createProducts", {{"products", products}});
        std::vector<std::thread> clients;
        for (std::size_t i = first; i < sent_.size(); ++i) {
            clients.emplace_back([this, &one = sent_[i], waits = i % 2 == 0] {
                HttpHeaders headers = {{"Idempotency-Key", one.product}};
                if (!waits) headers.emplace_back("Prefer", "wait=0");
                one.answer = update(host_, one.product, one.changes(), headers);
            });
        }
        const milliseconds moment(draw(random_, 1, 60));
        host_.process().wait(moment);
        host_.kill9();
        for (auto& client : clients) client.join();
        host_.serve();
    }

    void check() {
        ASSERT_TRUE(host_.until([this] {
            host_.resume_paused();  // what three kills in a row hit is set aside
            const auto runs = host_.runs();
            return std::all_of(runs.begin(), runs.end(), is_over);
        })) << host_.runs().dump(2);
        std::map<std::string, std::string> state_of_key;
        for (const auto& run : host_.runs()) {
            EXPECT_TRUE(state_of_key.emplace(run.at("transaction_id"), run.at("state")).second);
        }
        std::size_t acknowledged = 0;
        for (const auto& one : sent_) {
            SCOPED_TRACE(one.product);
            const auto run = state_of_key.find(one.product);
            if (one.is_acknowledged()) {
                ++acknowledged;
                ASSERT_NE(run, state_of_key.end()) << one.answer.status << one.answer.body;
                const auto expected = one.answer.status == 202   ? run->second
                                      : one.answer.status == 200 ? "done"
                                                                 : "reverted";
                EXPECT_EQ(run->second, expected);
            }
            const bool accepted = run != state_of_key.end();
            if (accepted) {
                EXPECT_EQ(run->second, one.refused ? "reverted" : "done");
            }
            check_pair(one, accepted && !one.refused);
        }
        std::cout << sent_.size() << " sent, " << state_of_key.size() << " accepted, "
                  << acknowledged << " acknowledged\n";
    }

private:
    void check_pair(const Sent& one, bool changed) const {
        const json id = {{"id", one.product}};
        EXPECT_EQ(host_.call("product", "retrieveProduct", id).at("title"),
                  (changed ? "New " : "Old ") + one.product);
        const auto erp = host_.call("erp", "snapshotProduct", id);
        EXPECT_EQ(erp.at("exists"), changed);
        if (changed) {
            EXPECT_EQ(erp.at("state").at("data"), one.changes());
        }
    }

    std::mt19937 random_;
    HostProcess host_;
    std::vector<Sent> sent_;
};

TEST(Kill, at_twenty_random_moments_loses_no_acknowledged_run_and_leaves_no_pair_apart) {
    Storm storm(seed());
    for (int i = 0; i < 20; ++i) storm.round(i);
    storm.check();
}

}  // namespace
}  // namespace gantry::test::kill_test
