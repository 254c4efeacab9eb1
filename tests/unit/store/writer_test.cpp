// What the writer puts into one transaction, and what it says of itself meanwhile.
#include "store/writer.hpp"

#include "base/carry_on.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <latch>
#include <thread>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;

/// Remembers its batches; the first one takes until it is let go.
class Sink : public BatchSink {
public:
    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override {
        if (batches.empty()) {
            begun.count_down();
            go_on.wait();
        }
        batches.push_back(batch.size());
        return std::vector<Outcome>(batch.size(), Committed{});
    }
    std::vector<std::size_t> batches;
    std::latch begun{1};
    std::latch go_on{1};
};

WriteItem item(const std::string& run_id, std::size_t bytes = 0, Done done = {}) {
    WriteItem item;
    const auto mutation = std::make_shared<Mutation>();
    mutation->run.id = run_id;
    mutation->run.pins.clear();
    mutation->run.output = std::string(bytes, 'x');
    item.mutation = mutation;
    item.done = std::move(done);
    return item;
}

/// The batches of these items, which come while another one is being written.
std::vector<std::size_t> batches_of(std::vector<WriteItem> items, Writer::Settings settings = {}) {
    Sink sink;
    {
        Writer writer(sink, settings);
        writer.post(item("first"));
        sink.begun.wait();
        for (auto& one : items) writer.post(std::move(one));
        sink.go_on.count_down();
    }
    sink.batches.erase(sink.batches.begin());
    return sink.batches;
}

using Sizes = std::vector<std::size_t>;

TEST(Writer, takes_all_that_waits_into_one_transaction_up_to_a_limit) {
    std::vector<WriteItem> items;
    for (int i = 0; i < 1'000; ++i) items.push_back(item(std::to_string(i)));
    EXPECT_EQ(batches_of(std::move(items)), (Sizes{512, 488}));
}

TEST(Writer, ends_a_transaction_before_its_payloads_are_too_large) {
    constexpr std::size_t kMiB = std::size_t{1} << 20;
    std::vector<WriteItem> items;
    for (int i = 0; i < 8; ++i) items.push_back(item(std::to_string(i), kMiB));
    items.push_back(item("one more", 1));
    items.push_back(item("alone", 9 * kMiB));
    items.push_back(item("last", kMiB));
    EXPECT_EQ(batches_of(std::move(items)), (Sizes{8, 1, 1, 1}));
}

TEST(Writer, writes_a_run_once_in_a_transaction) {
    std::vector<WriteItem> items;
    for (const char* id : {"a", "b", "a", "c", "c"}) items.push_back(item(id));
    EXPECT_EQ(batches_of(std::move(items)), (Sizes{2, 2, 1}));
}

TEST(Writer, says_how_much_waits_and_for_how_long_nothing_was_written) {
    Sink sink;
    Writer writer(sink, {});
    EXPECT_EQ(writer.still_for(), milliseconds(0));
    writer.post(item("first"));
    sink.begun.wait();
    EXPECT_EQ(writer.waiting(), 0U) << "it is being written";
    std::promise<void> last;
    writer.post(item("second"));
    writer.post(item("third", 0, [&](const Outcome&) { last.set_value(); }));
    EXPECT_EQ(writer.waiting(), 2U);
    std::this_thread::sleep_for(milliseconds(30));
    EXPECT_GE(writer.still_for(), milliseconds(30));
    sink.go_on.count_down();
    last.get_future().get();
    while (writer.still_for() > milliseconds(0)) std::this_thread::yield();
    EXPECT_EQ(writer.waiting(), 0U);
}

TEST(Writer, counts_what_it_has_taken_but_not_begun_as_waiting) {
    Sink sink;
    Writer writer(sink, {.batch = 1});
    std::latch both(1);
    writer.post({{}, {}, [&] { both.wait(); }});
    for (const char* id : {"a", "b", "c"}) writer.post(item(id));
    both.count_down();
    sink.begun.wait();
    EXPECT_EQ(writer.waiting(), 2U);
    sink.go_on.count_down();
}

/// Says of each batch on which thread it was written.
class ThreadSink : public BatchSink {
public:
    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override {
        threads.push_back(std::this_thread::get_id());
        sizes.push_back(batch.size());
        return std::vector<Outcome>(batch.size(), Committed{});
    }
    std::vector<std::thread::id> threads;
    std::vector<std::size_t> sizes;
};

TEST(Writer, who_carries_on_writes_itself_what_nobody_else_has_to) {
    ThreadSink sink;
    Writer writer(sink, {});
    bool done = false;
    {
        const CarryOn carry_on;
        writer.post(item("a", 0, [&](const Outcome&) { done = true; }));
        EXPECT_FALSE(done) << "it is written at the end";
    }
    EXPECT_TRUE(done);
    EXPECT_EQ(sink.threads.at(0), std::this_thread::get_id());
    EXPECT_EQ(writer.still_for(), std::chrono::steady_clock::duration::zero());
}

TEST(Writer, of_a_chain_of_writes_that_was_carried_on_only_the_first_is_made_there) {
    ThreadSink sink;
    std::promise<void> over;
    std::function<void(int)> chain;
    Writer writer(sink, {});
    chain = [&](int left) {
        if (left == 0) return over.set_value();
        writer.post(item("a", 0, [&, left](const Outcome&) { chain(left - 1); }));
    };
    {
        const CarryOn carry_on;
        chain(6);
    }
    over.get_future().wait();
    const auto here = std::this_thread::get_id();
    EXPECT_EQ(std::count(sink.threads.begin(), sink.threads.end(), here), 1);
    EXPECT_EQ(sink.threads.at(0), here);
    EXPECT_NE(sink.threads.at(5), here);
}

TEST(Writer, several_at_once_are_one_transaction_of_the_writers) {
    ThreadSink sink;
    std::latch all(3);
    Writer writer(sink, {});
    {
        const CarryOn carry_on;
        for (const char* id : {"a", "b", "c"}) {
            writer.post(item(id, 0, [&](const Outcome&) { all.count_down(); }));
        }
    }
    all.wait();
    EXPECT_EQ(sink.sizes, Sizes{3});
    EXPECT_NE(sink.threads.at(0), std::this_thread::get_id());
}

}  // namespace
}  // namespace gantry::host
