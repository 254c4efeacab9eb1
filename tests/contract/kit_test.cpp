// The contract kit against plugins that are known: the reference and our own keep every check, and
// for each check there is a mutant that it must find. A check without a mutant does not exist.
#include "kit_report.hpp"

#include <algorithm>
#include <cstdlib>

namespace gantry::test {
namespace {

/// The reference serves no interface: those checks have mutants of plugins that do.
bool of_an_interface(const json& finding) {
    return finding.at("code").get_ref<const std::string&>().starts_with('I');
}

/// What is played over HTTP. They are skipped where nothing is sent: their plugins are others.
constexpr const char* kOverHttp = "error.mapping";
const std::set<std::string> kOfTheShop = {"step.refused-whole", "error.sessions",
                                          "error.permission", "sign-ins"};

bool is_of_another_plugin(const json& finding) {
    const std::string id = finding.at("id");
    return of_an_interface(finding) || id == kOverHttp || kOfTheShop.contains(id);
}

path mutant_of(std::string id) {
    for (char& c : id) {
        if (c == '.' || c == '-') c = '_';
    }
    return path(GANTRY_MUTANTS) / (id + ".so");
}

/// Those in C have none of the reference's steps.
path contract_of(const path& mutant) {
    const auto folder = kReferenceContract.parent_path();
    const bool in_c = std::filesystem::exists(folder / (mutant.stem().string() + ".c"));
    return in_c ? folder / "bare.contract.json" : kReferenceContract;
}

const std::vector<std::string> kPrevious = {"--previous", kReference};

/// One run of all checks for all tests.
const Report& reference() {
    static const Report report = check_with_kit(kReference, kReferenceContract, kPrevious);
    return report;
}

TEST(ContractKit, the_reference_plugin_keeps_every_check) {
    for (const auto& [id, finding] : reference().failures()) ADD_FAILURE() << finding;
    EXPECT_EQ(reference().exit_code, 0);
    for (const auto& one : reference().all.at("checks")) {
        EXPECT_TRUE(one.at("status") == "pass" || is_of_another_plugin(one)) << one;
    }
}

TEST(ContractKit, each_check_finds_its_mutant) {
    for (const auto& one : reference().all.at("checks")) {
        const std::string id = one.at("id");
        if (is_of_another_plugin(one)) continue;
        const auto mutant = mutant_of(id);
        if (!std::filesystem::exists(mutant)) {
            ADD_FAILURE() << "check " << id << " has no mutant " << mutant;
            continue;
        }
        auto words = kPrevious;
        words.insert(words.end(), {"--only", id});
        const auto report = check_with_kit(mutant, contract_of(mutant), words);
        const bool warned = report.status(id) == "warn";
        EXPECT_EQ(report.failures().size(), warned ? 0U : 1U) << id << ": " << report.all.dump(1);
        EXPECT_EQ(report.exit_code, warned ? 0 : 1) << id;
    }
}

TEST(ContractKit, what_a_host_puts_up_with_in_a_manifest_is_told_with_its_place) {
    const auto report = check_with_kit(path(GANTRY_MUTANTS) / "manifest_schemas.so",
                                       kReferenceContract, {"--only", "manifest.schemas"});
    const auto told = report.all.dump();
    for (const char* what : {"plugin.json:2:", "vendor", "options.greeting has no description",
                             "options.depth.format", "depth: found a string"}) {
        EXPECT_NE(told.find(what), std::string::npos) << what << ": " << told;
    }
}

TEST(ContractKit, no_check_is_missing) {
    std::set<std::string> with_a_check;
    std::size_t of_interfaces = 0;
    for (const auto& one : reference().all.at("checks")) {
        with_a_check.insert(mutant_of(one.at("id")));
        of_interfaces += of_an_interface(one) ? 1 : 0;
    }
    EXPECT_EQ(with_a_check.size(), 50 + of_interfaces);
    EXPECT_EQ(of_interfaces, 32U);
    const std::set<std::string> others = {"reference", "misbehaving", "http",          "buggy_erp",
                                          "shop",      "live",        "buggy_product", "template"};
    for (const auto& file : std::filesystem::directory_iterator(GANTRY_MUTANTS)) {
        if (others.contains(file.path().stem())) continue;
        EXPECT_TRUE(with_a_check.contains(file.path())) << file.path() << " has no check";
    }
}

TEST(ContractKit, a_plugin_that_misbehaves_is_reported_as_such_and_the_checker_survives) {
    struct Bad {
        std::string how, check, status, says;
    };
    for (const auto& bad : {Bad{"crash", "create.valid", "crash", "Segmentation fault"},
                            Bad{"abort", "create.valid", "crash", "Aborted"},
                            Bad{"exit", "create.valid", "crash", "exit code 0 in the middle"},
                            Bad{"hang", "create.valid", "timeout", "not over after 30 s"},
                            Bad{"thread", "cycle.flat", "fail", "thread"},
                            Bad{"locale", "process", "fail", "locale"}}) {
        const auto report =
            check_with_kit(path(GANTRY_MUTANTS) / "misbehaving.so", kReferenceContract,
                           {"--only", bad.check, "--options", json{{"greeting", bad.how}}.dump()});
        EXPECT_EQ(report.exit_code, 1) << bad.how;
        EXPECT_EQ(report.status(bad.check), bad.status) << report.all.dump(1);
        EXPECT_NE(report.all.dump().find(bad.says), std::string::npos) << report.all.dump(1);
    }
}

TEST(ContractKit, what_a_system_answers_by_http_is_played) {
    for (const std::string bug : {"none", "swallow"}) {
        const json options = {{"url", "http://127.0.0.1:$PORT"}, {"bug", bug}};
        const auto report = check_with_kit(path(GANTRY_MUTANTS) / "http.so",
                                           kReferenceContract.parent_path() / "http.contract.json",
                                           {"--only", kOverHttp, "--options", options.dump()});
        EXPECT_EQ(report.status(kOverHttp), bug == "none" ? "pass" : "fail") << report.all;
        EXPECT_EQ(report.exit_code, bug == "none" ? 0 : 1) << bug;
    }
}

/// A connector to a system with sessions and without keys.
Report check_shop(const std::string& bug, std::vector<std::string> more) {
    const json options = {
        {"url", "http://127.0.0.1:$PORT"}, {"password", "a-long-password"}, {"bug", bug}};
    more.insert(more.end(), {"--options", options.dump()});
    return check_with_kit(path(GANTRY_MUTANTS) / "shop.so",
                          kReferenceContract.parent_path() / "shop.contract.json", more);
}

TEST(ContractKit, a_connector_to_a_system_that_keeps_no_keys_can_keep_every_check) {
    const auto report = check_shop("none", {});
    for (const auto& [id, finding] : report.failures()) ADD_FAILURE() << finding;
    EXPECT_EQ(report.exit_code, 0);
    for (const auto& id : kOfTheShop) EXPECT_EQ(report.status(id), "pass") << id;
}

TEST(ContractKit, each_check_of_what_is_sent_finds_its_bug) {
    for (const auto& id : kOfTheShop) {
        const auto report = check_shop(id, {"--only", id});
        EXPECT_EQ(report.failures().size(), 1U) << id << ": " << report.all.dump(1);
        EXPECT_EQ(report.exit_code, 1) << id;
    }
}

TEST(ContractKit, a_lost_reply_is_judged_by_what_the_system_shows_and_not_by_keys) {
    struct Twice {
        std::string bug, check, says;
    };
    for (const auto& [bug, check, says] :
         {Twice{"create-once", "step.lost-reply", "had 2 effects"},
          Twice{"create-once", "erp.create-once", "made a second record"},
          Twice{"adds", "step.lost-reply", "left another state"}}) {
        const auto report = check_shop(bug, {"--only", check});
        EXPECT_EQ(report.failures().size(), 1U) << report.all.dump(1);
        EXPECT_NE(report.all.dump().find(says), std::string::npos) << report.all.dump(1);
    }
}

TEST(ContractKit, a_missing_permission_that_is_told_as_a_refusal_is_found_by_its_status) {
    const auto report = check_shop("error.permission", {"--only", kOverHttp});
    EXPECT_NE(
        report.all.dump().find("REJECTED: the shop refuses this where its system answered 403"),
        std::string::npos)
        << report.all.dump(1);
}

/// One of our own stores, with a bug that an option chooses.
Report check_buggy(const std::string& interface, const std::string& bug, const std::string& only) {
    const auto name = "buggy_" + interface;
    const json options = {{"database", "sqlite:$TEMP/buggy.db"}, {"bug", bug}};
    return check_with_kit(path(GANTRY_MUTANTS) / (name + ".so"),
                          kReferenceContract.parent_path() / (name + ".contract.json"),
                          {"--only", only, "--options", options.dump()});
}

TEST(ContractKit, each_check_of_an_interface_finds_its_bug) {
    for (const auto& one : reference().all.at("checks")) {
        if (!of_an_interface(one)) continue;
        const std::string id = one.at("id");
        const auto dot = id.find('.');
        const auto report = check_buggy(id.substr(0, dot), id.substr(dot + 1), id);
        EXPECT_EQ(report.failures().size(), 1U) << id << ": " << report.all.dump(1);
        EXPECT_EQ(report.exit_code, 1) << id;
    }
}

TEST(ContractKit, a_field_of_the_wrong_type_is_found_also_where_no_value_of_that_type_is_taken) {
    const auto report = check_buggy("erp", "field-types-aside", "erp.field-types");
    EXPECT_EQ(report.failures().size(), 1U) << report.all.dump(1);
    EXPECT_NE(report.all.dump().find("field weight takes 7 and no boolean"), std::string::npos)
        << report.all.dump(1);
}

TEST(ContractKit, a_field_that_no_value_changes_is_warned_of) {
    const auto report = check_buggy("erp", "fields-stubborn", "erp.fields-described");
    EXPECT_EQ(report.status("erp.fields-described"), "warn") << report.all.dump(1);
    EXPECT_EQ(report.exit_code, 0);
    EXPECT_NE(report.all.dump().find("nothing changed colour"), std::string::npos);
}

TEST(ContractKit, a_store_without_a_bug_keeps_its_interface) {
    for (const std::string interface : {"erp", "product"}) {
        const auto report = check_buggy(interface, "none", "I");
        for (const auto& one : report.all.at("checks")) {
            const bool its = one.at("id").get_ref<const std::string&>().starts_with(interface);
            EXPECT_EQ(one.at("status"), its ? "pass" : "skip") << one;
        }
    }
}

TEST(ContractKit, our_own_plugins_keep_every_check) {
    for (const std::string plugin : {"erp-ledger", "product", "update-product-erp"}) {
        const auto report =
            check_with_kit(path(GANTRY_PLUGINS) / (plugin + ".so"),
                           path(GANTRY_SOURCE) / "plugins" / plugin / "contract" / "contract.json");
        for (const auto& [id, finding] : report.failures()) ADD_FAILURE() << plugin << finding;
        EXPECT_EQ(report.exit_code, 0) << plugin;
    }
}

}  // namespace
}  // namespace gantry::test
