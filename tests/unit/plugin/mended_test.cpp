// Defects that were found and mended; each test failed before.
#include "probe_rig.hpp"

#include <condition_variable>
#include <gantry/service.hpp>

namespace gantry::host {
namespace {
using std::chrono::milliseconds;
using test::call_of;
using test::ProbeRig;
using test::script;

// attempt.cpp returned(): MISUSE instead of DEADLINE when the timer's thread is behind.
TEST(Mended, a_late_step_that_returns_before_the_timer_fires_ends_with_deadline) {
    ProbeRig rig;
    std::promise<void> go;
    auto gone = std::make_shared<std::promise<void>>();
    rig.timers.after({}, [future = std::make_shared<std::future<void>>(go.get_future()), gone] {
        gone->set_value();
        future->wait();
    });
    test::get(gone);  // the timer's thread is busy now
    const auto end = rig.begin(script({{{"until_stopped", true}}}), {.timeout = milliseconds(20)});
    auto f = end.ended->get_future();
    EXPECT_EQ(f.wait_for(test::kPatience), std::future_status::ready);
    go.set_value();
    const auto e = f.get();
    EXPECT_EQ(e.error->code(), GANTRY_E_DEADLINE) << e.error->message();
}

TEST(Mended, a_write_below_a_read_does_not_arrive) {
    ProbeRig rig;
    rig.step(script({call_of("inner.look", script({call_of("inner.put")}))}));
    EXPECT_TRUE(rig.keys("leaf").empty());
}

// less than 500 ms left: the write is carried out although its own deadline has passed.
TEST(Mended, a_write_whose_time_is_over_before_it_begins_does_not_reach_the_service) {
    ProbeRig rig;
    rig.step(script({call_of("inner.put")}), {.timeout = milliseconds(400)});
    EXPECT_TRUE(rig.keys("middle").empty());
}

// manifest with methods that are no strings: nlohmann's exception leaves parse_manifest.
TEST(Mended, methods_that_are_no_strings_are_an_error_of_the_manifest) {
    EXPECT_THROW(parse_manifest(R"({"id":"p","version":"1.0.0","abi":{"major":1},
        "service":{"interface":"x/1","methods":[1]}})"),
                 Error);
}
TEST(Mended, a_major_beyond_int_is_not_taken_for_one) {
    try {
        EXPECT_NE(
            parse_manifest(R"({"id":"p","version":"1.0.0","abi":{"major":4294967297}})").abi_major,
            1);
    } catch (const Error&) {
    }
}
TEST(Mended, a_method_mode_that_is_a_typo_is_refused) {
    EXPECT_THROW(parse_manifest(R"({"id":"p","version":"1.0.0","abi":{"major":1},
        "service":{"interface":"x/1","methods":{"a":"raed"}}})"),
                 Error);
}
TEST(Mended, two_steps_of_one_name_are_refused) {
    EXPECT_THROW(parse_manifest(R"({"id":"p","version":"1.0.0","abi":{"major":1},
        "steps":[{"name":"a"},{"name":"a"}]})"),
                 Error);
}

// two slots released while a nested call waits for one: the queued step stays behind.
TEST(Mended, no_slot_is_free_while_a_step_is_queued) {
    int lost = 0;
    for (int round = 0; round < 20 && lost == 0; ++round) {
        Slots slots(2);
        slots.take_or_queue([] { return true; });
        slots.take_or_queue([] { return true; });
        std::atomic<bool> told{false};
        slots.take_or_queue([&] {
            told = true;
            return true;
        });
        std::promise<void> hold, taken;
        std::thread nested([&] {
            slots.take(std::chrono::steady_clock::now() + std::chrono::seconds(20));
            taken.set_value();
            hold.get_future().wait();
            slots.release();
        });
        for (int i = 0; i < 200; ++i) std::this_thread::yield();
        slots.release();
        slots.release();
        taken.get_future().wait();
        if (!told) ++lost;
        hold.set_value();
        nested.join();
    }
    EXPECT_EQ(lost, 0);
}

// details a hundred thousand levels deep
TEST(Mended, deep_details_of_an_error_are_dropped) {
    std::string deep = "{\"a\":" + std::string(200000, '[') + std::string(200000, ']') + "}";
    gantry_error e{sizeof e, GANTRY_E_REJECTED, 0, 0, str("m"), str(deep)};
    const auto error = plugin_error(e, {{}, {}});
    EXPECT_TRUE(error.details().is_null());
    (void)error.details().dump().size();
}
}  // namespace
}  // namespace gantry::host
