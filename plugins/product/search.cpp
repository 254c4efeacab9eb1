// SQLite has a table with a trigram index for each that is searched, PostgreSQL an index of its own
// kind: search.sqlite.sql, search.postgresql.sql.
#include "search.hpp"

#include "sql/letters.hpp"

namespace catalogue {

namespace {

constexpr std::size_t kLeastCharacters = 3;  // of what SQLite's index finds

// `words`, with a `mark` before each of the characters in `special`.
std::string marked(const std::string& words, std::string_view special, char mark) {
    std::string out;
    for (const char c : words) {
        if (special.find(c) != std::string_view::npos) out += mark;
        out += c;
    }
    return out;
}

}  // namespace

Search::Search(const soci::session& sql, Selection& chosen)
    : on_sqlite_(sql.get_backend_name() == "sqlite3"), chosen_(chosen) {}

std::string Search::condition(const Entity& entity, const std::string& words) {
    if (words.find('\0') != std::string::npos) return "1 = 0";  // no text has one
    if (on_sqlite_ && plugin_sql::decoded(words).size() >= kLeastCharacters) {
        const std::string table = entity.table.name;
        const std::string index = table + "_search";
        return "id IN (SELECT id FROM search_row WHERE number IN (SELECT rowid FROM " + index +
               " WHERE " + index + " MATCH " + chosen_.put('"' + marked(words, "\"", '"') + '"') +
               "))";
    }
    const auto pattern = '%' + marked(words, "%_\\", '\\') + '%';
    std::string any;
    for (const auto* column : entity.searched) {
        any += (any.empty() ? "(" : " OR ") + like(column, chosen_.put(pattern));
    }
    return any + ")";
}

std::string Search::like(const std::string& column, const std::string& pattern) const {
    const std::string end = on_sqlite_ ? ")" : " COLLATE \"und-x-icu\")";
    return "lower(" + column + end + " LIKE lower(" + pattern + end + " ESCAPE '\\'";
}

}  // namespace catalogue
