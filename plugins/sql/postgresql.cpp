// A schema in a PostgreSQL database. Writes take one advisory lock, so that they go one after
// another as SQLite's do.
#include <soci/postgresql/soci-postgresql.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <gantry/error.hpp>
#include <initializer_list>

#include "sql/backend.hpp"

namespace plugin_sql {

namespace {

// Empty where the server did not say one.
std::string state_of(const soci::soci_error& e) {
    const auto* error = dynamic_cast<const soci::postgresql_soci_error*>(&e);
    const auto state = error == nullptr ? std::string() : error->sqlstate();
    return state.find_first_not_of(' ') == std::string::npos ? "" : state;
}

std::string replaced_word(std::string text, const std::string& word, const std::string& with) {
    const auto part = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    };
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
        const auto end = at + word.size();
        const bool whole =
            (at == 0 || !part(text[at - 1])) && (end == text.size() || !part(text[end]));
        if (whole) text.replace(at, word.size(), with);
        at += whole ? with.size() : word.size();
    }
    return text;
}

// Of "[::1]:5432,other:5433".
bool has_ports_that_are_numbers(std::string_view hosts) {
    bool within_brackets = false;
    bool within_port = false;
    for (const char c : hosts) {
        if (c == '[' || c == ']') within_brackets = c == '[';
        if (c == ',') within_port = false;
        if (within_port && std::isdigit(static_cast<unsigned char>(c)) == 0) return false;
        if (c == ':' && !within_brackets) within_port = true;
    }
    return true;
}

bool is_escaped(std::string_view url) {
    for (auto at = url.find('%'); at != std::string_view::npos; at = url.find('%', at + 1)) {
        const auto digits = url.substr(at + 1, 2);
        if (digits.size() < 2 ||
            digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) {
            return false;
        }
    }
    auto rest = url.substr(url.find("://") + 3);
    const auto end = rest.find_first_of("@/");  // where libpq ends user and password
    if (end != std::string_view::npos && rest[end] == '@') rest.remove_prefix(end + 1);
    return rest.find('@') == std::string_view::npos &&
           has_ports_that_are_numbers(rest.substr(0, rest.find_first_of("/?")));
}

// libpq would show what it takes for a host or a port, and that is a part of the password.
void refuse_unescaped(const std::string& url) {
    if (is_escaped(url)) return;
    throw gantry::Error(
        GANTRY_E_CONFIG,
        "database is no address as postgres://USER:PASSWORD@HOST/DATABASE (it is not shown, as it "
        "may hold a password): within its parts write @ as %40, / as %2F, : as %3A, ? as %3F, # as "
        "%23, % as %25",
        GANTRY_EF_NOT_APPLIED);
}

// SOCI takes the end of a URL without parameters for one, and gives it a "=".
std::string with_parameter(std::string url) {
    return url.find('?') == std::string::npos ? url + "?application_name=gantry" : url;
}

class Postgresql : public Backend {
public:
    Postgresql(std::string url, std::string plugin)
        : url_(with_parameter(std::move(url))), plugin_(std::move(plugin)) {
        refuse_unescaped(url_);
    }

    void open(soci::session& sql, std::chrono::milliseconds patience) override {
        if (sql.get_backend() != nullptr) sql.close();
        sql.open(soci::postgresql, url_);
        auto* connection = connection_of(sql);
        place_ = "database " + std::string(PQdb(connection)) + " at " + PQhost(connection);
        const auto limit = std::to_string(patience.count());
        sql << "SET client_min_messages = warning";
        sql << "SET lock_timeout = " + limit;
        sql << "SET idle_in_transaction_session_timeout = 0";
        sql << "SET jit = off";  // costs more than these queries
        sql << "CREATE SCHEMA IF NOT EXISTS " + quoted();
        sql << "SET search_path = " + quoted() + ", public";
    }

    void settle(soci::session&) override {}

    void begin_read(soci::session& sql) override {
        sql << "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    }
    void begin_write(soci::session& sql) override {
        sql << "BEGIN";
        sql << "SELECT pg_advisory_xact_lock(hashtext(current_schema()))";
    }

    bool has_tables(soci::session& sql) override { return count(sql, "1 = 1") > 0; }
    bool has_table(soci::session& sql, const std::string& name) override {
        return count(sql, "tablename = '" + name + "'") > 0;
    }
    std::string_view text_of(const Version& version) const override { return version.postgresql; }
    // Texts are compared byte by byte there too, whatever the database's locale is.
    std::string adapted(std::string statement) const override {
        if (!statement.starts_with("CREATE TABLE") &&
            statement.find("\nCREATE TABLE") == std::string::npos) {
            return statement;
        }
        return replaced_word(std::move(statement), "text", "text COLLATE \"C\"");
    }

    bool is_passing(const soci::soci_error& e) const override {
        constexpr std::array<std::string_view, 7> kPassing = {"08",    "40",    "53",   "55P03",
                                                              "57P01", "57P02", "57P03"};
        const auto state = state_of(e);
        if (state.empty()) return !is_configuration(e);
        return std::any_of(kPassing.begin(), kPassing.end(),
                           [&](std::string_view begin) { return state.starts_with(begin); });
    }
    // Before a session exists the server's words are all there is.
    bool is_configuration(const soci::soci_error& e) const override {
        return is_refused_login(e) ||
               says_one_of(
                   e, {"does not exist", "invalid connection option", "invalid URI",
                       "permission denied", "could not translate host name", "is not available"});
    }
    bool is_refused_login(const soci::soci_error& e) const override {
        return state_of(e).empty() &&
               says_one_of(e, {"authentication failed", "no pg_hba.conf entry",
                               "no password supplied", "FATAL:  role \""});
    }
    bool is_lost(soci::session& sql) override {
        return !sql.is_connected() || PQstatus(connection_of(sql)) != CONNECTION_OK;
    }
    // What the server refused it has rolled back; of a connection that broke nobody knows.
    bool is_undone(const soci::soci_error&, soci::session& sql) override { return !is_lost(sql); }

    void copy_to(soci::session&, const std::string&) override {
        throw gantry::Error(
            GANTRY_E_UNSUPPORTED,
            "its data is in PostgreSQL: back it up by that database's own means (pg_dump)",
            GANTRY_EF_NOT_APPLIED);
    }

    std::string place() const override { return place_; }

private:
    static PGconn* connection_of(soci::session& sql) {
        return static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_;
    }
    static bool says_one_of(const soci::soci_error& e,
                            std::initializer_list<std::string_view> words) {
        const auto text = e.get_error_message();
        return std::any_of(words.begin(), words.end(), [&](std::string_view one) {
            return text.find(one) != std::string::npos;
        });
    }
    std::string quoted() const { return '"' + plugin_ + '"'; }

    static int count(soci::session& sql, const std::string& condition) {
        int tables = 0;
        sql << "SELECT count(*)::integer FROM pg_tables WHERE schemaname = current_schema() AND " +
                   condition,
            soci::into(tables);
        return tables;
    }

    const std::string url_;
    const std::string plugin_;
    std::string place_ = "the PostgreSQL server";
};

}  // namespace

std::unique_ptr<Backend> postgresql_backend(const std::string& url, const std::string& plugin) {
    return std::make_unique<Postgresql>(url, plugin);
}

// "… DETAIL:  Key (a, b)=(x, y) already exists."; the last column is the one that counts.
std::optional<std::string> postgresql_duplicate(const soci::soci_error& e) {
    constexpr const char* kUniqueViolation = "23505";
    if (state_of(e) != kUniqueViolation) return std::nullopt;
    const std::string text = e.get_error_message();
    const auto begin = text.find("Key (");
    const auto end = text.find(")=(", begin);
    if (begin == std::string::npos || end == std::string::npos) return std::nullopt;
    const auto columns = text.substr(begin + 5, end - begin - 5);
    const auto comma = columns.rfind(", ");
    return comma == std::string::npos ? columns : columns.substr(comma + 2);
}

}  // namespace plugin_sql
