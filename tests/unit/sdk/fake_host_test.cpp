// The fake host behaves as the real one where a plugin can tell.
#include <gantry/plugin.hpp>
#include <gantry/testing.hpp>

#include <gtest/gtest.h>

#include <fstream>

namespace gantry::test {
namespace {

using gantry::testing::Host;
using gantry::testing::Plugin;
using namespace std::chrono_literals;

// What the next call does; a plugin without a mind of its own.
struct Puppet {
    explicit Puppet(const json& options) {
        if (options.contains("refuse")) throw Error(GANTRY_E_CONFIG, options.at("refuse"));
    }
};

std::function<StepResponse(Call&)> next;

StepResponse act(Puppet&, Call& call, const json&) { return next(call); }
void take_back(Puppet&, Call& call, const std::optional<json>&) { next(call); }
json answer(Puppet&, Call& call, const json&) { return next(call).output; }

constexpr const char* kManifest = R"({"id": "puppet", "version": "1.0.0",
  "service": {"interface": "acme.puppet/1", "methods": {"see": "read", "put": "write"}},
  "requires": [{"name": "erp", "interface": "gantry.erp/1"},
               {"name": "stock", "interface": "acme.stock/1"},
               {"name": "spare", "interface": "acme.stock/1", "optional": true}],
  "steps": [{"name": "act", "compensable": true, "effect": "write"},
            {"name": "once", "compensable": true, "effect": "write", "repeat": "never"}]})";

using Puppets =
    detail::PluginTable<Puppet, Step<"act", act, take_back>, Step<"once", act, take_back>,
                        Serves<"acme.puppet/1", Method<"see", answer>, Method<"put", answer>>>;

gantry_plugin puppets() {
    auto table = Puppets::table;
    table.manifest = kManifest;
    return table;
}

struct Stage : ::testing::Test {
    testing::End act(std::function<StepResponse(Call&)> does,
                     const testing::CallOptions& options = {}) {
        next = std::move(does);
        return plugin.invoke("act", json::object(), options);
    }
    testing::ScriptedService& stock() { return host.service("stock"); }

    Host host;
    const gantry_plugin table = puppets();
    Plugin plugin{host, json::object(), table};
};

TEST_F(Stage, a_skipped_step_is_not_undone_unless_an_earlier_attempt_may_have_had_an_effect) {
    auto end = act([](Call&) { return StepResponse::skip("there"); });
    EXPECT_TRUE(end.skipped);
    EXPECT_EQ(end.output(), "there");
    EXPECT_FALSE(end.needs_undo);

    Plugin other{host, json::object(), table};
    next = [](Call&) -> StepResponse { throw Error(GANTRY_E_UNAVAILABLE, "lost"); };
    other.invoke("act", json::object());
    next = [](Call&) { return StepResponse::skip(); };
    end = other.invoke("act", json::object());
    EXPECT_FALSE(end.skipped);
    EXPECT_TRUE(end.needs_undo);
}

// At once, not after a walk through all of them for each.
TEST_F(Stage, an_answer_of_many_objects_is_taken) {
    const json many(200'000, json::object());
    EXPECT_EQ(act([&](Call&) { return StepResponse(many); }).output().size(), many.size());
}

TEST(Create, throws_what_the_plugin_refused_its_options_with) {
    Host host;
    const auto table = puppets();
    try {
        const Plugin plugin(host, {{"refuse", "url is empty"}}, table);
        FAIL() << "it was made";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        EXPECT_EQ(e.message(), "url is empty");
    }
}

TEST_F(Stage, keys_are_those_of_the_host) {
    stock().answers("book", 1).reads("lookUp").answers("lookUp", 1);
    const auto twice = [](Call& call) {
        const auto service = call.resolve("stock");
        service.call("book", json::object());
        service.call("lookUp", json::object());
        service.call("book", json::object());
        return service.call("book", json::object(), "line-7");
    };
    const std::vector<std::string> expected{"run-1/act/stock.book#1", "run-1/act/stock.book#2",
                                            "run-1/act/line-7"};
    EXPECT_EQ(act(twice).key, "run-1/act");
    EXPECT_EQ(act(twice).attempt, 2U);
    const auto calls = stock().calls("book");
    ASSERT_EQ(calls.size(), 6U);
    for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(calls[i].key, expected[i % 3]);
    EXPECT_EQ(stock().calls("lookUp").at(0).key, "");

    plugin.next_run();
    EXPECT_EQ(act(twice).key, "run-2/act");
}

TEST_F(Stage, a_methods_keys_go_on_from_the_steps) {
    stock().answers("book", 1);
    next = [](Call& call) { return call.resolve("stock").call("book", json::object()); };
    const auto first = plugin.call("put");
    EXPECT_EQ(first.key, "run-1/step/puppet.put#1");
    EXPECT_EQ(stock().calls().back().key, "run-1/step/puppet.put#1:stock.book#1");
    plugin.call("put", json::object(), {.key = "mine"});
    EXPECT_EQ(stock().calls().back().key, "mine/stock.book#1");
    const auto read = plugin.call("see");
    EXPECT_EQ(read.error->code(), GANTRY_E_MISUSE) << "a read wrote";
    EXPECT_EQ(stock().calls().size(), 2U);
}

TEST_F(Stage, undo_data_is_the_given_else_the_recorded_else_the_output) {
    EXPECT_EQ(act([](Call&) { return json(1); }).undo_data, json(1));
    plugin.next_run();
    const auto recorded = [](Call& call) {
        call.record_undo([] { return json(2); });
        return json(1);
    };
    EXPECT_EQ(act(recorded).undo_data, json(2));
    plugin.next_run();
    EXPECT_EQ(act([](Call&) { return StepResponse(1, nullptr); }).undo_data, json(nullptr));
    plugin.next_run();
    const auto thrown = act([](Call&) -> StepResponse { throw std::runtime_error("ouch"); });
    EXPECT_EQ(thrown.undo_data, std::nullopt);
    EXPECT_TRUE(thrown.needs_undo) << "its outcome is unknown";
}

TEST_F(Stage, not_applied_forgets_the_recorded_unless_something_was_written) {
    stock().answers("book", 1);
    const auto refuse = [](bool book) {
        return [book](Call& call) -> StepResponse {
            call.record_undo([] { return json(2); });
            if (book) call.resolve("stock").call("book", json::object());
            throw Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED);
        };
    };
    const auto refused = act(refuse(false));
    EXPECT_EQ(refused.undo_data, std::nullopt);
    EXPECT_FALSE(refused.needs_undo);
    const auto after_a_write = act(refuse(true));
    EXPECT_EQ(after_a_write.error->flags(), 0U);
    EXPECT_EQ(after_a_write.undo_data, json(2));
    EXPECT_TRUE(after_a_write.needs_undo);
}

TEST_F(Stage, a_crash_loses_the_answer_and_keeps_what_was_recorded) {
    const auto end = act(
        [](Call& call) {
            call.record_undo([] { return json(2); });
            return json(1);
        },
        {.crash = true});
    EXPECT_TRUE(end.lost);
    EXPECT_THROW(end.output(), std::logic_error);
    EXPECT_EQ(end.undo_data, json(2));
    next = [](Call& call) {
        EXPECT_EQ(call.output(), std::nullopt);
        return json(nullptr);
    };
    EXPECT_EQ(plugin.compensate("act").key, "run-1/act/compensate");
}

TEST_F(Stage, a_call_is_stale_after_its_end_and_after_its_deadline) {
    stock().answers("book", 1);
    const auto late = act([&](Call& call) -> StepResponse {
        EXPECT_EQ(call.remaining(), 30s);
        host.clock().advance(30s);
        EXPECT_EQ(call.remaining(), 0s);
        EXPECT_TRUE(call.stopped());
        return call.resolve("stock").call("book", json::object());
    });
    EXPECT_EQ(late.error->code(), GANTRY_E_DEADLINE);
    EXPECT_TRUE(late.needs_undo);
    EXPECT_TRUE(stock().calls().empty());
}

TEST_F(Stage, a_nested_call_has_a_tenth_less_but_at_least_half_a_second) {
    stock().answers("book", 1);
    const auto book = [](Call& call) -> StepResponse {
        return call.resolve("stock").call("book", json::object());
    };
    act(book);
    EXPECT_EQ(stock().calls().back().remaining, 27s);
    act(book, {.timeout = 1s});
    EXPECT_EQ(stock().calls().back().remaining, 500ms);
    EXPECT_EQ(act(book, {.timeout = 500ms}).error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(stock().calls().size(), 2U);
}

TEST_F(Stage, turns_follow_each_other_and_the_last_repeats) {
    stock().fails("book", {GANTRY_E_UNAVAILABLE, "down"}).answers("book", 1).answers("book", 2);
    const auto book = [](Call& call) -> StepResponse {
        return call.resolve("stock").call("book", json::object());
    };
    EXPECT_EQ(act(book).error->code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(act(book).output(), 1);
    EXPECT_EQ(act(book).output(), 2);
    EXPECT_EQ(act(book).output(), 2);
}

TEST_F(Stage, what_the_test_did_not_script_is_the_tests_error) {
    try {
        act([](Call& call) -> StepResponse {
            try {
                return call.resolve("stock").call("book", json::object());
            } catch (const Error&) {
                return json("hidden");
            }
        });
        FAIL() << "it was hidden";
    } catch (const std::logic_error& e) {
        EXPECT_NE(std::string(e.what()).find("stock.book"), std::string::npos) << e.what();
    }
}

TEST_F(Stage, a_service_that_is_not_required_is_refused) {
    const auto end = act([](Call& call) -> StepResponse {
        return call.resolve("tax").call("rate", json::object());
    });
    EXPECT_EQ(end.error->code(), GANTRY_E_MISUSE);
    EXPECT_EQ(end.error->message(), "plugin puppet does not require \"tax\" in its manifest");
}

TEST_F(Stage, an_optional_service_is_there_where_the_test_names_it) {
    const auto rate = [](Call& call) -> StepResponse {
        const auto spare = call.find("spare");
        return spare ? spare->call("rate", json::object()) : json("none");
    };
    EXPECT_EQ(act(rate).output(), "none");
    const auto refused = act([](Call& call) -> StepResponse {
        return call.resolve("spare").call("rate", json::object());
    });
    EXPECT_EQ(refused.error->code(), GANTRY_E_UNSUPPORTED);
    EXPECT_EQ(refused.error->flags(), GANTRY_EF_NOT_APPLIED);
    host.service("spare").answers("rate", 7);
    EXPECT_EQ(act(rate).output(), 7);
    EXPECT_EQ(host.service("spare").calls().size(), 1U) << "to ask is no call";
    const auto unknown =
        act([](Call& call) -> StepResponse { return call.find("tax") ? json(1) : json(2); });
    EXPECT_EQ(unknown.error->code(), GANTRY_E_MISUSE);
}

TEST_F(Stage, heartbeats_are_kept_and_a_cancelled_call_is_told) {
    host.on_heartbeat([&] {
        if (host.heartbeats().size() == 2) plugin.cancel();
    });
    const auto end = act([](Call& call) -> StepResponse {
        for (int i = 1;; ++i) call.heartbeat({{"line", i}});
    });
    EXPECT_EQ(end.error->code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(host.heartbeats(), (std::vector<json>{{{"line", 1}}, {{"line", 2}}}));
}

TEST_F(Stage, a_step_that_is_never_repeated_is_called_once_in_a_run) {
    next = [](Call&) { return json(1); };
    plugin.invoke("once", json::object());
    EXPECT_THROW(plugin.invoke("once", json::object()), std::logic_error);
    plugin.next_run();
    plugin.invoke("once", json::object());
}

TEST_F(Stage, mistakes_of_the_test_say_what_exists) {
    EXPECT_THROW(plugin.invoke("actt", json::object()), std::logic_error);
    EXPECT_THROW(plugin.compensate("act"), std::logic_error) << "it was not invoked";
    EXPECT_THROW(plugin.call("sea"), std::logic_error);
}

TEST_F(Stage, lines_of_a_call_are_in_its_end) {
    const auto end = act([](Call& call) {
        call.log(GANTRY_LOG_WARN, "careful", {{"id", "p1"}});
        return json(1);
    });
    ASSERT_EQ(end.log.size(), 1U);
    EXPECT_EQ(end.log[0].message, "careful");
    EXPECT_EQ(end.log[0].fields, (json{{"id", "p1"}}));
    EXPECT_TRUE(host.logged("p1"));
    EXPECT_FALSE(host.logged("p2"));
}

TEST(KnownInterfaces, are_those_of_the_sdk) {
    for (const char* file : {"erp.v1.json", "product.v1.json"}) {
        std::ifstream in(std::string(GANTRY_INTERFACES "/") + file);
        const auto source = json::parse(in);
        testing::detail::Methods methods;
        for (const auto& [name, method] : source.at("methods").items()) {
            methods[name] = method.at("mode") == "write";
        }
        const auto* known =
            testing::detail::known_interface(source.at("interface").get<std::string>());
        ASSERT_NE(known, nullptr) << file;
        EXPECT_EQ(*known, methods) << file;
    }
}

}  // namespace
}  // namespace gantry::test
