// Who gives way when a listener has no place left.
#include <utility>  // before Boost.Asio 1.74, which forgets it

#include "api/connections.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace gantry::host {
namespace {

class Fake : public HttpConnection {
public:
    void start() override {}
    void answer(std::uint64_t /*request*/, Answer /*answer*/) override {}
    void body_taken(std::uint64_t /*request*/) override {}
    void close() override { closed = true; }

    bool closed = false;
};

// As many places as there are where a process may have 60 files.
class ConnectionsTest : public testing::Test {
protected:
    using Place = Connections::Place;
    static constexpr std::size_t kPlaces = 20;

    ConnectionsTest() {
        rlimit files{};
        getrlimit(RLIMIT_NOFILE, &files);
        auto few = files;
        few.rlim_cur = 3 * kPlaces;
        setrlimit(RLIMIT_NOFILE, &few);
        connections_ = std::make_unique<Connections>();
        setrlimit(RLIMIT_NOFILE, &files);
    }

    // Null: there was no place of its own.
    Fake* add(const std::string& caller, bool idle, Place wanted = Place::kOwn) {
        const auto place = connections_->make_room(caller, displaced_);
        if (place != wanted) return nullptr;
        auto& one = *all_.emplace_back(std::make_unique<Fake>());
        connections_->add(one, caller, place);
        connections_->set_idle(one, idle);
        return &one;
    }

    bool holds(Fake* one, std::size_t mib) {
        return connections_->hold(*one, mib << 20, displaced_);
    }

    std::unique_ptr<Connections> connections_;
    std::vector<std::unique_ptr<Fake>> all_;
    std::uint64_t displaced_ = 0;
};

}  // namespace

TEST_F(ConnectionsTest, one_caller_has_three_quarters_of_the_places) {
    for (std::size_t i = 0; i < 15; ++i) ASSERT_NE(add("127.0.0.2", false), nullptr);
    EXPECT_EQ(add("127.0.0.2", false), nullptr);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_NE(add("127.0.0.1", false), nullptr);
    EXPECT_EQ(add("127.0.0.1", false), nullptr) << "there is no place at all";
    EXPECT_EQ(displaced_, 0U);
}

TEST_F(ConnectionsTest, all_that_are_not_of_this_machine_have_three_quarters) {
    for (std::size_t i = 0; i < 15; ++i) {
        ASSERT_NE(add("192.0.2." + std::to_string(i), false), nullptr);
    }
    EXPECT_EQ(add("192.0.2.99", false), nullptr);
    EXPECT_NE(add("127.0.0.1", false), nullptr);
    EXPECT_NE(add("", false), nullptr) << "a unix socket";
}

TEST_F(ConnectionsTest, which_has_been_idle_longest_of_those_that_take_the_places_gives_way) {
    auto* const other = add("127.0.0.1", true);
    auto* const busy = add("127.0.0.2", false);
    auto* const first = add("127.0.0.2", true);
    auto* const second = add("127.0.0.2", true);
    for (std::size_t i = 3; i < 15; ++i) ASSERT_NE(add("127.0.0.2", false), nullptr);
    connections_->set_idle(*first, false);
    connections_->set_idle(*first, true);  // it had a request meanwhile
    EXPECT_NE(add("127.0.0.2", false), nullptr);
    EXPECT_TRUE(second->closed);
    EXPECT_NE(add("127.0.0.2", false), nullptr);
    EXPECT_TRUE(first->closed);
    EXPECT_EQ(add("127.0.0.2", false), nullptr);
    EXPECT_FALSE(other->closed || busy->closed);
    EXPECT_EQ(displaced_, 2U);
}

TEST_F(ConnectionsTest, a_place_is_free_when_its_connection_has_gone) {
    std::vector<Fake*> taken;
    for (std::size_t i = 0; i < 15; ++i) taken.push_back(add("192.0.2.1", i % 2 == 0));
    for (auto* one : taken) connections_->remove(*one);
    for (auto* one : taken) connections_->remove(*one);  // nothing more
    for (std::size_t i = 0; i < 15; ++i) EXPECT_NE(add("192.0.2.2", false), nullptr);
    EXPECT_EQ(displaced_, 0U);
    connections_->close_all();
    EXPECT_TRUE(all_.back()->closed);
}

TEST_F(ConnectionsTest, what_they_hold_has_128_mib_and_who_stands_still_gives_way) {
    auto* const asked = add("127.0.0.1", false);
    auto* const empty = add("127.0.0.2", true);
    auto* const first = add("127.0.0.2", true);
    auto* const second = add("127.0.0.3", true);
    EXPECT_TRUE(holds(asked, 28));
    EXPECT_TRUE(holds(second, 50));
    EXPECT_TRUE(holds(first, 50));
    EXPECT_EQ(displaced_, 0U);
    EXPECT_TRUE(holds(second, 51));
    EXPECT_TRUE(first->closed) << "it has been idle longer";
    EXPECT_FALSE(holds(asked, 129)) << "it takes all by itself";
    EXPECT_TRUE(second->closed);
    EXPECT_FALSE(asked->closed || empty->closed);
    EXPECT_EQ(displaced_, 2U);
    EXPECT_TRUE(holds(asked, 0));
    auto* const later = add("127.0.0.1", false);
    EXPECT_TRUE(holds(later, 96));
    connections_->remove(*later);
    EXPECT_TRUE(holds(asked, 96)) << "who has gone holds nothing";
}

TEST_F(ConnectionsTest, of_what_all_hold_the_caller_that_has_most_gives_way) {
    auto* const honest = add("127.0.0.1", true);  // idle longest
    auto* const first = add("127.0.0.2", true);
    auto* const second = add("127.0.0.3", true);
    EXPECT_TRUE(holds(honest, 1));
    EXPECT_TRUE(holds(first, 80));
    EXPECT_TRUE(holds(second, 60));
    EXPECT_TRUE(first->closed);
    EXPECT_FALSE(honest->closed || second->closed);
}

TEST_F(ConnectionsTest, what_one_caller_holds_is_three_quarters_of_it_and_costs_others_nothing) {
    auto* const other = add("127.0.0.2", true);
    auto* const idle = add("127.0.0.1", true);
    auto* const asked = add("127.0.0.1", false);
    EXPECT_TRUE(holds(other, 20));
    EXPECT_TRUE(holds(idle, 6));
    EXPECT_TRUE(holds(asked, 90));
    EXPECT_FALSE(holds(asked, 97));
    EXPECT_TRUE(idle->closed);
    EXPECT_FALSE(other->closed);
    EXPECT_TRUE(holds(other, 30));
}

TEST_F(ConnectionsTest, sixteen_spare_ones_there_are_and_the_idle_ones_of_them_give_way) {
    for (std::size_t i = 0; i < 15; ++i) ASSERT_NE(add("127.0.0.2", false), nullptr);
    for (std::size_t i = 0; i < 5; ++i) ASSERT_NE(add("127.0.0.1", false), nullptr);
    std::vector<Fake*> spare;
    for (int caller = 3; caller < 7; ++caller) {
        for (int i = 0; i < 4; ++i) {
            spare.push_back(
                add("127.0.0." + std::to_string(caller), caller == 3 && i == 3, Place::kSpare));
        }
    }
    EXPECT_NE(add("127.0.0.7", false, Place::kSpare), nullptr);
    EXPECT_TRUE(spare[3]->closed);
    EXPECT_NE(add("127.0.0.8", false, Place::kNone), nullptr) << "none of them is idle";
}

TEST_F(ConnectionsTest, of_the_spare_ones_a_caller_has_four) {
    for (std::size_t i = 0; i < 15; ++i) ASSERT_NE(add("127.0.0.2", false), nullptr);
    std::vector<Fake*> spare;
    for (int i = 0; i < 4; ++i) spare.push_back(add("127.0.0.2", i == 1, Place::kSpare));
    EXPECT_NE(add("127.0.0.2", false, Place::kSpare), nullptr);
    EXPECT_TRUE(spare[1]->closed) << "its own";
    EXPECT_NE(add("127.0.0.2", false, Place::kNone), nullptr) << "none of them is idle";
    EXPECT_NE(add("127.0.0.1", false), nullptr) << "they take nobody's own place";
}

}  // namespace gantry::host
