// What is no mistake in the configuration: a port, a store, a host that goes away. And what looking
// leaves behind: nothing.
#include "support/shop.hpp"
#include "support/until.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <regex>
#include <set>
#include <thread>

namespace gantry::test {
namespace {

using std::chrono::seconds;
using Words = std::vector<std::string>;

constexpr int kEnvironment = 74;
constexpr uid_t kSomebody = 12345;

std::set<std::string> files_of(const HostProcess& host) {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(host.dir().path())) {
        const auto name = entry.path().lexically_relative(host.dir().path()).string();
        if (!name.starts_with("cli.")) all.insert(name);
    }
    return all;
}

TEST(Surroundings, a_port_in_use_is_no_mistake_in_the_configuration) {
    HostProcess first(shop_config());
    first.serve();
    auto config = shop_config();
    config["http"]["listen"] = "127.0.0.1:" + std::to_string(first.port());
    HostProcess second(config);
    const auto refused = second.cli({"serve"});
    EXPECT_EQ(refused.exit_code, kEnvironment) << refused.err;
    EXPECT_NE(refused.err.find("cannot listen on 127.0.0.1"), std::string::npos) << refused.err;
}

TEST(Surroundings, a_store_that_cannot_be_used_is_no_mistake_in_the_configuration) {
    HostProcess host(shop_config());
    const Words run = {"run", "update-product-and-erp", "-i", R"({"id":"x"})"};
    const auto expect = [&](const std::string& why, const std::vector<Words>& commands) {
        for (const auto& words : commands) {
            const auto refused = host.cli(words);
            EXPECT_EQ(refused.exit_code, kEnvironment) << json(words) << refused.err;
            EXPECT_NE(refused.err.find(why), std::string::npos) << refused.err;
        }
    };
    write_text(host.dir() / "data/gantry.db", std::string(4096, 'x'));
    expect("not a database", {{"serve"}, {"runs", "ls"}, run});
    std::filesystem::remove_all(host.dir() / "data");
    write_text(host.dir() / "data", "a file where the folder should be");
    expect("data", {{"serve"}, run});
    std::filesystem::remove(host.dir() / "data");
}

TEST(Surroundings, a_clock_behind_the_store_is_told_at_the_start) {
    HostProcess host(shop_config());
    host.serve();
    host.call("product", "createProducts",
              {{"products", {{{"id", "prod_mug"}, {"title", "Mug"}}}}});
    ASSERT_EQ(update(host, "prod_mug", {{"title", "Cup"}}).status, 200);
    const auto behind = [&] {
        return host.log().find("the clock is behind the newest time in the store") !=
               std::string::npos;
    };
    ASSERT_EQ(host.stop(), 0) << host.log();
    host.serve();
    EXPECT_FALSE(behind()) << host.log();
    ASSERT_EQ(host.stop(), 0) << host.log();
    {
        SQLite::Database store((host.dir() / "data/gantry.db").string(), SQLite::OPEN_READWRITE);
        const std::string hour = " + 3600000";
        store.exec("UPDATE run SET created_at = created_at" + hour + ", updated_at = updated_at" +
                   hour + ", finished_at = finished_at" + hour);
    }
    host.serve();
    EXPECT_TRUE(behind()) << host.log();
    std::smatch found;
    const auto log = host.log();
    ASSERT_TRUE(std::regex_search(log, found,
                                  std::regex(R"re("clock":"(2[^"]*Z)".*"newest":"(2[^"]*Z)")re")))
        << log;
    EXPECT_LT(found[1], found[2]);
    std::smatch step;
    const auto metrics = host.get("/metrics").body;
    ASSERT_TRUE(
        std::regex_search(metrics, step, std::regex("gantry_clock_step_seconds (-[0-9.e+]+)\n")))
        << metrics;
    EXPECT_NEAR(std::stod(step[1]), -3600, 300);
}

TEST(Surroundings, a_second_host_on_the_database_of_a_module_is_told) {
    HostProcess first(shop_config());
    first.serve();
    auto config = shop_config();
    config["modules"]["erp"]["options"]["database"] =
        "sqlite:" + (first.dir() / "data/erp.db").string();
    HostProcess second(config);
    const auto told_by = [&](const std::string& text, const HostProcess& other) {
        return text.find("data/erp.db is in use by the host with the store sqlite:" +
                         (other.dir() / "data/gantry.db").string()) != std::string::npos;
    };
    const auto check = second.cli({"config", "check"});
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_TRUE(told_by(check.err, first)) << check.err;
    EXPECT_NE(check.err.find("modules.erp.options.database"), std::string::npos) << check.err;
    second.serve();
    EXPECT_TRUE(second.until([&] { return told_by(second.log(), first); })) << second.log();
    EXPECT_EQ(first.cli({"config", "check"}).err, "") << "its own host is none";

    first.kill9();
    ASSERT_TRUE(first.process().wait(seconds(60)));
    ASSERT_EQ(second.stop(), 0);
    EXPECT_EQ(second.cli({"config", "check"}).err, "") << "nobody has it any more";
    first.serve();
    EXPECT_EQ(first.log().find("in use by"), std::string::npos) << first.log();
}

// As a daemon that closes them before it starts the program.
TEST(Surroundings, a_host_started_without_standard_files_writes_no_log_into_its_store) {
    HostProcess host(shop_config());
    Process closed(
        {"/bin/sh", "-c", R"(exec "$0" serve -c gantry.json <&- >&- 2>&-)", GANTRY_PROGRAM},
        host.dir().path(), host.dir() / "closed.out", host.dir() / "closed.err");
    ASSERT_TRUE(until([&] { return host.cli({"runs", "ls"}).exit_code == 0; }));
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const auto link = "/proc/" + std::to_string(closed.pid()) + "/fd/" + std::to_string(fd);
        EXPECT_EQ(std::filesystem::read_symlink(link), "/dev/null");
    }
    closed.signal(SIGTERM);
    ASSERT_TRUE(closed.wait(seconds(60)));
    EXPECT_EQ(closed.exit_code(), 0);
}

TEST(Surroundings, looking_makes_nothing_and_says_that_there_is_no_store_yet) {
    HostProcess host(shop_config());
    const auto before = files_of(host);
    for (const Words& words :
         {Words{"runs", "ls"}, Words{"runs", "ls", "--unaccounted"}, Words{"runs", "show"},
          Words{"runs", "show", "x"}, Words{"runs", "cancel", "x"}}) {
        const auto asked = host.cli(words);
        EXPECT_EQ(asked.exit_code, 1) << json(words) << asked.err;
        EXPECT_EQ(asked.out, "");
        EXPECT_NE(asked.err.find("there is no store yet at "), std::string::npos) << asked.err;
    }
    for (const Words& words : {Words{"modules"}, Words{"workflows"}, Words{"config", "check"}}) {
        const auto asked = host.cli(words);
        EXPECT_EQ(asked.exit_code, 0) << json(words) << asked.err;
        EXPECT_NE(asked.out, "");
    }
    EXPECT_EQ(files_of(host), before);
}

TEST(Surroundings, a_store_of_somebody_else_is_left_alone) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    HostProcess host(shop_config());
    ASSERT_EQ(host.cli({"call", "product", "listProducts"}).exit_code, 0);
    for (const auto& name : files_of(host)) {
        if (name.starts_with("data")) {
            ASSERT_EQ(::chown((host.dir() / name).c_str(), kSomebody, kSomebody), 0);
        }
    }
    std::filesystem::remove(host.dir() / "data/gantry.db.lock");
    const auto before = files_of(host);
    for (const Words& words :
         {Words{"runs", "ls"}, Words{"call", "product", "listProducts"}, Words{"serve"}}) {
        const auto refused = host.cli(words);
        EXPECT_EQ(refused.exit_code, kEnvironment) << json(words) << refused.err;
        EXPECT_NE(refused.err.find("it belongs to user 12345"), std::string::npos) << refused.err;
        EXPECT_NE(refused.err.find("run it as that user"), std::string::npos) << refused.err;
    }
    EXPECT_EQ(files_of(host), before);
}

TEST(Surroundings, root_makes_no_store_in_the_folder_of_somebody_else) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
    HostProcess host(shop_config());
    std::filesystem::create_directory(host.dir() / "data");
    ASSERT_EQ(::chown((host.dir() / "data").c_str(), kSomebody, kSomebody), 0);
    const auto refused = host.cli({"call", "product", "listProducts"});
    EXPECT_EQ(refused.exit_code, kEnvironment) << refused.err;
    EXPECT_NE(refused.err.find("run it as that user"), std::string::npos) << refused.err;
    EXPECT_TRUE(std::filesystem::is_empty(host.dir() / "data"));
}

/// A run that waits 30 s for a step which takes longer.
std::unique_ptr<Process> begin_slow_run(HostProcess& host, const Words& more) {
    Words words = {GANTRY_PROGRAM, "run", "hang", "-c", host.config_file()};
    words.insert(words.end(), more.begin(), more.end());
    auto command = std::make_unique<Process>(words, host.dir().path(), host.dir() / "run.out",
                                             host.dir() / "run.err");
    EXPECT_TRUE(host.until([&] { return host.runs().size() == 1; }));
    return command;
}

TEST(Surroundings, a_run_whose_host_is_killed_goes_on_with_the_next_one_under_its_key) {
    HostProcess host(misbehaving_shop_config());
    add_workflow(host, "hang", {{{"wait", "go"}, {"id", "go"}}});
    host.serve();
    const auto command = begin_slow_run(host, {});
    host.kill9();
    host.serve();
    const std::string id = host.runs().at(0).at("run_id");
    const auto key = host.runs().at(0).at("transaction_id").get<std::string>();
    const auto err = [&] { return read_text(host.dir() / "run.err"); };
    EXPECT_TRUE(host.until([&] {
        return err().find("asking again with the key " + key) != std::string::npos;
    })) << err();
    EXPECT_EQ(host.cli({"runs", "signal", id, "go", "--payload", "7"}).exit_code, 0);
    ASSERT_TRUE(command->wait(seconds(60)));
    EXPECT_EQ(command->exit_code(), 0) << err();
    EXPECT_EQ(host.runs().size(), 1U);
}

TEST(Surroundings, a_run_whose_host_does_not_come_back_says_that_nothing_is_known_and_the_key) {
    HostProcess host(misbehaving_shop_config());
    add_workflow(host, "hang", {{{"wait", "go"}, {"id", "go"}}});
    host.serve();
    const auto command = begin_slow_run(host, {"--key", "order-7", "--wait", "5s"});
    host.kill9();
    ASSERT_TRUE(command->wait(seconds(60)));
    const auto err = read_text(host.dir() / "run.err");
    EXPECT_EQ(command->exit_code(), 6) << err;
    EXPECT_NE(err.find("not known whether the run was accepted"), std::string::npos) << err;
    EXPECT_NE(err.find("--key order-7"), std::string::npos) << err;
}

TEST(Surroundings, who_waits_for_a_run_is_told_where_it_is_before_a_host_with_a_hanging_call_ends) {
    HostProcess host(misbehaving_shop_config());
    add_workflow(host, "hang", {{{"step", "slow"}}});
    host.serve();
    HttpResponse answer;
    std::thread client([&] {
        answer = host.send(
            {"POST", "/admin/workflows-executions/hang/run", "{}", {{"Prefer", "wait=60"}}});
    });
    EXPECT_TRUE(host.until([&] { return host.runs().size() == 1; }));
    EXPECT_EQ(host.stop(), 0) << host.log();
    client.join();
    EXPECT_EQ(answer.status, 202) << answer.body;
    EXPECT_TRUE(answer.headers.contains("location")) << answer.body;
    host.serve();
    host.kill9();
}

TEST(Surroundings, a_call_that_fails_says_why_also_by_a_running_host) {
    HostProcess host(shop_config());
    host.serve();
    const auto gone = host.cli({"call", "product", "retrieveProduct", "-i", R"({"id":"none"})"});
    EXPECT_EQ(gone.exit_code, 1) << gone.err;
    EXPECT_NE(gone.err.find("NOT_FOUND: "), std::string::npos) << gone.err;
}

TEST(Surroundings, a_run_that_waits_for_its_turn_says_who_has_it) {
    auto config = misbehaving_shop_config();
    HostProcess host(config);
    write_text(host.dir() / "workflows/turn.json", json{{"name", "turn"},
                                                        {"exclusive", "${ .input.id }"},
                                                        {"steps", {{{"wait", "go"}, {"id", "go"}}}}}
                                                       .dump());
    host.serve();
    const Words start = {"run", "turn", "-i", R"({"id":"x"})", "--wait", "1s"};
    EXPECT_EQ(host.cli(start).exit_code, 5);
    const std::string first = host.runs().at(0).at("run_id");
    EXPECT_EQ(host.cli(start).exit_code, 5);
    EXPECT_TRUE(host.until([&] {
        const auto shown = host.cli({"runs", "show"}).out;
        return shown.find("run " + first + " holds it") != std::string::npos;
    })) << host.cli({"runs", "show"}).out;
}

TEST(Surroundings, lists_and_stories_have_one_time_zone_and_show_it) {
    ::setenv("TZ", "UTC-2", 1);  // NOLINT: no other thread runs
    HostProcess host(misbehaving_shop_config());
    add_workflow(host, "nap", {{{"sleep", "1ms"}, {"id", "nap"}}});
    ASSERT_EQ(host.cli({"run", "nap"}).exit_code, 0);
    const auto list = host.cli({"runs", "ls"}).out;
    const auto story = host.cli({"runs", "show"}).out;
    ::unsetenv("TZ");  // NOLINT
    std::smatch at;
    ASSERT_TRUE(std::regex_search(list, at, std::regex(R"(\d{4}-\d\d-\d\d [\d:.]{12} \+0200)")))
        << list;
    EXPECT_NE(story.find(at.str() + "  accepted"), std::string::npos) << list << story;
}

}  // namespace
}  // namespace gantry::test
