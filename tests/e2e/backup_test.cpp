// A backup is one point of store and modules, taken while the host runs; a restore is safe; a store
// that was put back alone or that vanished is noticed.
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

namespace gantry::test::backup_test {
namespace {

namespace fs = std::filesystem;

constexpr int kShopProducts = 8;
constexpr int kShoppers = 12;

std::string product_id(int number) { return "prod_" + std::to_string(number % kShopProducts); }

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
}

void make_products(const HostProcess& host) {
    json products = json::array();
    for (int i = 0; i < kShopProducts; ++i) {
        products.push_back({{"id", product_id(i)}, {"title", "before " + std::to_string(i)}});
    }
    host.call("product", "createProducts", {{"products", products}});
    for (int i = 0; i < kShopProducts; ++i) {
        ASSERT_EQ(update(host, product_id(i), {{"title", "first"}}).status, 200);
    }
}

std::map<std::string, std::string> states(const HostProcess& host) {
    std::map<std::string, std::string> all;
    for (int offset = 0;; offset += 1000) {
        const auto page =
            host.get("/admin/workflows-executions?limit=1000&offset=" + std::to_string(offset))
                .parsed()
                .at("workflow_executions");
        for (const auto& run : page) all[run.at("transaction_id")] = run.at("state");
        if (page.size() < 1000) return all;
    }
}

bool all_over(const HostProcess& host) {
    for (const auto& [key, state] : states(host)) {
        if (state != "done" && state != "reverted") return false;
    }
    return true;
}

void expect_both_sides_equal(const HostProcess& host) {
    for (int i = 0; i < kShopProducts; ++i) {
        const json id = {{"id", product_id(i)}};
        const auto product = host.call("product", "retrieveProduct", id);
        const auto erp = host.call("erp", "retrieveProductErpDetails", id);
        EXPECT_EQ(product.at("title"), erp.at("data").at("title")) << product_id(i);
    }
}

// Edits without an end, a third of them refused; what was acknowledged is known by its key.
class Shoppers {
public:
    explicit Shoppers(const HostProcess& host) {
        for (int c = 0; c < kShoppers; ++c) {
            threads_.emplace_back([this, &host] {
                for (int i = next_++; !stop_; i = next_++) {
                    const std::string title =
                        i % 3 == 0 ? long_title() : "edit " + std::to_string(i);
                    const std::string key = "k" + std::to_string(i);
                    const auto answer = update(host, product_id(i), {{"title", title}},
                                               {{"Idempotency-Key", key}, {"Prefer", "wait=0"}});
                    if (answer.status != 202 && answer.status != 200) continue;
                    const std::lock_guard lock(mutex_);
                    acknowledged_.push_back(key);
                }
            });
        }
    }
    ~Shoppers() { stop(); }
    void stop() {
        stop_ = true;
        for (auto& thread : threads_) thread.join();
        threads_.clear();
    }
    std::vector<std::string> acknowledged() {
        const std::lock_guard lock(mutex_);
        return acknowledged_;
    }

private:
    std::atomic<bool> stop_{false};
    std::atomic<int> next_{0};
    std::mutex mutex_;
    std::vector<std::string> acknowledged_;
    std::vector<std::thread> threads_;
};

TEST(Backup, under_load_is_one_point_and_elsewhere_each_run_of_it_ends_with_both_sides_equal) {
    HostProcess host(shop_config());
    host.serve();
    make_products(host);
    const auto folder = host.dir() / "backup";
    std::vector<std::string> before;
    {
        Shoppers shoppers(host);
        ASSERT_TRUE(host.until([&] { return shoppers.acknowledged().size() > 200; }));
        before = shoppers.acknowledged();
        const auto made = host.cli({"backup", folder});
        ASSERT_EQ(made.exit_code, 0) << made.err;
        EXPECT_TRUE(has(made.out, "the store, module erp, module product")) << made.out;
        EXPECT_FALSE(has(made.err, "not in this backup")) << "catalog keeps nothing: " << made.err;
        const auto then = shoppers.acknowledged().size();
        EXPECT_TRUE(host.until([&] { return shoppers.acknowledged().size() > then + 50; }))
            << "calls go on";
    }
    host.kill9();

    EXPECT_EQ(mode_of(folder), 0700U);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        EXPECT_EQ(mode_of(entry.path()), entry.is_directory() ? 0700U : 0600U) << entry.path();
    }
    HostProcess other(shop_config());
    const auto restored = other.cli({"restore", folder});
    ASSERT_EQ(restored.exit_code, 0) << restored.err;
    EXPECT_TRUE(has(restored.out, "gantry runs resume --waits-for restored")) << restored.out;
    other.serve();
    const auto listed = other.cli({"runs", "ls", "--waits-for", "restored", "--json"});
    const auto open = json::parse(listed.out).at("workflow_executions");
    ASSERT_FALSE(open.empty()) << "the load was to leave some open";
    for (const auto& run : open) EXPECT_EQ(run.at("state"), "paused") << run;
    const auto shown = other.cli({"runs", "show", open.at(0).at("run_id").get<std::string>()});
    EXPECT_TRUE(has(shown.out, "after the copy was taken is not known")) << shown.out;
    const auto resumed = other.cli({"runs", "resume", "--waits-for", "restored"});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.out << resumed.err;
    ASSERT_TRUE(other.until([&] { return all_over(other); }, std::chrono::seconds(180)))
        << other.log();
    expect_both_sides_equal(other);
    const auto known = states(other);
    for (const auto& key : before) EXPECT_TRUE(known.contains(key)) << key;
    EXPECT_EQ(other.stop(), 0);
}

TEST(Backup, of_a_host_that_does_not_run_is_put_back_over_what_was_done_since) {
    auto config = shop_config();
    config["modules"]["scratch"] = {{"plugin", "erp-ledger"},
                                    {"options", {{"database", "sqlite::memory:"}}}};
    HostProcess host(config);
    host.serve();
    make_products(host);
    EXPECT_EQ(host.stop(), 0);
    const auto folder = host.dir() / "backup";
    const auto made = host.cli({"backup", folder});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    EXPECT_TRUE(has(made.err, "module scratch: its data is in memory only")) << made.err;
    host.serve();
    for (int i = 0; i < kShopProducts; ++i) {
        ASSERT_EQ(update(host, product_id(i), {{"title", "since"}}).status, 200);
    }
    EXPECT_TRUE(has(host.cli({"restore", folder}).err, "is in use by")) << "a host runs";
    host.kill9();  // what SQLite keeps beside the files stays
    ASSERT_TRUE(fs::exists(host.dir() / "data/erp.db-wal"));
    const auto refused = host.cli({"restore", folder});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(has(refused.err, "--replace")) << refused.err;
    const auto restored = host.cli({"restore", folder, "--replace"});
    ASSERT_EQ(restored.exit_code, 0) << restored.err;
    EXPECT_FALSE(fs::exists(host.dir() / "data/erp.db-wal"));
    int aside = 0;
    for (const auto& entry : fs::directory_iterator(host.dir() / "data")) {
        aside += has(entry.path().filename(), ".before-restore-") ? 1 : 0;
    }
    EXPECT_GE(aside, 6);
    host.serve();
    EXPECT_FALSE(has(host.log(), "not the newest one")) << host.log();
    for (int i = 0; i < kShopProducts; ++i) {
        const auto product = host.call("product", "retrieveProduct", {{"id", product_id(i)}});
        EXPECT_EQ(product.at("title"), "first");
    }
    expect_both_sides_equal(host);
    EXPECT_EQ(host.stop(), 0);
}

TEST(Backup, that_is_no_whole_one_is_refused_and_changes_nothing) {
    HostProcess host(shop_config());
    host.serve();
    make_products(host);
    const auto folder = host.dir() / "backup";
    ASSERT_EQ(host.cli({"backup", folder}).exit_code, 0);
    const auto again = host.cli({"backup", folder});
    EXPECT_EQ(again.exit_code, 2);
    EXPECT_TRUE(has(again.err, "no empty folder")) << again.err;
    EXPECT_EQ(host.stop(), 0);
    const auto refusal = [&] {
        const auto refused = host.cli({"restore", folder, "--replace"});
        EXPECT_EQ(refused.exit_code, 2) << refused.err;
        return refused.err;
    };
    const auto whole = read_text(folder / "backup.json");
    auto contents = json::parse(whole);
    contents["gantry"] = "99.0.0";
    write_text(folder / "backup.json", contents.dump());
    EXPECT_TRUE(has(refusal(), "was made by Gantry 99.0.0"));
    contents = json::parse(whole);
    contents["store"]["file"] = "../gantry.json";
    write_text(folder / "backup.json", contents.dump());
    EXPECT_TRUE(has(refusal(), "is no file of a backup"));
    write_text(folder / "backup.json", whole);
    const fs::path erp = folder / "module-2/database.db";
    auto bytes = read_text(erp);
    bytes[100] ^= 1;
    write_text(erp, bytes);
    EXPECT_TRUE(has(refusal(), "SHA-256"));
    fs::remove(erp);
    EXPECT_TRUE(has(refusal(), "is not there"));
    fs::remove(folder / "backup.json");
    EXPECT_TRUE(has(refusal(), "is no backup"));
    host.serve();
    expect_both_sides_equal(host);
    EXPECT_EQ(host.stop(), 0);
}

TEST(Backup, that_was_killed_leaves_nothing_of_its_name_and_a_killed_restore_no_host_that_starts) {
    HostProcess host(shop_config());
    host.arm("backup.between:1:kill");
    host.serve();
    make_products(host);
    const auto folder = host.dir() / "backup";
    EXPECT_NE(host.cli({"backup", folder}).exit_code, 0);
    EXPECT_TRUE(host.process().wait(std::chrono::seconds(60)));
    EXPECT_FALSE(fs::exists(folder));
    host.arm("");
    ASSERT_EQ(host.cli({"backup", folder}).exit_code, 0);
    for (const char* pass : {"1", "2", "3"}) {
        Process killed({GANTRY_PROGRAM, "restore", folder, "--replace", "-c", host.config_file()},
                       host.dir().path(), host.dir() / "out", host.dir() / "err",
                       {std::string("GANTRY_FAULT=restore.between:") + pass + ":kill"});
        ASSERT_TRUE(killed.wait(std::chrono::seconds(60)));
        ASSERT_EQ(killed.exit_code(), -SIGKILL) << pass;
        EXPECT_FALSE(host.try_serve());
        EXPECT_TRUE(has(host.log(), "restore into it has not ended")) << host.log();
    }
    const auto restored = host.cli({"restore", folder, "--replace"});
    ASSERT_EQ(restored.exit_code, 0) << restored.err;
    host.serve();
    expect_both_sides_equal(host);
    EXPECT_EQ(host.stop(), 0);
}

TEST(Backup, waits_for_calls_under_way_and_names_those_that_do_not_end) {
    auto config = gated_shop_config("", "erp", "");
    config["modules"]["erp"]["options"] = {{"sleep_ms", 4000}};
    HostProcess host(config);
    host.serve();
    host.call("product", "createProducts", {{"products", {{{"id", "prod_0"}, {"title", "a"}}}}});
    const auto folder = host.dir() / "backup";
    std::thread edit([&] { EXPECT_EQ(update(host, "prod_0", {{"title", "b"}}).status, 200); });
    const auto erp_is_asked = [&] {
        const auto runs = host.runs();
        return !runs.empty() && has(host.get("/admin/workflows-executions/update-product-and-erp/" +
                                             runs.at(0).at("run_id").get<std::string>())
                                        .body,
                                    "update-erp");
    };
    ASSERT_TRUE(host.until(erp_is_asked));
    const auto refused = host.cli({"backup", folder, "--patience", "100ms"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_TRUE(has(refused.err, "still run: catalog/update-erp")) << refused.err;
    EXPECT_FALSE(fs::exists(folder));
    const auto made = host.cli({"backup", folder});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    edit.join();
    EXPECT_EQ(host.stop(), 0);
}

json shop_with_a_wait() {
    auto config = shop_config();
    config["workflows"] = {"workflows/*.json"};
    return config;
}

TEST(Restored, a_store_that_was_put_back_alone_goes_on_with_nothing_by_itself) {
    HostProcess host(shop_with_a_wait());
    add_workflow(host, "hold",
                 {{{"wait", "go"}, {"id", "hold"}}, {{"sleep", "1ms"}, {"id", "rest"}}});
    host.serve();
    make_products(host);
    const auto begun = host.send({"POST",
                                  "/admin/workflows-executions/hold/run",
                                  R"({"input":{}})",
                                  {{"Prefer", "wait=0"}}});
    ASSERT_EQ(begun.status, 202) << begun.body;
    const auto disputed = host.send({"POST",
                                     "/admin/workflows-executions/hold/run",
                                     R"({"input":{}})",
                                     {{"Prefer", "wait=0"}, {"Idempotency-Key", "disputed"}}});
    ASSERT_EQ(disputed.status, 202) << disputed.body;
    ASSERT_EQ(host.cli({"runs", "pause", "hold/disputed", "--note", "a dispute"}).exit_code, 0);
    EXPECT_EQ(host.stop(), 0);
    const auto store = host.dir() / "data/gantry.db";
    fs::copy_file(store, host.dir() / "kept.db");
    host.serve();
    ASSERT_EQ(update(host, product_id(0), {{"title", "since"}}).status, 200);
    host.kill9();
    fs::copy_file(host.dir() / "kept.db", store, fs::copy_options::overwrite_existing);
    for (const char* part : {"-wal", "-shm"}) fs::remove(store.string() + part);
    host.serve();
    EXPECT_TRUE(has(host.log(), "is not the newest one")) << host.log();
    EXPECT_TRUE(host.until([&] {
        return has(host.log(), "1 open run is paused as \\\"restored\\\"");
    })) << host.log();
    const auto listed = host.cli({"runs", "ls", "--needs-person"});
    EXPECT_TRUE(has(listed.out, "paused  hold")) << listed.out;
    EXPECT_TRUE(has(listed.out, "restored: the store was put back alone")) << listed.out;
    EXPECT_TRUE(has(listed.out, "before: signal: go")) << listed.out;
    ASSERT_EQ(host.cli({"runs", "resume", "--waits-for", "restored"}).exit_code, 0);
    EXPECT_TRUE(has(host.cli({"runs", "show", "hold/disputed"}).out, "person: paused"))
        << "what a person has paused is not what was restored";
    ASSERT_EQ(host.cli({"runs", "cancel", "hold/disputed"}).exit_code, 0);
    const auto run = begun.parsed().at("acknowledgement").at("runId");
    EXPECT_EQ(host.cli({"runs", "signal", run.get<std::string>(), "go"}).exit_code, 0);
    ASSERT_TRUE(host.until([&] { return all_over(host); })) << host.log();
    EXPECT_EQ(host.stop(), 0);
}

TEST(Restored, what_a_run_wrote_after_the_copy_was_made_is_not_called_reverted) {
    HostProcess host(shop_with_a_wait());
    add_workflow(
        host, "late",
        {{{"wait", "go"}, {"id", "hold"}}, {{"step", "update-product"}, {"with", "${ .input }"}}});
    host.serve();
    make_products(host);
    const json input = {{"id", product_id(0)}, {"title", "late"}};
    const auto begun =
        host.cli({"run", "late", "--key", "one", "--input", input.dump(), "--wait", "0s"});
    ASSERT_EQ(begun.exit_code, 5) << begun.err;
    const std::string run = "late/one";
    EXPECT_EQ(host.stop(), 0);
    const auto store = host.dir() / "data/gantry.db";
    fs::copy_file(store, host.dir() / "kept.db");
    host.serve();
    ASSERT_EQ(host.cli({"runs", "signal", run, "go"}).exit_code, 0);
    ASSERT_TRUE(host.until([&] { return all_over(host); })) << host.log();
    EXPECT_EQ(host.stop(), 0);
    fs::copy_file(host.dir() / "kept.db", store, fs::copy_options::overwrite_existing);
    host.serve();
    ASSERT_EQ(host.cli({"runs", "resume", "--waits-for", "restored"}).exit_code, 0);
    ASSERT_EQ(host.cli({"runs", "signal", run, "go"}).exit_code, 0);
    const auto shown = [&] { return host.cli({"runs", "show", run}).out; };
    EXPECT_TRUE(host.until([&] {
        return has(shown(), "restored: step update-product was made by what this store knows");
    })) << shown();
    EXPECT_EQ(host.cli({"runs", "supply", run, "update-product", "--response", "{}"}).exit_code, 0);
    EXPECT_TRUE(host.until([&] { return has(shown(), "done"); })) << shown();
    EXPECT_EQ(host.stop(), 0);
}

TEST(Restored, a_host_that_is_killed_again_and_again_finds_its_own_store) {
    HostProcess host(shop_config());
    host.serve();
    make_products(host);
    for (int i = 0; i < 3; ++i) {
        host.kill9();
        host.arm("stamp.between:1:kill");
        EXPECT_FALSE(host.try_serve());
        host.arm("");
        host.serve();
        EXPECT_FALSE(has(host.log(), "not the newest one")) << host.log();
        ASSERT_EQ(update(host, product_id(i), {{"title", "again"}}).status, 200);
    }
    EXPECT_EQ(host.stop(), 0);
}

TEST(Vanished, nothing_is_accepted_once_the_data_folder_was_deleted_and_no_host_starts_empty) {
    HostProcess host(shop_config());
    host.serve();
    make_products(host);
    const auto folder = host.dir() / "backup";
    ASSERT_EQ(host.cli({"backup", folder}).exit_code, 0);
    fs::remove_all(host.dir() / "data");
    const auto answer = update(host, product_id(0), {{"title", "lost"}});
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_TRUE(has(answer.body, "was deleted")) << answer.body;
    const auto ready = host.get("/health/ready");
    EXPECT_EQ(ready.status, 503);
    EXPECT_TRUE(has(ready.body, "was deleted")) << ready.body;
    EXPECT_EQ(host.get("/health/live").status, 200) << "a restart would lose what can be saved";
    ASSERT_TRUE(host.until([&] { return has(host.log(), "was deleted"); }));
    ASSERT_TRUE(
        host.until([&] { return has(host.get("/metrics").body, "\ngantry_store_lost 1"); }));
    ASSERT_TRUE(host.until([&] { return fs::exists(host.dir() / "data/gantry.db.stamp"); }));
    host.kill9();
    EXPECT_FALSE(host.try_serve());
    EXPECT_TRUE(has(host.log(), "it is not there")) << host.log();
    EXPECT_FALSE(fs::exists(host.dir() / "data/gantry.db"));
    const auto restored = host.cli({"restore", folder});
    ASSERT_EQ(restored.exit_code, 0) << restored.err;
    host.serve();
    expect_both_sides_equal(host);
    EXPECT_EQ(host.stop(), 0);
}

}  // namespace
}  // namespace gantry::test::backup_test
