// A plugin of this header in hosts of every older minor, and in one that is younger: its tables end
// where memory ends.
#include "contract/abi/fake_host.hpp"

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <nlohmann/json.hpp>

namespace gantry::test {
namespace {

using nlohmann::json;

// A line per minor: how long its tables are. Lines are added and never changed.
constexpr TableSizes kSizes[] = {
    {104, 128, 48},
};
static_assert(std::size(kSizes) == GANTRY_ABI_MINOR + 1, "a new minor has its line here");
static_assert(kSizes[GANTRY_ABI_MINOR].host == kNow.host &&
                  kSizes[GANTRY_ABI_MINOR].invocation == kNow.invocation &&
                  kSizes[GANTRY_ABI_MINOR].error == kNow.error,
              "the last line is this header's");

const gantry_plugin& load(const std::string& name) {
    const std::string file = GANTRY_TEST_PLUGINS "/" + name + ".so";
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) throw std::runtime_error(dlerror());
    void* entry = dlsym(library, "gantry_plugin_entry_v1");
    return *reinterpret_cast<const gantry_plugin* (*)()>(entry)();
}

const gantry_step& step(const gantry_plugin& plugin, std::string_view name) {
    for (const auto* const* s = plugin.steps; *s != nullptr; ++s) {
        if (std::string_view((*s)->name.ptr, (*s)->name.len) == name) return **s;
    }
    throw std::runtime_error("no such step");
}

/// What the tour says of an invocation by FakeHost.
json expected(std::uint32_t minor, TableSizes sizes, const json& rest) {
    json all = {
        {"host", {{"name", "fake"}, {"version", "0.1"}, {"minor", minor}, {"size", sizes.host}}},
        {"size", sizes.invocation},
        {"attempt", 2},
        {"workflow", "flow"},
        {"run_id", "run-1"},
        {"key", "run-1/step"},
        {"trace_parent", "00-1"},
        {"output", nullptr},
        {"undo", nullptr}};
    all.update(rest);
    return all;
}

/// Every function of the plugin's table, in the host's order.
void go_on_tour(const gantry_plugin& plugin, std::uint32_t minor, TableSizes sizes) {
    SCOPED_TRACE("minor " + std::to_string(minor) + ", host table of " +
                 std::to_string(sizes.host) + " bytes");
    FakeHost host(minor, sizes);
    EXPECT_GE(plugin.struct_size, sizeof(gantry_plugin));
    EXPECT_EQ(plugin.abi_minor, std::uint32_t{GANTRY_ABI_MINOR});
    EXPECT_LE(plugin.min_host_minor, minor);
    EXPECT_EQ(json::parse(plugin.manifest).at("abi").at("major"), GANTRY_ABI_MAJOR);
    EXPECT_EQ(json::parse(plugin.workflows()).at(0).at("name"), "on-tour");
    EXPECT_NE(plugin.get_extension("test.tour/1"), nullptr);
    EXPECT_EQ(plugin.get_extension("test.tour/2"), nullptr);

    const auto created = host.begin();
    auto* self = plugin.create(&host.table(), created, {"{}", 2});
    ASSERT_NE(self, nullptr);
    EXPECT_EQ(host.end(created).code, GANTRY_OK);
    const auto pinged = host.begin();
    plugin.ping(self, pinged);
    EXPECT_EQ(host.end(pinged).message, "");

    const auto& tour = step(plugin, "tour");
    const auto done = host.run(tour.invoke, self, {.input = R"({"a": 1})"});
    ASSERT_EQ(done.message, "");
    EXPECT_EQ(json::parse(done.output), expected(minor, sizes, {{"input", {{"a", 1}}}}));
    EXPECT_EQ(done.undo, R"({"undo": "tour"})");
    EXPECT_EQ(host.recorded, std::vector<std::string>{R"({"before": 1})"});
    EXPECT_EQ(host.lines, (std::vector<std::string>{"on tour", "on tour"}));
    const auto undone = host.run(tour.compensate, self, {"1", "2", "3"});
    EXPECT_EQ(json::parse(undone.output),
              expected(minor, sizes, {{"input", 1}, {"output", 2}, {"undo", 3}}));

    const auto refused = host.run(step(plugin, "refuse").invoke, self);
    EXPECT_EQ(refused.code, GANTRY_E_REJECTED);
    EXPECT_EQ(refused.flags, GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(refused.retry_after_ms, 1234U);
    EXPECT_EQ(refused.message, "the tour refuses");
    EXPECT_EQ(refused.details, R"({"by": "tour"})");

    const auto cancelled = host.begin();
    plugin.cancel(self, cancelled);
    EXPECT_EQ(host.end(cancelled).code, GANTRY_E_CANCELLED);
    plugin.stop(self);
    plugin.destroy(self);
}

TEST(Tables, a_plugin_of_today_runs_in_a_host_of_every_older_minor) {
    const auto& plugin = load("tour");
    for (std::uint32_t minor = plugin.min_host_minor; minor <= GANTRY_ABI_MINOR; ++minor) {
        go_on_tour(plugin, minor, kSizes[minor]);
    }
}

TEST(Tables, a_plugin_of_today_runs_in_a_host_that_is_younger_than_it) {
    auto longer = kNow;
    for (auto* size : {&longer.host, &longer.invocation, &longer.error}) *size += 64;
    go_on_tour(load("tour"), GANTRY_ABI_MINOR + 1, longer);
}

// The mutant: without it nobody knows that the page's end would be noticed.
TEST(TablesDeathTest, a_plugin_that_reads_past_the_end_of_a_table_is_found) {
    const auto& plugin = load("tour-greedy");
    EXPECT_DEATH(go_on_tour(plugin, 0, kSizes[0]), "");
}

}  // namespace
}  // namespace gantry::test
