// What goes to a plugin and comes from one: each limit tried as it is and one beyond.
#include "plugin/limits.hpp"
#include "plugin/fair_threads.hpp"
#include "probe_rig.hpp"

#include <future>

namespace gantry::host {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::string text_of(std::size_t bytes) { return '"' + std::string(bytes - 2, 'x') + '"'; }

gantry_status code_of(const std::string& text, const PayloadLimit& limit) {
    try {
        check_json(text, limit);
        return GANTRY_OK;
    } catch (const Error& e) {
        return e.code();
    }
}

void expect_exact(const PayloadLimit& limit, std::size_t bytes, std::size_t depth) {
    EXPECT_EQ(code_of(text_of(bytes), limit), GANTRY_OK);
    EXPECT_EQ(code_of(text_of(bytes + 1), limit), GANTRY_E_TOO_LARGE);
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    EXPECT_EQ(code_of(nested(depth), limit), GANTRY_OK);
    EXPECT_EQ(code_of(nested(depth + 1), limit), GANTRY_E_INVALID_DATA);
}

TEST(Limits, outputs_undo_data_and_calls_of_services_each_have_room_for_the_other) {
    expect_exact(kPayload, kMiB, 200);
    expect_exact(kUndoPayload, kMiB + (32 << 10), 208);
    expect_exact(kServicePayload, kMiB + (64 << 10), 216);
}

TEST(Limits, the_output_of_a_step_has_a_mebibyte) {
    test::ProbeRig rig;
    const auto end = [&](std::size_t bytes) {
        return rig.step(test::script({{{"complete", std::string(bytes - 2, 'x')}}}));
    };
    const auto most = end(kMiB);
    EXPECT_FALSE(most.error) << most.error->message();
    EXPECT_EQ(most.output.size(), kMiB);
    const auto more = end(kMiB + 1);
    ASSERT_TRUE(more.error);
    EXPECT_EQ(more.error->code(), GANTRY_E_TOO_LARGE);
}

TEST(Limits, the_input_of_a_service_has_64_kib_more) {
    test::ProbeRig rig;
    const auto put = [&](std::size_t bytes) {
        const std::string begin = R"({"x":)", end = "}";
        const auto text = begin + text_of(bytes - begin.size() - end.size()) + end;
        const auto ended = rig.container.call("leaf", "put", text, "k", std::chrono::seconds(30));
        return ended.error ? ended.error->code() : GANTRY_OK;
    };
    EXPECT_EQ(put(kMiB + (64 << 10)), GANTRY_OK);
    EXPECT_EQ(put(kMiB + (64 << 10) + 1), GANTRY_E_TOO_LARGE);
}

TEST(Limits, of_64_threads_a_step_has_48_a_module_56_and_a_second_one_6_of_the_rest) {
    Pool pool(Pool::Settings{});
    FairThreads fair(pool);
    std::promise<void> free;
    const auto go_on = free.get_future().share();
    const auto running_after = [&](const std::string& module, int steps) {
        for (int i = 0; i < 70 * steps; ++i) {
            fair.submit(module, module + std::to_string(i % steps),
                        [go_on](const auto&) { go_on.wait(); });
        }
        return fair.running();
    };
    EXPECT_EQ(running_after("one", 1), 48U);
    EXPECT_EQ(running_after("one", 40), 56U);
    EXPECT_EQ(running_after("two", 1), 62U);
    free.set_value();
    pool.stop();
}

TEST(Limits, of_64_threads_six_may_be_lost_and_a_start_is_given_up_after_40_seconds) {
    test::ProbeRig rig;
    EXPECT_EQ(rig.container.stuck().limit(), 6U) << "the pool has 64 unless told otherwise";
    const CallSettings settings;
    EXPECT_EQ(settings.create_timeout + settings.grace, std::chrono::seconds(40));
}

}  // namespace
}  // namespace gantry::host
