// Tags, types and collections: rows that products share, found by value or made.
#pragma once

#include "rows.hpp"
#include "write.hpp"

namespace catalogue {

/// The rows whose `column` ("value" or "title") is one of `values`, one for each, in that order and
/// without repeats; what is missing is made and recorded as made by the request.
json find_or_make(const Write& write, const Table& table, const char* column, const json& values);

/// The rows with these ids, in any order; fewer when some do not exist or are deleted softly.
json find_by_ids(const Write& write, const Table& table, const json& ids);

/// The id under which `row` of a snapshot is there: its own, or that of the row that has its value
/// by now; it is put back when neither exists.
std::string put_back_shared(const Write& write, const Table& table, const char* column,
                            const json& row);

/// Removes what the request's scope made and no product uses.
void remove_unused(const Write& write);

}  // namespace catalogue
