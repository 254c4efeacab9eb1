#include "tree_filters.hpp"

#include "refusal.hpp"

namespace catalogue {

namespace {

struct Tree {
    const char* filter;
    const char* relation;
};
constexpr Tree kTrees[] = {{"include_ancestors_tree", "parent_category"},
                           {"include_descendants_tree", "category_children"}};

}  // namespace

json without_trees(const Entity& entity, json filters) {
    if (&entity != &kCategories || !filters.is_object()) return filters;
    for (const auto& tree : kTrees) filters.erase(tree.filter);
    return filters;
}

void want_trees(const Entity& entity, Wanted& wanted, const json& filters) {
    if (&entity != &kCategories || !filters.is_object()) return;
    for (const auto& [filter, relation] : kTrees) {
        if (!filters.contains(filter)) continue;
        const json& value = filters.at(filter);
        if (!value.is_boolean()) {
            throw invalid_data(
                std::string("filter '") + filter + "' is " + value.dump() + "; it takes a boolean",
                {{"filter", filter}});
        }
        if (value.get<bool>()) wanted.trees.insert(relation);
    }
    for (const auto* field : {"is_active", "is_internal"}) {
        if (filters.contains(field)) wanted.filters[field] = filters.at(field);
    }
}

}  // namespace catalogue
