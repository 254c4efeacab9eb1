// What only a database server does: it refuses, goes away and comes back, and serves several hosts.
#include <chrono>
#include <future>

#include "support.hpp"

namespace catalogue {

namespace {

class Server : public CatalogueTest {
protected:
    void SetUp() override {
        if (!on_a_server()) GTEST_SKIP() << "of a server";
    }
};

TEST_F(Server, a_lost_connection_is_told_and_made_again) {
    create({{"title", "A"}});
    soci::session other("postgresql", server());
    int ended = 0;
    other << "SELECT count(pg_terminate_backend(pid))::integer FROM pg_stat_activity WHERE pid <> "
             "pg_backend_pid() AND datname = current_database()",
        soci::into(ended);
    ASSERT_GE(ended, 1);
    expect_refused(error_from([&] { create({{"title", "B"}}); }), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(create({{"title", "B"}}).at("title"), "B");
    EXPECT_EQ(catalogue().list(json::object()).size(), 2U);
}

// As a role that the server can refuse, by a way that can be taken away.
class Reached : public Server {
protected:
    void SetUp() override {
        Server::SetUp();
        if (IsSkipped()) return;
        const auto url = server();
        const auto host = url.find("?host=") + 6;
        std::string folder = url.substr(host);
        for (std::size_t at; (at = folder.find("%2F")) != std::string::npos;) {
            folder.replace(at, 3, "/");
        }
        std::filesystem::create_directory_symlink(folder, way_);
        admin_.open("postgresql", url);
        admin_ << "SET client_min_messages = error";
        admin_ << "CREATE ROLE shop SUPERUSER LOGIN PASSWORD 'pa#ss'";
        admin_ << "SHOW hba_file", soci::into(rules_);
        set_rules("local all shop scram-sha-256");
        own_.emplace(json{{"database", "postgres://shop:pa#ss@/postgres?host=" + way_.string()}});
    }
    void TearDown() override {
        if (IsSkipped()) return;
        own_.reset();
        set_rules("");
        end_sessions();
        admin_ << "DROP ROLE shop";
    }

    Catalogue& own() { return *own_; }
    void end_sessions() {
        admin_ << "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
                  "WHERE usename = 'shop'";
    }
    void expect_all_refused(gantry_status code) {
        expect_refused(error_from([&] { own().ping(); }), code);
        expect_refused(error_from([&] { own().list(json::object()); }), code);
        expect_refused(error_from([&] {
                           own().create("", {{"products", {{{"title", "A"}}}}});
                       }),
                       code);
    }

    const std::filesystem::path way_ = folder_ / "way";
    soci::session admin_;

private:
    // The server reads them in its own time.
    void set_rules(const std::string& first) {
        admin_ << "COPY (SELECT unnest(ARRAY['" + first + "', 'local all all trust'])) TO '" +
                      rules_ + "'";
        admin_ << "SELECT pg_reload_conf()";
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (lets_in_all() != first.empty() && std::chrono::steady_clock::now() < end) {
        }
    }
    bool lets_in_all() const {
        try {
            soci::session("postgresql", "postgres://shop:wrong@/postgres?host=" + way_.string());
            return true;
        } catch (const soci::soci_error&) {
            return false;
        }
    }

    std::string rules_;
    std::optional<Catalogue> own_;
};

TEST_F(Reached, says_so_also_after_the_server_has_ended_the_connection) {
    own().ping();
    end_sessions();
    own().ping();
}

TEST_F(Reached, a_login_that_is_refused_at_run_time_is_of_class_auth) {
    for (const auto& [refuse, permit] :
         {std::pair{"ALTER ROLE shop PASSWORD 'other'", "ALTER ROLE shop PASSWORD 'pa#ss'"},
          std::pair{"ALTER ROLE shop NOLOGIN", "ALTER ROLE shop LOGIN"}}) {
        SCOPED_TRACE(refuse);
        admin_ << refuse;
        end_sessions();
        expect_all_refused(GANTRY_E_AUTH);
        admin_ << permit;
        own().ping();
        EXPECT_EQ(own().list(json::object()), json::array());
    }
}

TEST_F(Reached, a_server_that_is_away_is_unavailable) {
    std::filesystem::rename(way_, way_.string() + ".away");
    end_sessions();
    expect_all_refused(GANTRY_E_UNAVAILABLE);
    std::filesystem::rename(way_.string() + ".away", way_);
    own().ping();
}

TEST_F(Server, two_hosts_write_one_after_the_other) {
    Catalogue other(options());
    const auto write = [](Catalogue& by, const std::string& name) {
        for (int i = 0; i < 10; ++i) {
            const json product{{"title", name + std::to_string(i)},
                               {"tags", {{{"value", "both"}}}}};
            by.create("", {{"products", json::array({product})}});
        }
    };
    auto beside = std::async(std::launch::async, [&] { write(other, "theirs"); });
    write(catalogue(), "ours");
    beside.get();
    EXPECT_EQ(catalogue().list(json::object()).size(), 20U);
    EXPECT_EQ(catalogue().call("listProductTags", "", json::object()).size(), 1U);
}

TEST_F(Server, the_extension_for_searching_may_stand_in_any_schema) {
    soci::session other("postgresql", server());
    other << "SET client_min_messages = warning";
    other << "DROP EXTENSION pg_trgm CASCADE";
    other << "CREATE SCHEMA elsewhere";
    other << "CREATE EXTENSION pg_trgm SCHEMA elsewhere";
    empty();
    reopen();
    create({{"title", "Shirt"}});
    EXPECT_EQ(catalogue().list({{"filters", {{"q", "shir"}}}}).size(), 1U);
    other << "DROP SCHEMA elsewhere CASCADE";
}

TEST_F(Server, a_url_needs_no_parameters) {
    const auto url = server();
    const auto folder = url.substr(url.find("?host=") + 6);
    std::string socket;
    for (std::size_t i = 0; i < folder.size(); ++i) {
        const bool slash = folder.compare(i, 3, "%2F") == 0;
        socket += slash ? '/' : folder[i];
        if (slash) i += 2;
    }
    ::setenv("PGHOST", socket.c_str(), 1);  // NOLINT: no other thread runs
    const json options = {{"database", url.substr(0, url.find('?'))}};
    Catalogue plain(options);
    EXPECT_EQ(plain.list(json::object()), json::array());
    ::unsetenv("PGHOST");  // NOLINT
}

TEST_F(Server, a_database_that_is_none_is_told_without_the_password) {
    auto url = server();
    url.replace(url.find("/postgres?"), 9, "/nowhere");
    url.replace(url.find("gantry@"), 7, "gantry:secret@");
    const auto e = error_from([&] { Catalogue unwanted(json{{"database", url}}); });
    expect_refused(e, GANTRY_E_CONFIG, "does not exist");
    EXPECT_EQ(e.message().find("secret"), std::string::npos) << e.message();
    expect_refused(error_from([] {
                       Catalogue unwanted(json{{"database", "postgres://x@127.0.0.1:1/y"}});
                   }),
                   GANTRY_E_UNAVAILABLE, "cannot use");
}

TEST(Url, that_is_not_escaped_is_refused_and_nothing_of_its_password_is_shown) {
    for (const auto* password :
         {"first@second", "first@second#third", "first#second@third", "first/second",
          "first/second@third", "first#second/third", "first%second", "first%", "first?se/cond",
          "12/second", "/second@third", "first@", "@second", "/?second"}) {
        for (const std::string end :
             {"@127.0.0.1:1/y", "@127.0.0.1:1/y?application_name=x", "@/y"}) {
            const auto url = std::string("postgres://x:") + password + end;
            const auto e = error_from([&] { Catalogue unwanted(json{{"database", url}}); });
            expect_refused(e, GANTRY_E_CONFIG, "@ as %40");
            for (const auto* part : {"first", "second", "third", "cond", "12"}) {
                EXPECT_EQ(e.message().find(part), std::string::npos) << url << ": " << e.message();
            }
        }
    }
}

TEST(Url, that_can_be_read_is_asked) {
    for (const auto* url :
         {"postgres://x@127.0.0.1:1/y", "postgresql://x:first%40second@127.0.0.1:1/y",
          "postgres://x:first#second@127.0.0.1:1/y?application_name=a",
          "postgres://x:first:second?third@127.0.0.1:1/y", "postgres://127.0.0.1:1/y",
          "postgres://x:first@127.0.0.1:1", "postgres://x:first@[::1]:1/y",
          "postgres://x:first@127.0.0.1:1,localhost:1/y", "postgres://x:first@%2Fnowhere:1/y",
          "postgres://x:first@/y?host=/nowhere"}) {
        const auto e = error_from([&] { Catalogue unwanted(json{{"database", url}}); });
        expect_refused(e, GANTRY_E_UNAVAILABLE, "cannot use");
        EXPECT_EQ(e.message().find("first"), std::string::npos) << e.message();
    }
}

}  // namespace

}  // namespace catalogue
