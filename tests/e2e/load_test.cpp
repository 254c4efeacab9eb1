// A plugin that cannot be loaded, or not beside another, is named before anything starts: also
// where the process ends with it.
#include "support/host_process.hpp"
#include "support/sanitizers.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace gantry::test {
namespace {

namespace fs = std::filesystem;

const fs::path kTestPlugins = GANTRY_TEST_PLUGINS;
const std::string kFaulty = (kTestPlugins / "faulty-load.so").string();

json config_of(const json& modules) {
    return {{"store", "sqlite:data/gantry.db"},
            {"http", {{"listen", "127.0.0.1:0"}}},
            {"modules", modules}};
}

json module_of(const fs::path& file) { return {{"plugin", file.string()}}; }

void expect_in(const std::string& text, const std::vector<std::string>& parts) {
    for (const auto& part : parts) {
        EXPECT_NE(text.find(part), std::string::npos) << "lacks: " << part << "\nin: " << text;
    }
}

/// What the plugin does while it is loaded by a program that is started from now on.
class Fault {
public:
    explicit Fault(const char* fault) { ::setenv("GANTRY_TEST_LOAD", fault, 1); }
    ~Fault() { ::unsetenv("GANTRY_TEST_LOAD"); }
    Fault(const Fault&) = delete;
    Fault& operator=(const Fault&) = delete;
};

class Load : public testing::Test {
protected:
    HostProcess host_{config_of({{"m", module_of(kFaulty)}})};
};

void expect_check_names(HostProcess& host, const char* fault, const std::string& reason) {
    SCOPED_TRACE(fault);
    const Fault armed(fault);
    const auto result = host.cli({"config", "check"});
    EXPECT_EQ(result.exit_code, 2);
    expect_in(result.err, {kFaulty, "faulty-load 1.0.0", reason});
    EXPECT_EQ(result.out, "");
}

TEST_F(Load, a_plugin_that_ends_the_process_while_it_is_loaded_is_named_by_config_check) {
    expect_check_names(host_, "exits", "it called exit()");
    expect_check_names(host_, "exits at once", "ended with exit code 0");
    expect_check_names(host_, "crashes", "ended by Segmentation fault");
    expect_check_names(host_, "throws", "no licence found");
    EXPECT_FALSE(fs::exists(host_.dir() / "data"));
}

TEST_F(Load, a_plugin_that_hangs_while_it_is_loaded_is_given_up_by_config_check) {
    expect_check_names(host_, "hangs", "it has not returned for 30 s");
}

TEST_F(Load, a_plugin_that_exits_while_it_is_loaded_is_named) {
    for (const auto& [fault, reason] :
         {std::pair{"exits", "it called exit()"}, std::pair{"throws", "no licence found"}}) {
        const Fault armed(fault);
        EXPECT_FALSE(host_.try_serve());
        EXPECT_EQ(host_.process().exit_code(), 2);
        expect_in(host_.log(), {kFaulty, "module m (plugin faulty-load 1.0.0)", reason});
    }
}

TEST_F(Load, a_host_that_died_while_it_loaded_a_plugin_is_told_of_by_the_next) {
    host_.serve();
    host_.stop();
    for (const char* fault : {"exits at once", "crashes"}) {
        {
            const Fault armed(fault);
            EXPECT_FALSE(host_.try_serve());
        }
        host_.serve();
        expect_in(host_.log(), {"the host before this one died while it was in load of module m "
                                "(plugin faulty-load 1.0.0), " +
                                kFaulty});
        host_.stop();
        EXPECT_FALSE(fs::exists(host_.dir() / "data/gantry.db.loading"));
    }
    host_.serve();
    EXPECT_EQ(host_.log().find("the host before"), std::string::npos) << host_.log();
    host_.stop();
}

TEST_F(Load, a_crash_while_a_plugin_is_loaded_names_it) {
    if (kSanitized) GTEST_SKIP() << "a host of a sanitizer leaves signals alone";
    const Fault armed("crashes");
    EXPECT_FALSE(host_.try_serve());
    expect_in(host_.log(), {"crashed with SIGSEGV in load of module m (plugin faulty-load 1.0.0)"});
}

TEST_F(Load, a_plugin_that_hangs_while_it_is_loaded_is_named_and_a_signal_ends_the_host) {
    const Fault armed("hangs");
    auto& process = host_.serve_without_waiting();
    EXPECT_FALSE(process.wait(std::chrono::seconds(12)));
    expect_in(host_.log(), {"load of module m (plugin faulty-load 1.0.0), " + kFaulty +
                            " has not returned for 10 s"});
    process.signal(SIGTERM);
    ASSERT_TRUE(process.wait(std::chrono::seconds(5)));
    EXPECT_EQ(process.exit_code(), 0);
    expect_in(host_.log(), {"stopped while it was starting", kFaulty});
}

TEST(LoadTogether, two_plugins_with_different_libraries_of_one_name_are_refused) {
    const auto plugin = [](const std::string& side) {
        return kTestPlugins / ("codec-" + side) / ("codec-" + side + ".so");
    };
    HostProcess host(
        config_of({{"first", module_of(plugin("a"))}, {"second", module_of(plugin("b"))}}));
    const std::vector<std::string> parts = {"modules.second.plugin",
                                            plugin("b").string(),
                                            "needs libacmecodec.so",
                                            (kTestPlugins / "codec-a/libacmecodec.so").string(),
                                            (kTestPlugins / "codec-b/libacmecodec.so").string(),
                                            "link it statically",
                                            "another SONAME"};
    const auto check = host.cli({"config", "check"});
    EXPECT_EQ(check.exit_code, 2);
    expect_in(check.err, parts);
    EXPECT_FALSE(host.try_serve());
    EXPECT_EQ(host.process().exit_code(), 2);
    expect_in(host.log(), parts);
}

TEST(LoadTogether, two_plugins_may_have_the_same_library) {
    const TempDir folder;
    for (const char* file : {"codec-a/libacmecodec.so", "codec-b/codec-b.so"}) {
        fs::copy_file(kTestPlugins / file, folder / fs::path(file).filename());
    }
    HostProcess host(config_of({{"first", module_of(kTestPlugins / "codec-a/codec-a.so")},
                                {"second", module_of(folder / "codec-b.so")}}));
    const auto check = host.cli({"config", "check"});
    EXPECT_EQ(check.exit_code, 0) << check.err;
}

TEST(LoadTogether, a_plugin_that_would_get_a_library_of_the_program_is_warned_about) {
    const auto folder = kTestPlugins / "brings-curl";
    HostProcess host(config_of({{"m", module_of(folder / "brings-curl.so")}}));
    const auto check = host.cli({"config", "check"});
    EXPECT_EQ(check.exit_code, 0);
    expect_in(check.err, {"needs libcurl.so.4, for it " + (folder / "libcurl.so.4").string(),
                          "which this program has under that name"});
}

TEST(LoadTogether, a_plugin_that_exports_more_than_its_entry_is_warned_about) {
    const auto file = kTestPlugins / "exporting.so";
    HostProcess host(config_of({{"m", module_of(file)}}));
    const std::vector<std::string> parts = {file.string() + ": exports acme_once",
                                            "gantry_add_plugin"};
    const auto check = host.cli({"config", "check"});
    EXPECT_EQ(check.exit_code, 0);
    expect_in(check.err, parts);
    host.serve();
    expect_in(host.log(), parts);
    host.stop();
}

}  // namespace
}  // namespace gantry::test
