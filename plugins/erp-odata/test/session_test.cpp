// Sessions that end under the connector's calls: one of them, or a dozen at once.
#include "fake_service.hpp"

#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <thread>

namespace erp_odata::test {
namespace {

using gantry::testing::End;
using gantry::testing::Plugin;

const HttpResponse kLogOn{401, {{"content-type", "text/html"}}, "<html>Log on</html>"};
const HttpResponse kPage{200, {{"content-type", "text/html"}}, "<html>Log on</html>"};
const HttpResponse kElsewhere{302, {{"location", "https://login.example/x"}}, ""};
const HttpResponse kNoSession{400, {{"content-type", "text/plain"}}, "Session not found"};
const HttpResponse kForbidden{403, {{"content-type", "text/plain"}}, "Forbidden"};

class Sessions : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        service_.put("Mug");
        update("1").output();
    }
    End update(const std::string& ean) {
        return plugin_.call("updateProductErpData", {{"id", "p1"}, {"data", {{"ean", ean}}}});
    }
    // How often the service was asked for a session and for nothing else.
    long fetches() {
        const auto all = host_.http().requests();
        return std::count_if(all.begin(), all.end(),
                             [](const HttpRequest& r) { return r.url == kUrl + "/"; });
    }

    Host host_;
    FakeService service_{host_, GetParam()};
    Plugin plugin_{host_, kOptions};
};

INSTANTIATE_TEST_SUITE_P(V, Sessions, testing::Values(4, 2));

TEST_P(Sessions, one_that_is_over_is_opened_again_however_that_is_told) {
    int n = 1;
    for (const bool reads : {false, true}) {
        for (const auto& over : {kLogOn, kNoSession, kForbidden}) {
            service_.over = over;
            service_.over_for_reads = reads;
            service_.token = "token-" + std::to_string(++n);
            const auto writes = service_.writes.size();
            update("of " + service_.token).output();
            EXPECT_EQ(service_.writes.size(), writes + 1);
            EXPECT_EQ(service_.product.at("ProductStandardID"), "of " + service_.token);
            EXPECT_EQ(fetches(), n - 1);
            const auto requests = host_.http().requests().size();
            update("again").output();
            EXPECT_EQ(host_.http().requests().size(), requests + 2) << "the new one is kept";
        }
    }
}

TEST_P(Sessions, a_read_that_is_answered_by_a_page_or_the_way_to_one_is_made_once_more) {
    service_.over_for_reads = true;
    for (const auto& over : {kPage, kElsewhere}) {
        service_.over = over;
        service_.token += "0";
        plugin_.call("snapshotProduct", {{"id", "p1"}}).output();
    }
    EXPECT_EQ(fetches(), 2);
}

TEST_P(Sessions, a_write_that_is_answered_by_a_page_is_not_sent_twice) {
    service_.over = kPage;
    service_.token = "token-2";
    const auto requests = host_.http().requests().size();
    EXPECT_EQ(update("2").error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(host_.http().requests().size(), requests + 2);
}

TEST_P(Sessions, what_is_refused_in_a_new_one_too_is_believed) {
    for (const int status : {401, 403, 400}) {
        service_.fails_writes = status;
        const auto requests = host_.http().requests().size();
        const auto end = update("2");
        EXPECT_EQ(end.error->code(), status == 400 ? GANTRY_E_REJECTED : GANTRY_E_AUTH);
        EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
        EXPECT_EQ(host_.http().requests().size(), requests + 4);  // read, write, fetch, write
    }
}

TEST_P(Sessions, the_services_own_400_is_believed_at_once) {
    const auto requests = host_.http().requests().size();
    EXPECT_EQ(update("bad").error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(host_.http().requests().size(), requests + 2);
}

// A service at which all writes of a dozen calls have arrived before the first of them is refused,
// and all are refused before a new session is given out.
class EndedSession {
public:
    static constexpr int kCalls = 12;

    EndedSession(Host& host, int version) : service_(unused_, version) {
        service_.put("Mug");
        for (const char* method : {"GET", "POST", "PATCH"}) {
            host.http().on(method, kUrl + "/*").does([this](const HttpRequest& request) {
                return answer(request);
            });
        }
    }

    std::function<void()> on_fetch;
    int fails = 0;  // so many times it gives out none
    int fetches = 0;
    int taken = 0;
    int without_token = 0;

private:
    HttpResponse answer(const HttpRequest& request) {
        std::unique_lock lock(mutex_);
        if (request.url == kUrl + "/") return fetched(lock, request);
        if (request.method == "GET") return service_.answer(request);
        const auto token = request.header("x-csrf-token");
        if (token == "token-2") {
            ++taken;
            return {204};
        }
        if (token.empty()) ++without_token;
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return arrived_ >= kCalls; });
        ++refused_;
        changed_.notify_all();
        return service_.over;
    }

    HttpResponse fetched(std::unique_lock<std::mutex>& lock, const HttpRequest& request) {
        if (++fetches == 1 && on_fetch) on_fetch();
        changed_.wait(lock, [this] { return refused_ >= kCalls; });
        if (fetches <= fails) return {503};
        service_.token = "token-2";
        return service_.answer(request);
    }

    Host unused_;
    FakeService service_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    int refused_ = 0;
};

std::vector<End> a_dozen_calls(Plugin& plugin) {
    std::vector<std::optional<End>> ends(EndedSession::kCalls);
    std::vector<std::thread> calls;
    for (auto& end : ends) {
        const auto key = "run/step/" + std::to_string(calls.size());
        calls.emplace_back([&plugin, &end, key] {
            const json change = {{"id", "p1"}, {"data", {{"ean", "1"}}}};
            end = plugin.call("updateProductErpData", change, {.key = key});
        });
    }
    for (auto& call : calls) call.join();
    std::vector<End> out;
    for (auto& end : ends) out.push_back(std::move(*end));
    return out;
}

TEST_P(Sessions, a_dozen_calls_whose_session_is_over_wait_for_one_new_one) {
    Host host;
    EndedSession service(host, GetParam());
    Plugin plugin(host, kOptions);
    const auto read = [&] { return plugin.call("snapshotProduct", {{"id", "p1"}}); };
    read().output();
    std::optional<End> meanwhile;
    std::thread other;
    service.on_fetch = [&] { other = std::thread([&] { meanwhile = read(); }); };
    for (const auto& end : a_dozen_calls(plugin)) {
        EXPECT_FALSE(end.error) << end.error->message();
    }
    ASSERT_TRUE(other.joinable());
    other.join();
    EXPECT_FALSE(meanwhile->error);
    EXPECT_EQ(service.fetches, 1);
    EXPECT_EQ(service.taken, EndedSession::kCalls);
    EXPECT_EQ(service.without_token, 0);
    bool over = true;
    for (const auto& request : host.http().requests()) {
        if (!over) {
            EXPECT_EQ(request.header("cookie"), "sid=2; sap=2") << request.url;
        }
        over = over && request.url != kUrl + "/";
    }
}

TEST_P(Sessions, where_the_call_that_fetches_one_fails_the_next_one_fetches) {
    Host host;
    EndedSession service(host, GetParam());
    service.fails = 1;
    Plugin plugin(host, kOptions);
    const auto ends = a_dozen_calls(plugin);
    EXPECT_EQ(service.fetches, 2);
    EXPECT_EQ(service.taken, EndedSession::kCalls - 1);
    EXPECT_EQ(std::count_if(ends.begin(), ends.end(),
                            [](const End& end) {
                                return end.error && end.error->code() == GANTRY_E_UNAVAILABLE &&
                                       end.error->flags() == GANTRY_EF_NOT_APPLIED;
                            }),
              1);
}

}  // namespace
}  // namespace erp_odata::test
