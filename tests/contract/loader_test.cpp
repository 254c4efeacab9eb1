// What is wrong with a plugin or its place in the configuration is said before anything starts: one
// message that holds what was found, what was expected and what to do.
#include "support/plugin_rig.hpp"

#include <elf.h>

#include <cstring>

namespace gantry::host {
namespace {

namespace fs = std::filesystem;
using Parts = std::vector<std::string>;

const fs::path kPlugins = GANTRY_TEST_PLUGINS;

/// One problem, in one line, with all of `parts`.
void expect_one(const Problems& problems, const Parts& parts) {
    const auto text = problems.text();
    EXPECT_EQ(problems.size(), 1U) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    for (const auto& part : parts) {
        EXPECT_NE(text.find(part), std::string::npos) << "lacks: " << part << "\nin: " << text;
    }
}

void expect_refused(const std::string& modules, const Parts& parts) {
    const test::PluginRig rig(modules);
    expect_one(rig.problems, parts);
}

/// A module whose plugin is this file.
std::string module_of(const fs::path& file) {
    return R"({"m": {"plugin": )" + json(file.string()).dump() + "}}";
}

void expect_file_refused(const fs::path& file, Parts parts) {
    parts.push_back(" modules.m.plugin: " + file.string() + ": ");
    expect_refused(module_of(file), parts);
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

TEST(Loader, another_major_of_the_abi_is_refused_with_both_numbers) {
    expect_file_refused(kPlugins / "wrong-major.so",
                        {"needs ABI major 2", "this host has 1", "use a newer host"});
}

TEST(Loader, a_library_without_a_manifest_is_refused) {
    expect_file_refused(kPlugins / "no-manifest.so",
                        {"no section .gantry.manifest", "gantry_add_plugin"});
}

TEST(Loader, a_manifest_that_is_no_json_is_refused_with_the_byte) {
    expect_file_refused(kPlugins / "bad-manifest.so", {"its manifest is not JSON", "byte"});
}

TEST(Loader, an_unresolved_symbol_is_named) {
    expect_file_refused(kPlugins / "unresolved-symbol.so",
                        {"cannot be loaded", "gantry_test_function_that_nobody_defines"});
}

TEST(Loader, a_table_that_is_too_short_is_refused_with_both_sizes) {
    expect_file_refused(kPlugins / "bad-table.so",
                        {"its table has 8 bytes", std::to_string(sizeof(gantry_plugin)), "abi.h"});
}

TEST(Loader, a_file_that_is_no_elf_file_is_refused) {
    const test::TempDir folder;
    write(folder / "text.so", "hello");
    expect_file_refused(folder / "text.so", {"not a shared library (no ELF file)"});
    write(folder / "empty.so", "");
    expect_file_refused(folder / "empty.so", {"not a shared library (no ELF file)"});
    expect_file_refused(folder / "absent.so", {"No such file"});
}

TEST(Loader, a_torn_elf_file_is_refused_wherever_it_ends) {
    const test::TempDir folder;
    const auto whole = bytes_of(kPlugins / "misbehave.so");
    for (const std::size_t size : {std::size_t{10}, std::size_t{64}, std::size_t{4096},
                                   whole.size() / 2, whole.size() - 1}) {
        const auto file = folder / ("torn-" + std::to_string(size) + ".so");
        write(file, whole.substr(0, size));
        expect_file_refused(file, {});
    }
}

TEST(Loader, a_library_for_another_machine_is_refused_with_both_numbers) {
    const test::TempDir folder;
    auto bytes = bytes_of(kPlugins / "misbehave.so");
    Elf64_Half mine = 0;
    std::memcpy(&mine, bytes.data() + offsetof(Elf64_Ehdr, e_machine), sizeof mine);
    const Elf64_Half other = mine == EM_S390 ? EM_PPC64 : EM_S390;
    std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_machine), &other, sizeof other);
    write(folder / "foreign.so", bytes);
    expect_file_refused(folder / "foreign.so",
                        {"made for another machine", std::to_string(other), std::to_string(mine),
                         "build it for this architecture"});
}

TEST(Loader, an_unknown_plugin_is_refused_with_the_nearest_on_the_path) {
    expect_refused(R"({"m": {"plugin": "mispehave"}})",
                   {"no plugin \"mispehave\"", kPlugins.string(), "Did you mean \"misbehave\"?"});
}

TEST(Loader, a_broken_file_on_the_path_is_named_when_its_plugin_is_asked_for) {
    expect_refused(R"({"m": {"plugin": "no-manifest"}})",
                   {(kPlugins / "no-manifest.so").string(), "no section .gantry.manifest"});
}

TEST(Loader, of_two_files_with_one_id_the_first_on_the_path_wins_and_the_other_is_warned_about) {
    const test::TempDir folder;
    for (const char* name : {"a.so", "b.so"}) {
        fs::copy_file(kPlugins / "misbehave.so", folder / name);
    }
    testing::internal::CaptureStderr();
    const test::PluginRig rig(R"({"m": {"plugin": "misbehave"}})", folder.path());
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(rig.problems.empty()) << rig.problems.text();
    EXPECT_EQ(rig.container.module("m").library().file(), folder / "a.so");
    for (const auto& part : {std::string("two plugin files have one id"),
                             (folder / "a.so").string(), (folder / "b.so").string()}) {
        EXPECT_NE(said.find(part), std::string::npos) << said;
    }
}

TEST(Modules, a_service_that_nobody_provides_is_said_where_the_module_stands) {
    expect_refused(R"({
        "m": {"plugin": "needs-missing-service"}})",
                   {"gantry.json:3:9 modules.m: plugin needs-missing-service requires a service "
                    "\"nowhere\" (gantry.erp/1)",
                    "no module has that name", "add one, or bind another"});
}

TEST(Modules, an_optional_service_may_be_missing_and_what_is_bound_to_it_has_to_be_there) {
    const std::string both =
        R"({"inner": {"plugin": "probe-leaf"}, "erp": {"plugin": "probe-erp"}, )";
    const test::PluginRig without(both + R"("top": {"plugin": "probe"}})");
    EXPECT_TRUE(without.problems.empty()) << without.problems.text();
    EXPECT_FALSE(without.container.module("top").bindings.contains("spare"));
    expect_refused(both + R"("top": {"plugin": "probe", "bind": {"spare": "iner"}}})",
                   {" modules.top.bind.spare: ", "bound to \"iner\", and no module has that name",
                    "Did you mean \"inner\"?"});
    expect_refused(both + R"("spare": {"plugin": "probe-erp"}, "top": {"plugin": "probe"}})",
                   {" modules.top: ", "module \"spare\" offers gantry.erp/1"});
}

TEST(Modules, an_unknown_option_is_said_with_its_place_and_the_nearest_there_is) {
    expect_refused(R"({"erp": {"plugin": "probe-erp"},
"gate": {"plugin": "gate-erp", "bind": {"inner": "erp"},
  "options": {"marrker": "x"}}})",
                   {"gantry.json:4:15 modules.gate.options.marrker: unknown option",
                    "gate-erp 1.0.0 knows: kill, marker", "Did you mean \"marker\"?"});
}

TEST(Modules, an_option_of_another_type_is_said_with_what_was_found_and_expected) {
    expect_refused(R"({"erp": {"plugin": "probe-erp"},
"gate": {"plugin": "gate-erp", "bind": {"inner": "erp"}, "options": {"kill": 5}}})",
                   {"gantry.json:3:70 modules.gate.options.kill", "found a number (5)",
                    "expected a string", "gate-erp 1.0.0"});
}

TEST(Modules, a_requirement_is_not_met_by_another_interface_or_by_no_service) {
    expect_refused(R"({"inner": {"plugin": "probe-leaf"}, "gate": {"plugin": "gate-erp"}})",
                   {" modules.gate: ", "requires a service \"inner\" (gantry.erp/1)",
                    "module \"inner\" offers test.probe/1"});
    expect_refused(R"({"inner": {"plugin": "misbehave"}, "gate": {"plugin": "gate-erp"}})",
                   {"module \"inner\" offers no service"});
}

TEST(Modules, a_service_is_found_by_alias_and_by_bind) {
    const test::PluginRig rig(R"({
        "erp": {"plugin": "probe-erp", "aliases": ["inner", "erpModuleService"]},
        "by_alias": {"plugin": "gate-erp"},
        "by_bind": {"plugin": "gate-erp", "bind": {"inner": "by_alias"}},
        "by_both": {"plugin": "gate-erp", "bind": {"inner": "erpModuleService"}}})");
    ASSERT_TRUE(rig.problems.empty()) << rig.problems.text();
    const auto target = [&](const char* name) {
        return rig.container.module(name).bindings.at("inner")->name();
    };
    EXPECT_EQ(target("by_alias"), "erp");
    EXPECT_EQ(target("by_bind"), "by_alias");
    EXPECT_EQ(target("by_both"), "erp");
    EXPECT_EQ(&rig.container.module("erpModuleService"), &rig.container.module("erp"));
}

TEST(Modules, a_bind_of_a_name_that_is_not_required_is_refused_with_the_nearest) {
    expect_refused(R"({"inner": {"plugin": "probe-erp"},
        "gate": {"plugin": "gate-erp", "bind": {"iner": "inner"}}})",
                   {" modules.gate.bind.iner: ", "plugin gate-erp requires no \"iner\"",
                    "Did you mean \"inner\"?"});
}

TEST(Modules, a_bind_to_a_module_that_does_not_exist_is_refused_with_the_nearest) {
    expect_refused(
        R"({"ledger": {"plugin": "probe-erp"},
        "gate": {"plugin": "gate-erp", "bind": {"inner": "leger"}}})",
        {" modules.gate.bind.inner: ", "bound to \"leger\"", "Did you mean \"ledger\"?"});
}

TEST(Modules, three_that_require_one_another_in_a_circle_are_all_named) {
    expect_refused(R"({"free": {"plugin": "probe-erp"},
        "one": {"plugin": "gate-erp", "bind": {"inner": "two"}},
        "two": {"plugin": "gate-erp", "bind": {"inner": "three"}},
        "three": {"plugin": "gate-erp", "bind": {"inner": "one"}}})",
                   {" modules.one: ", "require one another in a circle", "one, two, three"});
}

TEST(Modules, a_broken_one_does_not_keep_the_others_from_being_checked) {
    const test::PluginRig rig(R"({
        "bad": {"plugin": "wrong-major"},
        "good": {"plugin": "misbehave", "options": {"x": 1}},
        "fine": {"plugin": "misbehave"}})");
    const auto text = rig.problems.text();
    EXPECT_EQ(rig.problems.size(), 2U) << text;
    EXPECT_NE(text.find(":3:17 modules.bad.plugin: "), std::string::npos) << text;
    EXPECT_NE(text.find(":4:53 modules.good.options.x: unknown option"), std::string::npos) << text;
    EXPECT_NO_THROW(rig.container.module("fine"));
}

TEST(Modules, what_a_broken_one_would_have_provided_is_not_missed_as_well) {
    expect_refused(R"({"inner": {"plugin": "wrong-major"}, "gate": {"plugin": "gate-erp"}})",
                   {"modules.inner.plugin", "ABI major 2"});
}

std::string refusal(const std::string& manifest) {
    try {
        parse_manifest(manifest);
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        return e.message();
    }
    return "";
}

TEST(Manifest, an_unknown_key_is_refused_by_name) {
    const auto message =
        refusal(R"({"id": "p", "version": "1.0.0", "abi": {"major": 1}, "max_concurency": 4})");
    for (const char* part :
         {"its manifest: ", "max_concurency", "Did you mean \"max_concurrency\""}) {
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }
}

TEST(Manifest, every_mistake_is_in_the_one_message) {
    const auto message = refusal(
        R"({"id": "Not An Id", "abi": {"major": "1"}, "steps": [{"name": "a", "effect": "wirte"}]})");
    for (const char* part : {"id: ", "version", "abi.major: ", "steps[0].effect: ", "\"wirte\""}) {
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }
}

TEST(Manifest, the_smallest_one_has_these_defaults) {
    const auto m = parse_manifest(
        R"({"id": "p", "version": "1.0.0", "abi": {"major": 1}, "steps": [{"name": "s"}]})");
    EXPECT_EQ(m.max_concurrency, 1U);
    EXPECT_EQ(m.min_host_minor, 0);
    EXPECT_FALSE(m.service);
    ASSERT_EQ(m.steps.size(), 1U);
    EXPECT_FALSE(m.steps[0].at_most_once);
    EXPECT_FALSE(m.steps[0].compensable);
    EXPECT_FALSE(m.steps[0].records_undo);
}

}  // namespace
}  // namespace gantry::host
