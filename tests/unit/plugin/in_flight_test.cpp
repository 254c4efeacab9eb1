// What is left in the file of calls when a process dies, and what is not when it ends well.
#include "plugin/in_flight.hpp"

#include "hang_rig.hpp"
#include "under_way.hpp"

#include <sys/wait.h>

namespace gantry::host {
namespace {

using test::call_of;
using test::HangRig;
using test::ProbeRig;
using test::script;

std::string words(const Running& running) {
    std::string out;
    in_words(running, [&](std::string_view piece) { out += piece; });
    return out;
}

std::vector<std::string> left(const std::filesystem::path& file) {
    std::vector<std::string> out;
    for (const auto& call : InFlight::read_left(file)) out.push_back(words(call.running()));
    return out;
}

/// Runs `body` in a process of its own, which then dies at once.
void in_dying_process(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        body();
        std::_Exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
}

TEST(InFlight, names_the_innermost_call_of_each_thread_of_a_process_that_died) {
    const test::TempDir folder;
    const auto file = folder / "calls";
    in_dying_process([&] {
        auto* calls = new InFlight(file);  // NOLINT: it dies with the process
        const InFlight::Mark outer(calls, kStep);
        { const InFlight::Mark over(calls, kStep); }
        const InFlight::Mark inner(calls, kMethod);
        std::_Exit(0);
    });
    EXPECT_EQ(left(file), std::vector<std::string>{words(kMethod)});
}

TEST(InFlight, names_the_caller_again_when_the_inner_call_is_over) {
    const test::TempDir folder;
    const auto file = folder / "calls";
    InFlight calls(file);
    const InFlight::Mark outer(&calls, kStep);
    { const InFlight::Mark inner(&calls, kMethod); }
    EXPECT_EQ(left(file), std::vector<std::string>{words(kStep)});
}

TEST(InFlight, nothing_is_left_of_calls_that_are_over_nor_of_a_process_that_ended_well) {
    const test::TempDir folder;
    const auto file = folder / "calls";
    EXPECT_TRUE(left(file).empty()) << "no file";
    {
        InFlight calls(file);
        { const InFlight::Mark mark(&calls, kMethod); }
        EXPECT_TRUE(left(file).empty());
        const InFlight::Mark mark(&calls, kMethod);
        EXPECT_EQ(left(file).size(), 1U);
        calls.forget();
        EXPECT_TRUE(left(file).empty());
    }
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(InFlight, long_names_are_cut_and_more_calls_than_it_has_room_for_are_made_unmarked) {
    const test::TempDir folder;
    const auto file = folder / "calls";
    InFlight calls(file);
    std::vector<std::unique_ptr<InFlight::Mark>> marks;
    const std::string name(1000, 'x');
    for (int i = 0; i < 300; ++i) {
        marks.push_back(
            std::make_unique<InFlight::Mark>(&calls, Running{name, name, name, name, name, name}));
    }
    EXPECT_EQ(InFlight::read_left(file).at(0).module, std::string(63, 'x'));
    while (!marks.empty()) marks.pop_back();
    EXPECT_TRUE(left(file).empty());
}

TEST(InFlight, a_file_of_another_size_is_none) {
    const test::TempDir folder;
    const auto file = folder / "calls";
    InFlight calls(file);
    const InFlight::Mark mark(&calls, kStep);
    ASSERT_EQ(left(file).size(), 1U);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    EXPECT_TRUE(left(file).empty());
}

TEST(InFlight, a_link_in_its_place_is_not_followed_and_what_it_leads_to_stays_as_it_was) {
    const test::TempDir folder;
    const auto target = folder / "target";
    const auto file = folder / "calls";
    in_dying_process([&] {
        auto* calls = new InFlight(target);  // NOLINT: it dies with the process
        const InFlight::Mark mark(calls, kMethod);
        std::_Exit(0);
    });
    std::filesystem::create_symlink(target, file);
    EXPECT_TRUE(left(file).empty()) << "nobody knows who wrote that";
    EXPECT_THROW(InFlight{file}, Error);
    EXPECT_EQ(left(target), std::vector<std::string>{words(kMethod)});
}

TEST(InFlight, a_thread_knows_the_innermost_function_it_is_in) {
    EXPECT_EQ(InFlight::on_this_thread(), nullptr);
    {
        const InFlight::Mark outer(nullptr, kStep);
        {
            const InFlight::Mark inner(nullptr, kMethod);
            EXPECT_EQ(words(*InFlight::on_this_thread()), words(kMethod));
            std::thread([] { EXPECT_EQ(InFlight::on_this_thread(), nullptr); }).join();
        }
        EXPECT_EQ(words(*InFlight::on_this_thread()), words(kStep));
    }
    EXPECT_EQ(InFlight::on_this_thread(), nullptr);
}

TEST(InFlight, steps_and_the_services_they_call_are_marked_while_they_run) {
    const test::TempDir folder;
    const auto file = folder / "calls";
    InFlight calls(file);
    HangRig rig;
    rig.container.mark_calls_in(calls);
    rig.begin(script({call_of("inner.look", script({rig.hang()}))}));
    rig.wait_until_inside("middle");
    while (left(file) !=
           std::vector<std::string>{"method look of module middle (plugin probe 1.0.0), within "
                                    "step probe, run run-1"}) {
        std::this_thread::yield();
    }
    rig.let_go();
    EXPECT_TRUE(left(file).empty());
}

}  // namespace
}  // namespace gantry::host
