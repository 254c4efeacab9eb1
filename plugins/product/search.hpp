// `q`: the rows whose texts hold some words, capital letters or not, by an index of all that each
// three characters stand in.
#pragma once

#include "entities.hpp"
#include "rows.hpp"

namespace catalogue {

/// What it gives are conditions, whose values go into `chosen`.
class Search {
public:
    Search(const soci::session& sql, Selection& chosen);

    /// Rows of `entity` with `words` in one of the columns that are searched. SQLite's index knows
    /// words of three characters or more, PostgreSQL's those with three letters or digits in a row;
    /// others are looked for in every row.
    std::string condition(const Entity& entity, const std::string& words);

    /// Whether `column` is like `pattern`, two expressions, capital letters or not.
    std::string like(const std::string& column, const std::string& pattern) const;

private:
    const bool on_sqlite_;
    Selection& chosen_;
};

}  // namespace catalogue
