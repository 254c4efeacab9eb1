// Fault points and mutants: what the environment arms, and that a mistake in it is never silent.
#include "base/fault.hpp"

#include <gantry/error.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

namespace gantry::host {
namespace {

// A child of its own that was armed by its environment alone.
class Fault : public testing::Test {
protected:
    void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
    void TearDown() override {
        unsetenv("GANTRY_FAULT");
        unsetenv("GANTRY_MUTANT");
    }
};

#ifdef GANTRY_FAULTS

std::string mistake(const std::string& faults, const std::string& mutants = "") {
    try {
        fault::arm(faults, mutants);
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        return e.message();
    }
    return "";
}

class ArmedFault : public Fault {
protected:
    void TearDown() override {
        fault::arm("");
        Fault::TearDown();
    }
};

TEST_F(Fault, kill_from_the_environment_is_sigkill_at_the_nth_pass) {
    setenv("GANTRY_FAULT", "effect.after:2:kill", 1);
    const auto pass_twice = [] {
        fault::at("effect.after");
        fault::at("effect.before");
        std::cerr << "alive after one pass" << std::endl;
        fault::at("effect.after");
    };
    EXPECT_EXIT(pass_twice(), testing::KilledBySignal(SIGKILL), "alive after one pass");
}

TEST_F(Fault, exit_from_the_environment_is_70) {
    setenv("GANTRY_FAULT", "undo.before:1:exit", 1);
    EXPECT_EXIT(fault::at("undo.before"), testing::ExitedWithCode(70), "");
}

TEST_F(Fault, a_mutant_from_the_environment_is_taken_out) {
    setenv("GANTRY_MUTANT", "fence", 1);
    EXPECT_EXIT(std::_Exit(fault::without("fence") && !fault::without("fsync") ? 7 : 8),
                testing::ExitedWithCode(7), "");
}

TEST_F(Fault, a_misspelt_variable_ends_the_process_and_names_the_known_points) {
    setenv("GANTRY_FAULT", "efect.after:1:kill", 1);
    EXPECT_EXIT(
        fault::check(), testing::ExitedWithCode(2),
        "efect.after.*Did you mean \"effect.after\".*Known: accept.before, .*migrate.middle");
    EXPECT_EXIT(fault::at("accept.before"), testing::ExitedWithCode(2), "unknown point");
    unsetenv("GANTRY_FAULT");
    setenv("GANTRY_MUTANT", "fense", 1);
    EXPECT_EXIT(fault::check(), testing::ExitedWithCode(2), "fense.*Known: fence, started");
}

TEST_F(ArmedFault, an_error_is_thrown_at_its_pass_only) {
    fault::arm("finish.before:2:error");
    fault::at("finish.before");
    fault::at("finish.after");
    try {
        fault::at("finish.before");
        FAIL() << "no error";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_UNAVAILABLE);
        EXPECT_NE(e.message().find("finish.before"), std::string::npos);
    }
    fault::at("finish.before");
}

TEST_F(ArmedFault, several_faults_count_their_own_passes) {
    fault::arm("claim.after:1:error,park.after:2:error,claim.after:3:error");
    EXPECT_THROW(fault::at("claim.after"), Error);
    fault::at("park.after");
    EXPECT_NO_THROW(fault::at("claim.after"));
    EXPECT_THROW(fault::at("park.after"), Error);
    EXPECT_THROW(fault::at("claim.after"), Error);
    EXPECT_EQ(fault::passes("claim.after"), 3U);
    EXPECT_EQ(fault::passes("park.after"), 2U);
    EXPECT_EQ(fault::passes("undo.after"), 0U) << "not armed";
}

TEST_F(ArmedFault, hang_sleeps_once_and_delay_from_its_pass_on) {
    using Clock = std::chrono::steady_clock;
    const auto took_three = [](auto pass) {
        const auto began = Clock::now();
        for (int i = 0; i < 3; ++i) pass();
        return Clock::now() - began;
    };
    fault::arm("effect.before:2:hang:1000,effect.after:2:delay:20");
    const auto hang = took_three([] { fault::at("effect.before"); });
    EXPECT_GE(hang, std::chrono::milliseconds(1000));
    EXPECT_LT(hang, std::chrono::milliseconds(2000));
    EXPECT_GE(took_three([] { fault::at("effect.after"); }), std::chrono::milliseconds(40));
}

TEST_F(ArmedFault, nothing_armed_does_nothing) {
    fault::arm("");
    EXPECT_NO_THROW(fault::at("effect.before"));
    EXPECT_FALSE(fault::without("reverse"));
}

TEST_F(ArmedFault, several_guards_can_be_taken_out) {
    fault::arm("", "started,undo_wait");
    EXPECT_TRUE(fault::without("started"));
    EXPECT_TRUE(fault::without("undo_wait"));
    EXPECT_FALSE(fault::without("fence"));
}

TEST_F(ArmedFault, a_mistake_is_said_and_changes_nothing) {
    fault::arm("effect.after:1:error");
    for (const auto* text :
         {"effect.after", "effect.after:1", "effect.after:0:kill", "effect.after:x:kill",
          "effect.after:1:kill:5", "effect.after:1:hang", "effect.after:1:hang:",
          "effect.after:1:"
          "hang:5s",
          "effect.after:1:explode", "effect.after:-1:kill"}) {
        EXPECT_NE(mistake(text).find("expected point:nth:kill"), std::string::npos) << text;
    }
    for (const auto* text : {"nowhere:1:kill", "effect.after:1:kill,", ",", ":1:kill"}) {
        EXPECT_NE(mistake(text).find("Known: accept.before"), std::string::npos) << text;
    }
    EXPECT_THROW(fault::at("effect.after"), Error);
}

#else

TEST_F(Fault, a_release_build_refuses_the_variables) {
    setenv("GANTRY_FAULT", "effect.after:1:kill", 1);
    EXPECT_EXIT(fault::check(), testing::ExitedWithCode(2), "GANTRY_FAULT is set.*Release");
    unsetenv("GANTRY_FAULT");
    setenv("GANTRY_MUTANT", "fence", 1);
    EXPECT_EXIT(fault::check(), testing::ExitedWithCode(2), "GANTRY_MUTANT is set.*Release");
}

TEST_F(Fault, a_release_build_has_no_points) {
    static_assert(!fault::without("fence"));
    setenv("GANTRY_FAULT", "effect.after:1:kill", 1);
    fault::at("effect.after");
}

#endif

}  // namespace
}  // namespace gantry::host
