// How large the file is, and how it becomes smaller again.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// See the functions size() and shrink() of Store. What fails throws SQLite::Exception.
StoreSize size_of(SqliteConnection& c);
void give_back(SqliteConnection& c, std::int64_t pages);

/// Before the first table of a new file: it can give pages back.
void let_shrink(SqliteConnection& c);
/// An older file that cannot is made anew so, where more than half of it is free and it is small
/// enough not to hold up the start. What fails leaves it as it was.
void make_shrinkable(SqliteConnection& c) noexcept;

}  // namespace gantry::host
