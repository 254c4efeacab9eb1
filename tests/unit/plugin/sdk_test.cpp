// The plugin's side of the SDK as far as it needs no host: composer, keys, answers, errors.
#include <gantry/plugin.hpp>

#include <gtest/gtest.h>

namespace gantry {
namespace {

static_assert(!std::is_convertible_v<Ref, bool>);
static_assert(!std::is_constructible_v<bool, Ref>);
template <typename T>
concept Addable = requires(T a) {
    a + a;
};
static_assert(!Addable<Ref>);

TEST(Workflow, is_the_json_a_person_would_write) {
    const Workflow two("update-product-and-erp", [](auto& wf, auto input) {
        auto product = wf.step("update-product", input);
        auto erp_data = wf.step("update-erp", input);
        return json{{"product", product}, {"erpData", erp_data}};
    });
    EXPECT_EQ(two.definition(), json::parse(R"({
        "name": "update-product-and-erp",
        "steps": [{"step": "update-product", "with": "${ .input }"},
                  {"step": "update-erp", "with": "${ .input }"}],
        "result": {"product": "${ .steps[\"update-product\"] }",
                   "erpData": "${ .steps[\"update-erp\"] }"}})"));
}

TEST(Workflow, a_step_is_referred_to_by_its_id_else_by_its_name_without_the_module) {
    const Workflow flow("ids", [](auto& wf, auto input) {
        auto named = wf.step("sap/update", input, "first");
        auto plain = wf.step("sap/update", input);
        return json::array({named, plain});
    });
    const auto definition = flow.definition();
    EXPECT_EQ(definition.at("steps")[0].at("id"), "first");
    EXPECT_FALSE(definition.at("steps")[1].contains("id"));
    EXPECT_EQ(definition.at("steps")[1].at("step"), "sap/update");
    EXPECT_EQ(definition.at("result"),
              json::parse(R"(["${ .steps[\"first\"] }", "${ .steps[\"update\"] }"])"));
}

TEST(Workflow, references_go_into_values_by_key_and_index_anywhere_in_a_template) {
    const Workflow flow("paths", [](auto& wf, auto input) {
        auto read =
            wf.step("read", {{"id", input["id"]}, {"deep", {{"list", {1, input["a b"][2]}}}}});
        return read["rows"][0]["it's \"so\""];
    });
    const auto definition = flow.definition();
    const auto& with = definition.at("steps")[0].at("with");
    EXPECT_EQ(with.at("id"), R"(${ .input["id"] })");
    EXPECT_EQ(with.at("deep").at("list"), json::parse(R"([1, "${ .input[\"a b\"][2] }"])"));
    EXPECT_EQ(definition.at("result"), R"(${ .steps["read"]["rows"][0]["it's \"so\""] })");
}

TEST(Workflow, an_input_schema_is_carried_only_when_it_was_given) {
    const Workflow without("w", [](auto& wf, auto input) { return json(wf.step("a", input)); });
    EXPECT_FALSE(without.definition().contains("input"));
    const Workflow with("w", [](auto& wf, auto input) {
        wf.input_schema({{"type", "object"}});
        return json(wf.step("a", input));
    });
    EXPECT_EQ(with.definition().at("input"), json({{"type", "object"}}));
}

const Workflow kGood("good", [](auto& wf, auto input) { return json(wf.step("a", input)); });
const Workflow kTextual("text", [](auto&, auto) -> json { throw "no steps yet"; });
const Workflow kThrowing("bad", [](auto&, auto) -> json { throw std::runtime_error("no luck"); });

TEST(Workflow, the_list_of_a_plugin_is_one_text_or_why_composing_failed) {
    const auto* text = Workflows<kGood>::list();
    EXPECT_EQ(json::parse(text), json::array({kGood.definition()}));
    EXPECT_EQ(text, Workflows<kGood>::list());
    EXPECT_EQ(json::parse(Workflows<kGood, kThrowing>::list()), json({{"error", "no luck"}}));
    EXPECT_EQ(json::parse(Workflows<kTextual>::list()).at("error"),
              "the composer threw no steps yet (thrown as it is, no std::exception)");
}

/// What the host is told of a function that throws `thrown`.
template <typename Thrown>
std::string told_of(Thrown thrown) {
    std::string message;
    gantry_host host{};
    host.ctx = &message;
    host.complete = [](const gantry_host* self, gantry_call, const gantry_result* result) noexcept {
        EXPECT_EQ(result->error->code, GANTRY_E_INTERNAL);
        EXPECT_EQ(result->error->flags, GANTRY_EF_MAYBE_APPLIED);
        *static_cast<std::string*>(self->ctx) = view(result->error->message);
        return gantry_status{GANTRY_OK};
    };
    detail::guarded(host, 1, [&] { throw thrown; });
    return message;
}

TEST(Thrown, a_text_or_a_number_is_told_as_an_exceptions_words_are) {
    EXPECT_EQ(told_of(std::runtime_error("disk full")), "disk full");
    const std::string text = "the plugin threw disk full (thrown as it is, no std::exception)";
    char written[] = "disk full";
    EXPECT_EQ(told_of("disk full"), text);
    EXPECT_EQ(told_of(&written[0]), text);
    EXPECT_EQ(told_of(std::string("disk full")), text);
    EXPECT_EQ(told_of(std::string_view("disk full")), text);
    const auto is_told = [](auto number, const std::string& words) {
        EXPECT_EQ(told_of(number),
                  "the plugin threw " + words + " (thrown as it is, no std::exception)");
    };
    is_told(42, "42");
    is_told(7U, "7");
    is_told(-7L, "-7");
    is_told(std::uint64_t{1} << 63, "9223372036854775808");
    is_told(short{-2}, "-2");
    is_told(0.5, "0.500000");
    struct Own {};
    const std::string unknown = "the plugin threw something that is no std::exception";
    EXPECT_EQ(told_of(Own{}), unknown);
    EXPECT_EQ(told_of(std::string()), unknown);
    EXPECT_EQ(told_of(static_cast<const char*>(nullptr)), unknown);
}

TEST(KeyScope, is_what_a_steps_writes_and_its_compensation_share) {
    const std::pair<const char*, const char*> table[] = {
        {"run/step/erp.update#1", "run/step"},
        {"run/step/erp.update#2", "run/step"},
        {"run/step/custom", "run/step"},
        {"run/step/compensate/erp.restore#1", "run/step"},
        {"run/step/erp.update#1:log.put#1", "run/step"},
        {"run/step/compensate/erp.restore#1:log.put#1", "run/step"},
        {"call-1", "call-1"},
        {"call-1/erp.update#1", "call-1"},
        {"run/compensates/erp.update#1", "run/compensates"},
        {"", ""},
    };
    for (const auto& [key, scope] : table) EXPECT_EQ(key_scope(key), scope) << key;
}

TEST(StepResponse, undo_data_is_absent_unless_given_and_null_counts_as_given) {
    const StepResponse plain = json{{"a", 1}};
    EXPECT_EQ(plain.output, json({{"a", 1}}));
    EXPECT_FALSE(plain.undo);
    const StepResponse with_null(json(1), json(nullptr));
    ASSERT_TRUE(with_null.undo);
    EXPECT_TRUE(with_null.undo->is_null());
}

TEST(ErrorFrom, copies_everything_and_drops_details_that_are_no_object) {
    gantry_error e{sizeof e, GANTRY_E_RATE_LIMITED, GANTRY_EF_NOT_APPLIED,
                   1500,     str("slow down"),      str(R"({"left": 0})")};
    const auto error = error_from(e);
    EXPECT_EQ(error.code(), GANTRY_E_RATE_LIMITED);
    EXPECT_EQ(error.error_class(), GANTRY_CLASS_RETRYABLE);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(error.retry_after(), std::chrono::milliseconds(1500));
    EXPECT_EQ(error.message(), "slow down");
    EXPECT_EQ(error.details(), json({{"left", 0}}));
    for (const char* details : {"", "[1]", "{oops"}) {
        e.details = str(details);
        EXPECT_TRUE(error_from(e).details().is_null()) << details;
    }
    e.message = {nullptr, 0};
    EXPECT_EQ(error_from(e).message(), "");
}

}  // namespace
}  // namespace gantry
