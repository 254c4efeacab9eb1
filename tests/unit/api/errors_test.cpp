// Errors as answers, and the small parsers of what a request says.
#include "api/errors.hpp"
#include "api/iso_time.hpp"
#include "api/list_query.hpp"
#include "base/error_json.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

void expect(gantry_status code, int status, const std::string& type) {
    EXPECT_EQ(status_of(code).status, status) << code_name(code);
    EXPECT_EQ(status_of(code).type, type) << code_name(code);
}

}  // namespace

TEST(Errors, the_number_decides_and_then_the_class) {
    expect(GANTRY_E_INVALID_DATA, 400, "invalid_data");
    expect(GANTRY_ERROR(GANTRY_CLASS_INPUT, 77), 400, "invalid_data");
    expect(GANTRY_E_TOO_LARGE, 413, "invalid_data");
    expect(GANTRY_E_NOT_FOUND, 404, "not_found");
    expect(GANTRY_E_REJECTED, 400, "not_allowed");
    expect(GANTRY_E_CANCELLED, 400, "not_allowed");
    expect(GANTRY_E_CONFLICT, 409, "conflict");
    expect(GANTRY_E_CHANGED, 409, "conflict");
    expect(kKeyReused, 422, "duplicate_error");
    expect(GANTRY_E_AUTH, 502, "unexpected_state");
    expect(GANTRY_E_CONFIG, 502, "unexpected_state");
    expect(GANTRY_E_UNAVAILABLE, 503, "unexpected_state");
    expect(GANTRY_E_RATE_LIMITED, 503, "unexpected_state");
    expect(GANTRY_E_DEADLINE, 504, "unexpected_state");
    expect(GANTRY_E_INTERNAL, 500, "unknown_error");
    expect(GANTRY_ERROR(GANTRY_CLASS_PERMANENT, 77), 500, "unknown_error");
}

TEST(Errors, what_the_host_itself_refuses_has_statuses_of_its_own) {
    const Error full(GANTRY_E_UNAVAILABLE, "disk", 0, {{"disk_full", true}});
    EXPECT_EQ(error_answer(full, ErrorFrom::kHost).status, 507);
    EXPECT_EQ(error_answer(full, ErrorFrom::kPlugin).status, 503);
    const Error busy(GANTRY_E_RATE_LIMITED, "busy", 0, nullptr, std::chrono::milliseconds(1500));
    const auto answer = error_answer(busy, ErrorFrom::kHost);
    EXPECT_EQ(answer.status, 429);
    ASSERT_EQ(answer.headers.size(), 1U);
    EXPECT_EQ(answer.headers[0], std::pair(std::string("Retry-After"), std::string("2")));
    EXPECT_EQ(error_answer(busy, ErrorFrom::kPlugin).status, 503);
}

TEST(Errors, the_message_of_a_bug_stays_in_the_log) {
    const auto body = error_body(Error(GANTRY_E_INTERNAL, "secret path", 0, {{"key", "secret"}}));
    EXPECT_EQ(body, json({{"type", "unknown_error"},
                          {"message", "An unknown error occurred."},
                          {"code", "internal"}}));
}

TEST(Errors, a_write_that_is_done_and_has_too_large_an_answer_was_not_refused) {
    const Error done(GANTRY_E_TOO_LARGE, "it did its work", GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(error_answer(done, ErrorFrom::kPlugin).status, 500);
    EXPECT_EQ(json::parse(error_answer(done, ErrorFrom::kPlugin).body).at("message"),
              "it did its work");
    const auto refused = done.with_flags(GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(error_answer(refused, ErrorFrom::kPlugin).status, 413);
}

TEST(Errors, what_a_service_says_is_told_to_who_called_it) {
    const Error error(GANTRY_E_MISUSE, "the method asked for a service that it does not require");
    const auto answer = error_answer(error, ErrorFrom::kPlugin);
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(json::parse(answer.body),
              json({{"type", "unknown_error"},
                    {"message", "the method asked for a service that it does not require"},
                    {"code", "misuse"},
                    {"of_service", true}}));
}

TEST(Errors, what_an_expression_is_stays_with_who_has_the_token) {
    const Error error(GANTRY_E_INVALID_DATA, "\"${ .secret | error }\": too long", 0,
                      {{"for_anyone", "too long"}});
    EXPECT_EQ(error_body(error, ToldTo::kAdmin).at("message"), error.message());
    EXPECT_EQ(error_body(error, ToldTo::kAnyone),
              json({{"type", "invalid_data"}, {"message", "too long"}, {"code", "invalid_data"}}));
    const auto before_a_run = json::parse(error_answer(error, ErrorFrom::kHost).body);
    EXPECT_EQ(before_a_run.at("message"), "too long") << "who asks is not known here";
    EXPECT_FALSE(before_a_run.contains("details"));
}

TEST(Errors, an_error_survives_its_row) {
    for (const gantry_status code :
         std::vector<gantry_status>{GANTRY_E_REJECTED, GANTRY_E_TOO_LARGE, GANTRY_E_DEADLINE,
                                    GANTRY_E_AUTH, GANTRY_ERROR(GANTRY_CLASS_INPUT, 77)}) {
        const auto error = error_of(to_json(Error(code, "why", 0, {{"a", 1}})));
        EXPECT_EQ(error.code(), code);
        EXPECT_EQ(error.message(), "why");
        EXPECT_EQ(error.details(), json({{"a", 1}}));
    }
}

TEST(IsoTime, is_written_in_utc_with_milliseconds_and_read_with_any_offset) {
    EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(iso_time(1714566600123), "2024-05-01T12:30:00.123Z");
    EXPECT_EQ(parse_iso_time("2024-05-01T12:30:00.123Z"), 1714566600123);
    EXPECT_EQ(parse_iso_time("2024-05-01T12:30:00.123456Z"), 1714566600123);
    EXPECT_EQ(parse_iso_time("2024-05-01T14:30:00+02:00"), 1714566600000);
    EXPECT_EQ(parse_iso_time("2024-05-01T12:30"), 1714566600000);
    EXPECT_EQ(parse_iso_time("2024-05-01"), 1714521600000);
    for (const auto* bad : {"", "yesterday", "2024-13-01", "2023-02-29", "2024-05-01T25:00:00Z",
                            "2024-05-01T12", "1714566600000"}) {
        EXPECT_FALSE(parse_iso_time(bad)) << bad;
    }
}

TEST(ListQuery, states_may_be_repeated_or_a_comma_list) {
    const auto query = parse_list_query({{"state", "done,failed"}, {"state[]", "paused"}});
    EXPECT_EQ(query.status,
              (std::vector{RunStatus::kDone, RunStatus::kFailed, RunStatus::kPaused}));
}

TEST(ListQuery, refuses_what_it_does_not_understand) {
    for (const Query& query :
         {Query{{"state", "reverting"}}, Query{{"limit", "0"}}, Query{{"limit", "1001"}},
          Query{{"limit", "ten"}}, Query{{"offset", "-1"}}, Query{{"since", "yesterday"}},
          Query{{"order", "created_at"}}, Query{{"workflow", "x"}},
          Query{{"q", "x"}, {"transaction_id", "y"}}}) {
        EXPECT_THROW(parse_list_query(query), Error) << query[0].first;
    }
}

}  // namespace gantry::host
