// SQLite's quick_check. It takes a file without a byte for a database without tables.
#include "store/sound.hpp"

#include <gantry/error.hpp>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <string_view>

namespace gantry::host {
namespace {

Error unsound(const std::string& why) {
    return {GANTRY_E_INVALID_DATA, why, GANTRY_EF_NOT_APPLIED};
}

int by_bytes(void* /*unused*/, int a_size, const void* a, int b_size, const void* b) {
    const std::string_view left(static_cast<const char*>(a), static_cast<std::size_t>(a_size));
    const std::string_view right(static_cast<const char*>(b), static_cast<std::size_t>(b_size));
    return left.compare(right);
}

// An order of texts that only a plugin has: what is looked at is the same under any.
void add_any(void* /*unused*/, sqlite3* database, int encoding, const char* name) {
    sqlite3_create_collation(database, name, encoding, nullptr, by_bytes);
}

}  // namespace

void refuse_unsound(const std::filesystem::path& file) {
    if (std::filesystem::file_size(file) == 0) {
        throw unsound("it is empty, expected a SQLite database");
    }
    try {
        SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
        sqlite3_collation_needed(database.getHandle(), nullptr, add_any);
        const std::string found = database.execAndGet("PRAGMA quick_check(1)");
        if (found != "ok") throw unsound("SQLite finds it damaged: " + found);
    } catch (const SQLite::Exception& e) {
        const std::string_view what = e.what();
        // What only its plugin has keeps the rest from being looked at.
        if (what.find("no such module") != what.npos ||
            what.find("no such function") != what.npos) {
            return;
        }
        throw unsound(e.what());
    }
}

}  // namespace gantry::host
