// How far a list looks: each limit tried as it is and one beyond.
#include "contract/store_suite.hpp"

#include <latch>

namespace gantry::host {
namespace {

TEST(Limits, a_list_counts_to_10001_and_a_text_is_looked_for_in_the_newest_10000) {
    const auto store = Store::open("memory:", "test");
    store->put_definition({"hash", "w", R"({"name":"w"})"});
    std::int64_t at = 0;
    const auto add = [&](int count) {
        std::latch written(count);
        while (count-- > 0) {
            auto one = accept(at == 0 ? "needle" : "r" + std::to_string(at));
            one.run.created_at = ++at;
            store->post(std::move(one), [&](const Outcome&) { written.count_down(); });
        }
        written.wait();
    };
    RunFilter needle;
    needle.text = "needle";
    add(10'000);
    EXPECT_EQ(store->count({}), 10'000);
    EXPECT_EQ(store->count(needle), 1);
    add(1);
    EXPECT_EQ(store->count({}), 10'001);
    EXPECT_EQ(store->count(needle), 0);
    EXPECT_TRUE(store->runs(needle).empty());
    add(1);
    EXPECT_EQ(store->count({}), 10'001) << "or more";
}

}  // namespace
}  // namespace gantry::host
