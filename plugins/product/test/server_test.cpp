// What only a database server does: it refuses, goes away and comes back, and serves several hosts.
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

}  // namespace

}  // namespace catalogue
