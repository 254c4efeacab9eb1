// What is deleted, and what is not while the clock may be wrong.
#include "flow/retention.hpp"
#include "contract/store_suite.hpp"
#include "support/machinery.hpp"
#include "support/until.hpp"

namespace gantry::host {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Kept : public testing::Test {
protected:
    Kept() {
        store_->put_definition({"hash", "w", "{}"});
        settings_.keep = {hours(24 * 7), {}, {}};
        settings_.every = milliseconds(2);
        settings_.clock_holds = hours(1);
    }
    ~Kept() override { stop(); }

    void stop() {
        if (!retention_) return;
        retention_->stop();
        machinery_->stop();
        retention_.reset();
        machinery_.reset();
    }
    // A host that looks; the one before it has stopped.
    void serve() {
        stop();
        machinery_ = std::make_unique<test::Machinery>();
        retention_ = std::make_unique<Retention>(*store_, machinery_->load, machinery_->timers,
                                                 machinery_->log, settings_);
    }
    void finished(const std::string& id, milliseconds ago) {
        ASSERT_TRUE(committed(post(*store_, accept(id, {}, store_->host()))));
        auto end = ending(accept(id, {}, store_->host()));
        end.run.finished_at = store_->now() - ago.count();
        ASSERT_TRUE(committed(post(*store_, end)));
    }
    bool is_there(const std::string& id) { return store_->run(id).has_value(); }
    bool waits() { return retention_->waits_until().has_value(); }
    void jump(milliseconds by) { store_->clock().set_forward(by.count()); }

    std::unique_ptr<Store> store_ = Store::open("memory:", "test");
    RetentionSettings settings_;
    std::unique_ptr<test::Machinery> machinery_;
    std::unique_ptr<Retention> retention_;
};

TEST_F(Kept, nothing_is_deleted_after_a_jump_of_the_clock_until_it_has_held) {
    finished("old", hours(24 * 8));
    finished("new", hours(1));
    settings_.clock_holds = seconds(2);
    serve();
    ASSERT_TRUE(test::until([&] { return !is_there("old"); }));
    jump(hours(24 * 400));
    ASSERT_TRUE(test::until([&] { return waits(); }));
    EXPECT_TRUE(is_there("new"));
    EXPECT_TRUE(test::until([&] { return !is_there("new"); })) << "it has held for as long";
    EXPECT_FALSE(waits());
}

TEST_F(Kept, a_clock_that_was_set_back_in_time_has_lost_no_run) {
    finished("new", hours(1));
    settings_.clock_holds = seconds(2);
    serve();
    ASSERT_TRUE(test::until([&] { return !store_->note("retention").empty(); }));
    jump(hours(24 * 400));
    ASSERT_TRUE(test::until([&] { return waits(); }));
    jump(-hours(24 * 400));
    ASSERT_TRUE(test::until(
        [&] { return waits() && *retention_->waits_until() <= store_->now() + 2'000; }));
    EXPECT_TRUE(test::until([&] { return !waits(); }));
    EXPECT_TRUE(is_there("new"));
}

TEST_F(Kept, the_wait_goes_on_in_the_next_host) {
    finished("new", hours(1));
    serve();
    ASSERT_TRUE(test::until([&] { return !store_->note("retention").empty(); }));
    jump(hours(24 * 400));
    ASSERT_TRUE(test::until([&] {
        return store_->note("retention").find("\"waits_until\":null") == std::string::npos;
    }));
    serve();
    ASSERT_TRUE(test::until([&] { return waits(); }));
    EXPECT_TRUE(is_there("new"));
}

TEST_F(Kept, a_jump_while_no_host_ran_is_noticed_by_the_next_one) {
    finished("new", hours(1));
    serve();
    ASSERT_TRUE(test::until([&] { return !store_->note("retention").empty(); }));
    stop();
    jump(hours(24 * 400));
    serve();
    ASSERT_TRUE(test::until([&] { return waits(); }));
    EXPECT_TRUE(is_there("new"));
}

TEST_F(Kept, a_short_stop_of_the_host_keeps_nothing_longer) {
    serve();
    ASSERT_TRUE(test::until([&] { return !store_->note("retention").empty(); }));
    stop();
    finished("old", hours(24 * 8));
    jump(minutes(50));
    serve();
    EXPECT_TRUE(test::until([&] { return !is_there("old"); }));
    EXPECT_FALSE(waits());
}

TEST_F(Kept, what_deleted_runs_leave_free_is_given_back_to_the_disk) {
    const test::TempDir dir;
    store_ = Store::open("sqlite:" + (dir / "g.db").string(), "test");
    store_->put_definition({"hash", "w", "{}"});
    for (int i = 0; i < 100; ++i) {
        auto begun = accept("r" + std::to_string(i), {}, store_->host());
        begun.run.input = "\"" + std::string(100'000, 'x') + "\"";
        ASSERT_TRUE(committed(post(*store_, begun)));
        ASSERT_TRUE(committed(post(*store_, ending(begun))));
    }
    ASSERT_GT(store_->size().bytes, 10'000'000);
    serve();
    EXPECT_TRUE(test::until([&] { return store_->size().bytes < 2'000'000; }))
        << store_->size().bytes << ", free " << store_->size().free_bytes;
    stop();
    store_.reset();
    EXPECT_LT(std::filesystem::file_size(dir / "g.db"), 2'000'000U);
    store_ = Store::open("memory:", "test");
}

}  // namespace
}  // namespace gantry::host
