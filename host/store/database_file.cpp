// The shipped plugins write down whose tables these are, in plugin_schema; a host's store has runs.
#include "store/database_file.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <sqlite3.h>

#include <array>

namespace gantry::host {
namespace {

constexpr int kBusyMs = 1000;

}  // namespace

// A file that nobody has open is read without the one beside it that SQLite would make.
std::string uri_for_looking(const std::filesystem::path& file) {
    std::string out = "file:";
    for (const char c : file.string()) {
        constexpr std::string_view kSpecial = "%?#";
        if (kSpecial.find(c) == std::string_view::npos) {
            out += c;
            continue;
        }
        std::array<char, 4> code{};
        std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned char>(c));
        out += code.data();
    }
    std::error_code none;
    const auto wal = std::filesystem::file_size(file.string() + "-wal", none);
    return none || wal == 0 ? out + "?immutable=1" : out;
}

std::optional<DatabaseFile> look_at_database(const std::filesystem::path& file) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(file, none)) return std::nullopt;
    if (std::filesystem::file_size(file, none) == 0 || none) return std::nullopt;
    DatabaseFile found;
    try {
        SQLite::Database database(uri_for_looking(file), SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                                  kBusyMs);
        found.is_store = database.tableExists("run") && database.tableExists("definition");
        found.is_sqlite = true;
        if (!database.tableExists("plugin_schema")) return found;
        SQLite::Statement owner(database, "SELECT plugin FROM plugin_schema");
        if (owner.executeStep()) found.plugin = owner.getColumn(0).getString();
    } catch (const SQLite::Exception& e) {
        if (e.getErrorCode() != SQLITE_NOTADB && !found.is_sqlite) return std::nullopt;
    }
    return found;
}

}  // namespace gantry::host
