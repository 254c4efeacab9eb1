// Starting, stopping, and what a client sees of a run meanwhile.
#include "support/shop.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <thread>

namespace gantry::test {
namespace {

using std::chrono::seconds;

void create_products(const HostProcess& host, int count) {
    json products = json::array();
    for (int i = 0; i < count; ++i) {
        products.push_back(
            {{"id", "prod_" + std::to_string(i)}, {"title", "P" + std::to_string(i)}});
    }
    host.call("product", "createProducts", {{"products", products}});
}

bool all_are(const json& runs, const std::string& state) {
    return std::all_of(runs.begin(), runs.end(),
                       [&](const json& run) { return run.at("state") == state; });
}

TEST(Lifecycle, a_second_host_of_one_store_is_refused_and_names_the_first) {
    HostProcess host(shop_config());
    host.serve();
    const auto second = host.cli({"serve"});
    EXPECT_EQ(second.exit_code, 74);
    EXPECT_EQ(second.out, "");
    EXPECT_NE(second.err.find("gantry serve"), std::string::npos) << second.err;
    EXPECT_NE(second.err.find("process " + std::to_string(host.process().pid())), std::string::npos)
        << second.err;
    EXPECT_EQ(host.get("/health/ready").status, 200);
    EXPECT_EQ(host.stop(), 0);
    host.serve();
}

TEST(Lifecycle, sigterm_ends_it_and_no_run_is_lost) {
    constexpr int kRuns = 24;
    HostProcess host(shop_config());
    host.serve();
    create_products(host, kRuns);
    for (int i = 0; i < kRuns; ++i) {
        const auto accepted =
            update(host, "prod_" + std::to_string(i), {{"title", "New"}}, {{"Prefer", "wait=0"}});
        ASSERT_TRUE(accepted.status == 202 || accepted.status == 200) << accepted.body;
    }
    EXPECT_EQ(host.stop(), 0) << host.log();
    host.serve();
    EXPECT_TRUE(host.until([&] { return all_are(host.runs(), "done"); })) << host.runs().dump(2);
    EXPECT_EQ(host.runs().size(), static_cast<std::size_t>(kRuns));
    for (int i = 0; i < kRuns; ++i) {
        const json id = {{"id", "prod_" + std::to_string(i)}};
        EXPECT_EQ(host.call("product", "retrieveProduct", id).at("title"), "New");
        EXPECT_EQ(host.call("erp", "retrieveProductErpDetails", id).at("data").at("title"), "New");
    }
}

TEST(Lifecycle, sigint_ends_it_too) {
    HostProcess host(shop_config());
    host.serve();
    host.process().signal(SIGINT);
    EXPECT_TRUE(host.process().wait(seconds(60)));
    EXPECT_EQ(host.process().exit_code(), 0) << host.log();
}

TEST(Lifecycle, a_step_that_hangs_holds_sigterm_up_for_20_seconds_and_goes_on_at_the_next_start) {
    HostProcess host(misbehaving_shop_config());
    add_workflow(host, "hang", {{{"step", "slow"}}});
    host.serve();
    const auto accepted =
        host.send({"POST", "/admin/workflows-executions/hang/run", "{}", {{"Prefer", "wait=0"}}});
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    const std::string id = accepted.parsed().at("acknowledgement").at("runId");
    const auto run = [&] { return host.get("/admin/workflows-executions/" + id).parsed(); };
    const auto attempts = [&] {
        const json steps = run().at("workflow_execution").at("steps");
        return steps.empty() ? 0 : steps.at(0).at("attempts").get<int>();
    };
    // Its row says so before the call has begun, which a stop then takes back.
    ASSERT_TRUE(host.until([&] {
        return read_text(host.dir() / "data/gantry.db.calls").find(id) != std::string::npos;
    }));

    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(host.stop(), 0) << host.log();
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(40));

    host.serve();
    EXPECT_TRUE(host.until([&] { return attempts() == 2; })) << run().dump(2);
    EXPECT_EQ(run().at("workflow_execution").at("state"), "invoking");
    host.kill9();
}

TEST(Lifecycle, sighup_says_that_there_is_no_reload_and_the_host_lives) {
    HostProcess host(shop_config());
    host.serve();
    host.process().signal(SIGHUP);
    EXPECT_TRUE(host.until([&] {
        return host.log().find("there is no reload") != std::string::npos;
    })) << host.log();
    EXPECT_EQ(host.get("/health/ready").status, 200);
    EXPECT_EQ(host.stop(), 0);
}

TEST(Lifecycle, one_idempotency_key_is_one_run_also_across_a_restart) {
    HostProcess host(shop_config());
    host.serve();
    create_products(host, 1);
    const HttpHeaders key = {{"Idempotency-Key", "order-7"}};
    const auto first = update(host, "prod_0", {{"title", "Once"}}, key);
    EXPECT_EQ(first.status, 200);
    const auto second = update(host, "prod_0", {{"title", "Once"}}, key);
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(second.body, first.body);

    const auto other = update(host, "prod_0", {{"title", "Twice"}}, key);
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(other.parsed().at("type"), "duplicate_error");

    EXPECT_EQ(host.stop(), 0);
    host.serve();
    EXPECT_EQ(update(host, "prod_0", {{"title", "Once"}}, key).body, first.body);
    EXPECT_EQ(host.runs().size(), 1U);
}

TEST(Lifecycle, twenty_at_once_with_one_key_are_one_run_and_get_one_answer) {
    HostProcess host(shop_config());
    host.serve();
    create_products(host, 1);
    std::vector<HttpResponse> answers(20);
    std::vector<std::thread> clients;
    for (auto& answer : answers) {
        clients.emplace_back([&] {
            answer = update(host, "prod_0", {{"title", "Once"}}, {{"Idempotency-Key", "k"}});
        });
    }
    for (auto& client : clients) client.join();
    for (const auto& answer : answers) {
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(answer.body, answers.front().body);
    }
    EXPECT_EQ(host.runs().size(), 1U);
    EXPECT_EQ(host.call("erp", "listProductErpChanges", json::object()).at("changes").size(), 1U);
}

TEST(Lifecycle, a_client_that_does_not_wait_finds_its_run_at_the_location) {
    // The ERP takes its time: the answer comes before the end of the run.
    auto config = gated_shop_config("", "erp", "");
    config["modules"]["erp"]["options"] = {{"sleep_ms", 1000}};
    config["modules"]["bad"] = {{"plugin", "misbehave"}};
    config["workflows"] = {"workflows/*.json"};
    HostProcess host(config);
    add_workflow(host, "hang", {{{"step", "slow"}}});
    host.serve();
    create_products(host, 1);
    const auto accepted = update(host, "prod_0", {{"title", "Later"}}, {{"Prefer", "wait=0"}});
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    const std::string id = accepted.parsed().at("run_id");
    const auto location = accepted.headers.at("location");
    EXPECT_EQ(location, "/runs/" + id);
    HttpResponse run;
    EXPECT_TRUE(host.until([&] { return (run = host.get(location)).status != 202; }));
    EXPECT_EQ(run.status, 200) << run.body;
    EXPECT_EQ(run.parsed().at("product").at("title"), "Later");

    const auto open =
        host.send({"POST", "/admin/workflows-executions/hang/run", "{}", {{"Prefer", "wait=0"}}});
    const std::string hanging = open.parsed().at("acknowledgement").at("runId");
    const auto not_over = host.get("/runs/" + hanging);
    EXPECT_EQ(not_over.status, 202);
    EXPECT_EQ(not_over.parsed().at("run_id"), hanging);
    EXPECT_EQ(not_over.parsed().at("state"), "invoking");
    host.kill9();
}

TEST(Lifecycle, admin_wants_the_token_that_only_its_owner_can_read) {
    HostProcess host(shop_config());
    host.serve();
    struct stat status {};
    for (const std::string name : {"gantry.db.token", "gantry.db.lock"}) {
        ASSERT_EQ(stat((host.dir() / ("data/" + name)).c_str(), &status), 0) << name;
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
    }
    EXPECT_EQ(host.get("/admin/modules").status, 200);
    const auto address = json::parse(read_text(host.dir() / "data/gantry.db.lock")).at("address");
    const int port = std::stoi(address.get<std::string>().substr(sizeof "http://127.0.0.1:" - 1));
    for (const char* path : {"/admin/modules", "/admin/workflows-executions", "/admin/no-such",
                             "//admin/modules", "/%61dmin/modules"}) {
        const auto answer = send_http(port, {"GET", path});
        EXPECT_TRUE(answer.status == 401 || answer.status == 404) << path << answer.body;
    }
    const auto without = send_http(port, {"GET", "/admin/modules"});
    EXPECT_EQ(without.status, 401);
    EXPECT_EQ(without.parsed().at("type"), "unauthorized");
    EXPECT_EQ(
        send_http(port, {"GET", "/admin/modules", "", {{"Authorization", "Bearer x"}}}).status,
        401);
    const auto token = host.token();
    EXPECT_EQ(host.stop(), 0);
    host.serve();
    EXPECT_EQ(host.token(), token);
}

TEST(Lifecycle, a_token_file_that_others_could_read_is_kept_to_its_owner_and_a_link_is_refused) {
    HostProcess host(shop_config());
    host.serve();
    const auto token = host.token();
    EXPECT_EQ(host.stop(), 0);
    const auto file = host.dir() / "data/gantry.db.token";
    ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
    host.serve();
    struct stat status {};
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(host.token(), token);
    EXPECT_EQ(host.stop(), 0);

    std::filesystem::rename(file, host.dir() / "elsewhere");
    std::filesystem::create_symlink(host.dir() / "elsewhere", file);
    EXPECT_FALSE(host.try_serve());
    EXPECT_NE(host.log().find("link"), std::string::npos) << host.log();
    EXPECT_EQ(read_text(host.dir() / "elsewhere"), token + "\n") << "and is left alone";
}

}  // namespace
}  // namespace gantry::test
