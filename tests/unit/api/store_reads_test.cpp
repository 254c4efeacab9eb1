// A store that fails a read while somebody waits for a run: an error is the answer, and the host
// lives.
#include "base/fault.hpp"
#include "support/store_rows.hpp"
#include "test_host.hpp"

namespace gantry::host {

#ifdef GANTRY_FAULTS

namespace {

/// The next read of the store fails, and no other.
class NextReadFails {
public:
    NextReadFails() { fault::arm("store.read:1:error"); }
    ~NextReadFails() {
        EXPECT_GE(fault::passes("store.read"), 1U) << "nothing was read";
        fault::arm("");
    }
    NextReadFails(const NextReadFails&) = delete;
    NextReadFails& operator=(const NextReadFails&) = delete;
};

void is_unavailable(const Response& answer) {
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_NE(answer.body.find("a fault at store.read"), std::string::npos) << answer.body;
}

}  // namespace

TEST(StoreReads, who_waits_for_a_known_run_gets_the_error_and_the_first_caller_its_result) {
    TestHost host;
    const auto ask = [&] {
        return host.send("POST", "/two", R"({"do":"hang"})", {{"Idempotency-Key", "key"}});
    };
    auto first = std::async(std::launch::async, ask);
    host.steps.wait_until_hanging(1);
    {
        const NextReadFails here;
        is_unavailable(ask());
    }
    host.steps.release();
    EXPECT_EQ(first.get().status, 200);
    EXPECT_EQ(ask().status, 200);
}

TEST(StoreReads, whose_wait_is_over_gets_the_error_and_the_run_goes_on) {
    TestHost host;
    {
        const NextReadFails here;
        is_unavailable(host.send("POST", "/hasty", R"({"do":"hang"})"));
    }
    host.steps.wait_until_hanging(1);
    const std::string id = test::all_runs(*host.store).front().id;
    host.steps.release();
    host.wait_for(id);
    EXPECT_EQ(host.send("GET", "/runs/" + id).status, 200);
}

TEST(StoreReads, every_view_of_runs_answers_the_error) {
    const TestHost host;
    ASSERT_EQ(host.send("POST", "/two", R"({"do":"ok"})").status, 200);
    const std::string id = test::all_runs(*host.store).front().id;
    for (const auto& target : {"/runs/" + id, kRuns, kRuns + "/" + id, kRuns + "/two/" + id,
                               std::string("/admin/status"), std::string("/admin/unaccounted")}) {
        {
            const NextReadFails here;
            is_unavailable(host.admin("GET", target));
        }
        EXPECT_EQ(host.admin("GET", target).status, 200) << target;
    }
}

#endif

}  // namespace gantry::host
