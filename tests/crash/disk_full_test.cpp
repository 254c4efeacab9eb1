// The disk fills up under a running host, and is freed: starts are refused meanwhile, and what was
// accepted goes on by itself. A limit on the size of files stands for the disk.
#include "support/shop.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

namespace gantry::test::disk_full_test {
namespace {

using std::chrono::seconds;

// What a step writes; a start writes less. So accepted runs stand still before starts are refused.
constexpr std::size_t kResult = std::size_t{64} << 10;
constexpr std::size_t kRoom = std::size_t{2} << 20;

void limit_files(HostProcess& host, rlim_t bytes) {
    rlimit limit{};
    const pid_t pid = host.process().pid();
    ASSERT_EQ(prlimit(pid, RLIMIT_FSIZE, nullptr, &limit), 0);
    limit.rlim_cur = bytes;
    ASSERT_EQ(prlimit(pid, RLIMIT_FSIZE, &limit, nullptr), 0);
}

HttpResponse start(const HostProcess& host) {
    return host.send(
        {"POST", "/admin/workflows-executions/three/run", "{}", {{"Prefer", "wait=0"}}});
}

// It may be over before the answer.
bool is_accepted(const HttpResponse& answer) {
    return answer.status == 202 || answer.status == 200;
}

std::string run_id(const HttpResponse& accepted) {
    return accepted.parsed().at("acknowledgement").at("runId");
}

bool all_done(const json& runs) {
    return std::all_of(runs.begin(), runs.end(),
                       [](const json& run) { return run.at("state") == "done"; });
}

TEST(DiskFull, refuses_starts_loses_no_run_and_goes_on_by_itself_when_there_is_room) {
    HostProcess host(misbehaving_shop_config());
    const auto echo = [](const char* id) {
        return json{{"id", id}, {"step", "echo"}, {"with", std::string(kResult, 'x')}};
    };
    add_workflow(host, "three", {echo("a"), echo("b"), echo("c")});
    host.serve();
    ASSERT_TRUE(is_accepted(start(host)));
    limit_files(host, std::filesystem::file_size(host.dir() / "data/gantry.db-wal") + kRoom);

    std::mutex mutex;
    std::set<std::string> accepted;
    std::map<int, int> refused;
    std::vector<std::thread> clients;
    for (int client = 0; client < 8; ++client) {
        clients.emplace_back([&] {
            for (int refusals = 0; refusals < 5;) {
                const auto answer = start(host);
                const std::lock_guard lock(mutex);
                if (is_accepted(answer)) {
                    accepted.insert(run_id(answer));
                    continue;
                }
                ++refusals;
                ++refused[answer.status];
            }
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(refused, (std::map<int, int>{{507, 40}})) << host.log();
    const auto runs = host.runs();
    EXPECT_FALSE(all_done(runs));
    EXPECT_EQ(runs.size(), accepted.size() + 1) << "of a refused start nothing is kept";
    EXPECT_EQ(host.get("/health/live").status, 200);

    limit_files(host, RLIM_INFINITY);
    const auto freed = std::chrono::steady_clock::now();
    EXPECT_TRUE(host.until([&] { return all_done(host.runs()); }, seconds(30))) << host.log();
    std::cout << accepted.size() << " runs accepted, "
              << std::count_if(runs.begin(), runs.end(),
                               [](const json& run) { return run.at("state") != "done"; })
              << " stood still, all done "
              << std::chrono::duration<double>(std::chrono::steady_clock::now() - freed).count()
              << " s after there was room\n";
    std::set<std::string> found;
    for (const auto& run : host.runs()) found.insert(run.at("run_id"));
    for (const auto& id : accepted) EXPECT_TRUE(found.contains(id)) << id << " is lost";
    EXPECT_TRUE(is_accepted(start(host)));
    EXPECT_EQ(host.stop(), 0);
    SQLite::Database database(host.dir() / "data/gantry.db", SQLite::OPEN_READONLY);
    EXPECT_EQ(database.execAndGet("PRAGMA quick_check").getString(), "ok");
}

}  // namespace
}  // namespace gantry::test::disk_full_test
