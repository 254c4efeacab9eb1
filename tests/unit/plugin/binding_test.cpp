// A name that a plugin requires, bound to another module at one step.
#include "plugin/step_function.hpp"
#include "probe_rig.hpp"

namespace gantry::host {
namespace {

using test::call_of;
using test::ProbeRig;
using test::script;

StepReference bound(std::map<std::string, std::string> bind) {
    return {"top/probe", {}, std::move(bind)};
}

std::string refusal(ProbeRig& rig, const StepReference& what) {
    try {
        rig.steps.find(what);
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        return e.message();
    }
    return "nothing";
}

TEST(StepBinding, reaches_the_module_meant_at_this_step_and_no_further) {
    ProbeRig rig;
    const auto what = bound({{"inner", "leaf"}});
    EXPECT_EQ(rig.steps.find(what).module, "top");
    rig.step(script({call_of("inner.put")}), {.what = &what});
    EXPECT_EQ(rig.keys("leaf"), std::vector<std::string>{"run-1/step/inner.put#1"});
    EXPECT_TRUE(rig.keys("middle").empty());
    rig.step(script({call_of("inner.put")}));
    EXPECT_EQ(rig.keys("middle").size(), 1U) << "another step has the module's own";
}

TEST(StepBinding, counts_for_the_threads_as_a_step_of_its_own) {
    ProbeRig rig;
    const auto here = bound({{"inner", "middle"}});
    const auto there = bound({{"inner", "leaf"}});
    const auto share = [&](const StepReference* what) {
        StepCall call;
        call.name = "probe";
        call.what = what;
        return step_function(rig.container.module("top"),
                             std::make_shared<const StepCall>(std::move(call)))
            .share;
    };
    EXPECT_NE(share(&here), share(&there));
    EXPECT_EQ(share(&here), share(&here));
}

TEST(StepBinding, leaves_the_other_names_and_the_services_own_bindings_alone) {
    ProbeRig rig;
    const auto what = bound({{"erp", "erp"}});
    rig.step(script({call_of("inner.put", script({call_of("inner.put")}))}), {.what = &what});
    EXPECT_EQ(rig.keys("middle").size(), 1U);
    EXPECT_EQ(rig.keys("leaf").size(), 1U);
}

TEST(StepBinding, gives_an_optional_name_that_the_module_has_nobody_for_a_module) {
    ProbeRig rig;
    const auto what = bound({{"spare", "leaf"}});
    const auto pins = rig.steps.find(what).reaches;
    EXPECT_TRUE(std::any_of(pins.begin(), pins.end(),
                            [](const ModulePin& pin) { return pin.module == "leaf"; }));
    const auto asked = script({{{"find", "spare"}}, call_of("spare.put")});
    const auto did = rig.report(asked, {.what = &what}).at("did");
    EXPECT_EQ(did[0].at("found"), true);
    EXPECT_EQ(rig.keys("leaf"), std::vector<std::string>{"run-1/step/spare.put#1"});
}

TEST(StepBinding, what_is_wrong_with_it_is_said_as_in_the_configuration) {
    ProbeRig rig;
    EXPECT_EQ(refusal(rig, bound({{"iner", "leaf"}})),
              "plugin probe requires no \"iner\". Did you mean \"inner\"?");
    EXPECT_EQ(refusal(rig, bound({{"inner", "laef"}})),
              "plugin probe requires a service \"inner\" (test.probe/1), bound to \"laef\", and no "
              "module has that name: add one, or bind another. Did you mean \"leaf\"?");
    EXPECT_EQ(refusal(rig, bound({{"inner", "erp"}})),
              "plugin probe requires a service \"inner\" (test.probe/1); module \"erp\" offers "
              "gantry.erp/1");
    EXPECT_EQ(refusal(rig, {"beat/probe", {}, {{"inner", "beat"}}}),
              "plugin probe-beat requires a service \"inner\" (test.probe/1) with the method "
              "\"put\", which module \"beat\" does not have");
}

TEST(StepBinding, a_module_that_requires_the_steps_own_is_refused) {
    ProbeRig rig;
    const StepReference circle{"middle/probe", {}, {{"inner", "top"}}};
    EXPECT_EQ(refusal(rig, circle),
              "module \"top\" cannot serve as \"inner\" here: it is \"middle\" or requires it, and "
              "each would wait for the other");
}

}  // namespace
}  // namespace gantry::host
