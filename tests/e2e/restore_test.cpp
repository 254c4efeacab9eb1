// A damaged or hostile folder is refused before anything is moved: with the file and the reason.
#include "base/hash.hpp"
#include "support/shop.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <functional>

namespace gantry::test::restore_test {
namespace {

namespace fs = std::filesystem;

using Damage = std::function<void(const fs::path& folder)>;

struct Case {
    const char* name;
    Damage damage;
    std::string told;  // by the error
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

json contents_of(const fs::path& folder) { return json::parse(read_text(folder / "backup.json")); }

void put_contents(const fs::path& folder, const json& contents) {
    write_text(folder / "backup.json", contents.dump());
}

Damage contents(const std::function<void(json& contents)>& change) {
    return [change](const fs::path& folder) {
        auto all = contents_of(folder);
        change(all);
        put_contents(folder, all);
    };
}

Damage at(const std::string& pointer, const json& value) {
    return contents([=](json& all) { all[json::json_pointer(pointer)] = value; });
}

Damage without(const std::string& pointer) {
    return contents([=](json& all) {
        all = all.patch(json::array({{{"op", "remove"}, {"path", pointer}}}));
    });
}

// Where `entry` of backup.json has its file.
fs::path file_of(const fs::path& folder, const std::string& entry) {
    const auto all = contents_of(folder);
    return folder / all.at(json::json_pointer(entry + "/file")).get<std::string>();
}

Damage instead_of(const std::string& entry, const std::function<void(const fs::path&)>& make) {
    return [=](const fs::path& folder) {
        const auto file = file_of(folder, entry);
        fs::rename(file, file.string() + ".was");
        make(file);
    };
}

// Another content, and backup.json has its hash.
Damage hashed(const std::string& entry, const std::function<void(const fs::path&)>& change) {
    return [=](const fs::path& folder) {
        const auto file = file_of(folder, entry);
        change(file);
        at(entry + "/sha256", host::sha256_of_file(file.string()))(folder);
    };
}

void make_fifo(const fs::path& file) { ASSERT_EQ(mkfifo(file.c_str(), 0600), 0); }
void make_device(const fs::path& file) {  // one without an end
    const bool made = mknod(file.c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0;
    if (!made) make_fifo(file);  // only root may
}
void make_folder(const fs::path& file) { fs::create_directory(file); }
void make_link(const fs::path& file) { fs::create_symlink(file.string() + ".was", file); }
void make_empty(const fs::path& file) { write_text(file, ""); }
void make_text(const fs::path& file) { write_text(file, std::string(8192, 'x')); }
void cut(const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }

void spoil_pages(const fs::path& file) {
    auto bytes = read_text(file);
    for (std::size_t page = 4096; page < bytes.size(); page += 4096) bytes.replace(page, 8, 8, 'x');
    write_text(file, bytes);
}

void make_empty_database(const fs::path& file) {
    fs::remove(file);
    SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE theirs (x); DROP TABLE theirs");
}

void make_foreign_database(const fs::path& file) {
    make_empty_database(file);
    SQLite::Database(file.string(), SQLite::OPEN_READWRITE).exec("CREATE TABLE theirs (x)");
}

const std::string kStore = "/store";
const std::string kErp = "/modules/1/files/0";

std::vector<Case> cases_of_contents() {
    const auto copy = [](const std::string& from, const std::string& to) {
        return contents([=](json& all) {
            const json value = all.at(json::json_pointer(from));
            all[json::json_pointer(to)] = value;
        });
    };
    return {
        {"a module twice", copy("/modules/1", "/modules/-"), "module \"erp\" is listed twice"},
        {"a module in both lists", at("/missing/0/module", "erp"), "\"erp\" is listed twice"},
        {"a module in no list", without("/modules/1"), "says nothing of module \"erp\""},
        {"an unknown module", at("/modules/1/module", "other"), "module \"other\""},
        {"another plugin", at("/modules/1/plugin", "other"), "is of plugin erp-ledger here"},
        {"an option twice",
         at("/modules/1/files/-", {{"file", "other.db"}, {"sha256", ""}, {"option", "database"}}),
         "\"database\" is listed twice"},
        {"a file twice", copy(kStore + "/file", kErp + "/file"), "gantry.db\" is listed twice"},
        {"an unknown option", at(kErp + "/option", "other"), "option \"other\""},
        {"no missing", without("/missing"), "missing required field \"missing\""},
        {"a missing one without why", without("/missing/0/why"), "missing required field \"why\""},
        {"no store", without("/store"), "missing required field \"store\""},
        {"a store that is a text", at("/store", "gantry.db"), "store: found"},
        {"no hash", without("/store/sha256"), "missing required field \"sha256\""},
        {"a hash that is a number", at(kErp + "/sha256", 5), "sha256: found a number (5)"},
        {"modules that are no list", at("/modules", json::object()), "modules: found an object"},
        {"files that are no list", at("/modules/1/files", json::object()), "found an object"},
        {"a file that is a number", at(kErp + "/file", 5), "file: found a number (5)"},
        {"a module that is null", at("/modules/1", nullptr), "modules[1]: found null"},
        {"no format", without("/format"), "missing required field \"format\""},
        {"a format that is a text", at("/format", "1"), "format: found \"1\", expected 1"},
        {"a format in between", at("/format", 1.5), "format: found a number (1.5), expected 1"},
        {"a format below", at("/format", 0), "format: found a number (0), expected 1"},
        {"a newer format", at("/format", 2), "was written by a newer Gantry"},
        {"a format beyond any number", at("/format", 1e300), "format: found a number (1e+300)"},
        {"a version that is a number", at("/gantry", 5), "gantry: found a number (5)"},
        {"a time that is none", at("/at", "soon"), "at: found \"soon\", expected a time"},
        {"a file without a name", at(kErp + "/file", ""), "is no file of a backup"},
        {"a file above", at(kErp + "/file", "../gantry.json"), "is no file of a backup"},
        {"a file elsewhere", at(kErp + "/file", "/etc/passwd"), "is no file of a backup"},
        {"a file with a long name", at(kErp + "/file", std::string(300, 'x')), "name too long"},
        {"a file with a zero", at(kErp + "/file", std::string("a\0b", 3)),
         "is no file of a backup"},
    };
}

std::vector<Case> cases_of_files() {
    std::vector<Case> cases;
    for (const auto& entry : {kStore, kErp}) {
        cases.insert(
            cases.end(),
            {{"a FIFO", instead_of(entry, make_fifo), "is no plain file"},
             {"a device", instead_of(entry, make_device), "is no plain file"},
             {"a folder", instead_of(entry, make_folder), "is no plain file"},
             {"a link", instead_of(entry, make_link), "is a link"},
             {"nothing", instead_of(entry, [](const fs::path&) {}), "is not there"},
             {"an empty file", hashed(entry, make_empty), "it is empty, expected a SQLite"},
             {"no database", hashed(entry, make_text), "not a database"},
             {"half a database", hashed(entry, cut), "malformed"},
             {"a spoilt database", hashed(entry, spoil_pages), "a backup that is whole"},
             {"another file", instead_of(entry, make_text), "SHA-256"}});
    }
    cases.insert(
        cases.end(),
        {{"a store without tables", hashed(kStore, make_empty_database), "no Gantry store"},
         {"a store of others", hashed(kStore, make_foreign_database), "no Gantry store"},
         {"a newer store",
          hashed(kStore,
                 [](const fs::path& file) {
                     SQLite::Database(file.string(), SQLite::OPEN_READWRITE)
                         .exec("PRAGMA user_version = 99");
                 }),
          "has schema version 99"},
         {"a module's folder that is a link",
          [](const fs::path& folder) {
              fs::rename(folder / "module-2", folder / "was");
              fs::create_directory_symlink("was", folder / "module-2");
          },
          "module-2 is a link"}});
    return cases;
}

std::vector<Case> cases_of_the_list_itself() {
    const auto list = [](const std::string& text) {
        return [text](const fs::path& folder) { write_text(folder / "backup.json", text); };
    };
    const auto other = [](const std::function<void(const fs::path&)>& make) {
        return [make](const fs::path& folder) {
            fs::rename(folder / "backup.json", folder / "backup.json.was");
            make(folder / "backup.json");
        };
    };
    return {
        {"a list that is a FIFO", other(make_fifo), "backup.json is no plain file"},
        {"a list that is a device", other(make_device), "backup.json is no plain file"},
        {"a list that is a link", other(make_link), "backup.json is a link"},
        {"a list that is a folder", other(make_folder), "backup.json is no plain file"},
        {"no list", other([](const fs::path&) {}), "backup.json is not there"},
        {"an empty list", list(""), "no valid JSON"},
        {"a list that is no JSON", list("{\"format\": 1"), "no valid JSON"},
        {"a list of lists", list("[[]]"), "found an array, expected an object"},
        {"a deep list", list(std::string(100'000, '[')), "no valid JSON"},
        {"a long list", list(std::string((1 << 20) + 1, ' ')), "more than 1048576 bytes"},
    };
}

// Each name below the folder, with which file it is and what is in it.
std::map<std::string, std::string> tree(const fs::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        struct stat file {};
        EXPECT_EQ(lstat(entry.path().c_str(), &file), 0);
        all[entry.path()] = std::to_string(file.st_ino) + " " +
                            (entry.is_regular_file() ? read_text(entry.path()) : "");
    }
    return all;
}

json config_with_a_module_in_memory() {
    auto config = shop_config();
    config["modules"]["scratch"] = {{"plugin", "erp-ledger"},
                                    {"options", {{"database", "sqlite::memory:"}}}};
    return config;
}

class Restore : public testing::Test {
protected:
    Restore() {
        host_.serve();
        host_.call("product", "createProducts",
                   {{"products", {{{"id", "prod_0"}, {"title", "before"}}}}});
        EXPECT_EQ(update(host_, "prod_0", {{"title", "kept"}}).status, 200);
        EXPECT_EQ(host_.cli({"backup", folder_}).exit_code, 0);
        EXPECT_EQ(host_.stop(), 0);
    }

    void expect_refused(const std::vector<Case>& cases) {
        const auto before = tree(host_.dir() / "data");
        for (const auto& one : cases) {
            SCOPED_TRACE(one.name);
            const auto bad = host_.dir() / "bad";
            fs::remove_all(bad);
            fs::copy(folder_, bad, fs::copy_options::recursive);
            one.damage(bad);
            const auto refused = host_.cli({"restore", bad, "--replace"});
            EXPECT_EQ(refused.exit_code, 2) << refused.err;
            EXPECT_TRUE(has(refused.err, bad.string())) << refused.err;
            EXPECT_TRUE(has(refused.err, one.told)) << refused.err;
            EXPECT_FALSE(has(refused.err, "json.exception")) << refused.err;
            const auto after = tree(host_.dir() / "data");
            EXPECT_EQ(before.size(), after.size());
            EXPECT_TRUE(before == after) << "something was changed";
            if (before != after) return;
        }
    }

    HostProcess host_{config_with_a_module_in_memory()};
    const fs::path folder_ = host_.dir() / "backup";
};

TEST_F(Restore, of_a_list_that_is_not_as_it_was_written_is_refused_and_changes_nothing) {
    expect_refused(cases_of_contents());
}

TEST_F(Restore, of_files_that_are_not_those_of_a_backup_is_refused_and_changes_nothing) {
    expect_refused(cases_of_files());
}

TEST_F(Restore, without_a_list_that_can_be_read_is_refused_and_changes_nothing) {
    expect_refused(cases_of_the_list_itself());
}

TEST_F(Restore, takes_nothing_from_what_a_killed_one_left_beside_the_store) {
    host_.serve();
    EXPECT_EQ(update(host_, "prod_0", {{"title", "since"}}).status, 200);
    host_.kill9();
    const std::string store = host_.dir() / "data/gantry.db";
    fs::copy_file(store + "-wal", store + ".restore-new-wal");
    const auto restored = host_.cli({"restore", folder_, "--replace"});
    ASSERT_EQ(restored.exit_code, 0) << restored.err;
    host_.serve();
    EXPECT_EQ(host_.runs().size(), 1U) << "the second one is not in the backup";
    EXPECT_EQ(host_.stop(), 0);
}

TEST_F(Restore, that_was_killed_while_it_moved_a_file_aside_leaves_it_whole_with_the_next_one) {
    host_.serve();
    EXPECT_EQ(update(host_, "prod_0", {{"title", "since"}}).status, 200);
    host_.kill9();  // what was done since stands in files beside the databases
    for (const char* pass : {"1", "2", "4", "6"}) {
        Process killed({GANTRY_PROGRAM, "restore", folder_, "--replace", "-c", host_.config_file()},
                       host_.dir().path(), host_.dir() / "out", host_.dir() / "err",
                       {std::string("GANTRY_FAULT=restore.aside:") + pass + ":kill"});
        ASSERT_TRUE(killed.wait(std::chrono::seconds(60)));
        if (killed.exit_code() == 0) break;  // there were not so many
        ASSERT_EQ(killed.exit_code(), -SIGKILL) << pass;
    }
    const auto restored = host_.cli({"restore", folder_, "--replace"});
    ASSERT_EQ(restored.exit_code, 0) << restored.err;
    std::size_t with_both = 0;
    for (const auto& entry : fs::directory_iterator(host_.dir() / "data")) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with("gantry.db.before-restore-") || has(name, "-wal") ||
            has(name, "-shm")) {
            continue;
        }
        SQLite::Database aside(entry.path().string());
        if (aside.execAndGet("SELECT count(*) FROM run").getInt() == 2) ++with_both;
    }
    EXPECT_EQ(with_both, 1U) << "what was there before the first";
}

TEST(SharedFile, of_two_modules_that_share_a_file_is_put_back_as_one) {
    auto config = shop_config();
    config["modules"]["erp2"] = config["modules"]["erp"];
    config["modules"]["erp2"].erase("aliases");
    HostProcess host(config);
    host.serve();
    const auto folder = host.dir() / "backup";
    ASSERT_EQ(host.cli({"backup", folder}).exit_code, 0);
    EXPECT_EQ(host.stop(), 0);
    const auto restored = host.cli({"restore", folder, "--replace"});
    EXPECT_EQ(restored.exit_code, 0) << restored.err;
    host.serve();
    EXPECT_EQ(host.stop(), 0);
    config["modules"]["erp2"]["options"]["database"] = "sqlite:data/product.db";
    write_text(host.config_file(), config.dump());
    const auto before = tree(host.dir() / "data");
    const auto refused = host.cli({"restore", folder, "--replace"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(has(refused.err, "product.db: the backup has two files for it")) << refused.err;
    EXPECT_TRUE(before == tree(host.dir() / "data"));
}

TEST(BackupFolder, into_what_cannot_become_its_folder_is_refused_first) {
    HostProcess host(shop_config());
    host.serve();
    fs::create_directory(host.dir() / "empty");
    fs::create_directory_symlink(host.dir() / "empty", host.dir() / "link");
    fs::create_symlink(host.dir() / "nowhere", host.dir() / "dangling");
    const std::pair<std::string, std::string> cases[] = {
        {"link", "is a link"},
        {"link/", "is a link"},
        {"dangling", "is a link"},
        {std::string(250, 'x'), "File name too long"},
        {std::string(300, 'x'), "File name too long"},
        {"gantry.json/backup", "Not a directory"},
    };
    for (const auto& [name, told] : cases) {
        SCOPED_TRACE(name);
        const auto refused = host.cli({"backup", (host.dir() / name).string()});
        EXPECT_EQ(refused.exit_code, 2) << refused.err;
        EXPECT_TRUE(has(refused.err, told)) << refused.err;
        EXPECT_TRUE(has(refused.err, "INVALID_DATA")) << refused.err;
    }
    for (const auto& entry : fs::directory_iterator(host.dir().path())) {
        EXPECT_FALSE(has(entry.path(), ".part-")) << entry.path();
    }
    EXPECT_EQ(host.stop(), 0);
}

}  // namespace
}  // namespace gantry::test::restore_test
