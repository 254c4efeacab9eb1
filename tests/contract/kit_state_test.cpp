// That a check's verdict is the plugin's alone: neither what was checked before it nor in which
// order changes it.
#include "kit_report.hpp"

namespace gantry::test {
namespace {

const path kTemplateParts = path(GANTRY_SOURCE) / "sdk/template";

/// The template's contract beside its stand-in.
class TemplateContract {
public:
    TemplateContract() {
        std::filesystem::copy(kTemplateParts / "common/contract/fake_system.py", folder_.path());
        std::filesystem::copy(kTemplateParts / "erp/contract/contract.json", file());
    }
    path file() const { return folder_.path() / "contract.json"; }

private:
    const TempDir folder_;
};

std::map<std::string, std::string> verdicts(const Report& report) {
    std::map<std::string, std::string> all;
    for (const auto& one : report.all.at("checks")) all[one.at("id")] = one.at("status");
    return all;
}

TEST(KitState, what_an_earlier_check_left_in_the_system_hides_no_fault) {
    const TemplateContract contract;
    // Its undo leaves a translation behind: seen only where none was left before.
    const json options = {
        {"url", "http://127.0.0.1:$PORT"}, {"token", "secret-token"}, {"bug", "keeps-language"}};
    const auto checked = [&](const std::string& only) {
        return verdicts(check_with_kit(path(GANTRY_MUTANTS) / "live.so", contract.file(),
                                       {"--options", options.dump(), "--only", only}));
    };
    const auto all = checked("D");
    for (const auto& [id, status] : all) EXPECT_EQ(checked(id).at(id), status) << id;
    EXPECT_EQ(all.at("undo.restores"), "fail");
}

TEST(KitState, the_order_of_the_checks_changes_no_verdict) {
    const TemplateContract contract;
    const std::pair<path, path> all[] = {{kReference, kReferenceContract},
                                         {path(GANTRY_MUTANTS) / "template.so", contract.file()}};
    for (const auto& [plugin, its] : all) {
        const auto in_order = check_with_kit(plugin, its, {"--level", "2"});
        const auto shuffled =
            check_with_kit(plugin, its, {"--level", "2", "--shuffle", "--seed", "7"});
        EXPECT_EQ(verdicts(in_order), verdicts(shuffled));
        EXPECT_NE(in_order.all.at("checks").at(0).at("id"),
                  shuffled.all.at("checks").at(0).at("id"));
        EXPECT_EQ(in_order.exit_code, 0) << plugin;
    }
}

}  // namespace
}  // namespace gantry::test
