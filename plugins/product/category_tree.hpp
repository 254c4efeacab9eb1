// The tree of categories: where one hangs, its place among its siblings, and all that is below it.
#pragma once

#include "rows.hpp"
#include "write.hpp"

namespace catalogue {

/// Writes `row`, a new one or, with `before`, one that was there, below its parent: its path and
/// those below it follow, and its siblings make room. Without `ranked` a row that is new there
/// stands last. Throws NOT_FOUND for a parent that is none, INVALID_DATA for one below itself.
void hang(const Write& write, json row, const json& before, bool ranked);

/// After `row` was taken out: the siblings behind it move up.
void close_gap(const Write& write, const json& row);

/// Its children and theirs, at any depth, deleted ones too.
json rows_below(const Write& write, const json& row);

}  // namespace catalogue
