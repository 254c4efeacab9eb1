// SQLite gives the pages of deleted rows back by its incremental vacuum, which has to be chosen
// before a file has tables, or with a VACUUM.
#include "store/room.hpp"

namespace gantry::host {
namespace {

constexpr int kIncremental = 2;
constexpr std::int64_t kSmall = std::int64_t{1} << 30;

std::int64_t asked(SqliteConnection& c, const char* pragma) {
    return c.database().execAndGet(pragma).getInt64();
}

}  // namespace

StoreSize size_of(SqliteConnection& c) {
    const auto page = asked(c, "PRAGMA page_size");
    return {asked(c, "PRAGMA page_count") * page, asked(c, "PRAGMA freelist_count") * page,
            asked(c, "PRAGMA auto_vacuum") == kIncremental};
}

void give_back(SqliteConnection& c, std::int64_t pages) {
    c.database().exec("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")");
}

void let_shrink(SqliteConnection& c) { c.database().exec("PRAGMA auto_vacuum=INCREMENTAL"); }

void make_shrinkable(SqliteConnection& c) noexcept {
    try {
        const auto size = size_of(c);
        if (size.shrinks || size.bytes >= kSmall || 2 * size.free_bytes <= size.bytes) return;
        let_shrink(c);
        c.database().exec("VACUUM");
    } catch (const std::exception&) {
        return;  // such as a disk without room for both; who shrinks it says how it is done
    }
}

}  // namespace gantry::host
