// A system that refuses with 200: what a plugin says of such an answer, and what the host believes.
#include "sdk/bad_plugins.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

using gantry::testing::End;
using gantry::testing::Host;
using gantry::testing::HttpRequest;
using gantry::testing::Plugin;

const std::string kGraphql = "https://acme.example/graphql";
const json kRefused = {{"errors", {{{"message", "the title is too long"}}}}};
const json kDone = {{"data", {{"productUpdate", {{"id", "p1"}}}}}};

/// One mutation; what the server refuses says so in its answer.
void mutate(const Http& http) {
    const auto answer = http.post("/graphql", {{"query", "mutation {…}"}});
    const auto said = answer.json();
    if (said.contains("errors")) {
        throw http.refusal(answer, GANTRY_E_REJECTED, said["errors"][0]["message"],
                           {{"errors", said["errors"]}});
    }
}

struct Graphql : ::testing::Test {
    /// A step that makes so many mutations.
    End mutations(int count) {
        Raw::does = [count](const gantry_host& own, gantry_call call) {
            try {
                const gantry::Http http(own, call, "https://acme.example");
                for (int i = 0; i < count; ++i) mutate(http);
                Raw::answer(own, call, "null");
            } catch (const Error& e) {
                gantry_error error{};
                error.struct_size = sizeof error;
                error.code = e.code();
                error.flags = e.flags();
                error.message = str(e.message());
                const gantry_result result{sizeof result, 0, {}, {}, &error};
                own.complete(&own, call, &result);
            }
        };
        return plugin.invoke("raw", json::object());
    }

    Host host;
    const gantry_plugin table = Raw::table();
    Plugin plugin{host, {{"url", "https://acme.example"}}, table};
};

TEST_F(Graphql, a_refusal_with_200_has_changed_nothing_and_is_not_undone) {
    host.http().on("POST", kGraphql).answers(200, kRefused);
    const auto end = mutations(1);
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(end.error->message(), "the title is too long");
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_FALSE(end.needs_undo);
    EXPECT_EQ(host.http().requests().size(), 1U) << "what it says is no request";
}

TEST_F(Graphql, what_an_earlier_mutation_changed_stands) {
    host.http().on("POST", kGraphql).answers(200, kDone).answers(200, kRefused);
    EXPECT_EQ(mutations(2).error->flags(), 0U);
}

TEST_F(Graphql, a_lost_reply_is_never_a_refusal) {
    host.http().on("POST", kGraphql).loses_reply();
    EXPECT_EQ(mutations(1).error->flags(), GANTRY_EF_MAYBE_APPLIED);
}

}  // namespace
}  // namespace gantry::test
