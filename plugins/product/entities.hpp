// The entities of gantry.product/1: their names in methods, their tables, and how they hang
// together.
#pragma once

#include "tables.hpp"

namespace catalogue {

struct Entity;

/// From the rows of one entity to those of another.
struct Relation {
    enum class Kind {
        kOwned,     // a list: `column` of theirs has our id
        kReferred,  // one, or null: `column` of ours has their id
        kLinked,    // a list: `link` has our id in `column`, theirs in `other`
        kShared,    // a list: those linked, and those of our product that `link` has not at all
    };
    const char* name;
    Kind kind;
    const Entity* target;
    const char* column;
    const char* order = "id";      // of a list
    const Table* link = nullptr;   // kLinked, kShared
    const char* other = nullptr;   // kLinked, kShared
    const char* brings = nullptr;  // a relation of theirs that always comes along
};

struct Entity {
    const char* name;    // "ProductCategory"
    const char* plural;  // "ProductCategories"
    const Table& table;
    std::span<const Relation> relations;
    std::span<const char* const> searched;  // columns that `q` looks into
};

extern const Entity kProducts;
extern const Entity kVariants;
extern const Entity kOptions;
extern const Entity kOptionValues;
extern const Entity kImages;
extern const Entity kTags;
extern const Entity kTypes;
extern const Entity kCollections;
extern const Entity kCategories;

/// All of these.
std::span<const Entity* const> all_entities();

/// Null: there is none of that name.
const Relation* find_relation(const Entity& entity, std::string_view name);

}  // namespace catalogue
