// A query for the rows, then one for each relation of them all: never one for each row.
#include "find.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "filters.hpp"
#include "refusal.hpp"
#include "tree_filters.hpp"

namespace catalogue {

namespace {

using Kind = Relation::Kind;

constexpr std::size_t kAtOnce = 250;  // ids in one query

Error unknown_name(const Entity& entity, const std::string& what, const std::string& name) {
    std::string known;
    const auto add = [&](const char* one) {
        known += (known.empty() ? "" : ", ") + std::string(one);
    };
    if (what == "field") {
        for (const auto& column : entity.table.columns) add(column.name);
    }
    for (const auto& relation : entity.relations) add(relation.name);
    return invalid_data("unknown " + what + " '" + name + "'; " + entity.name + " has " + known,
                        {{what, name}});
}

void want_relation(const Entity& entity, Wanted& wanted, const std::string& path) {
    const auto dot = path.find('.');
    const auto name = path.substr(0, dot);
    const auto* relation = find_relation(entity, name);
    if (relation == nullptr) throw unknown_name(entity, "relation", name);
    auto& inner = wanted.relations[name];
    inner.with_deleted = wanted.with_deleted;
    if (relation->brings != nullptr) want_relation(*relation->target, inner, relation->brings);
    if (dot != std::string::npos) want_relation(*relation->target, inner, path.substr(dot + 1));
}

void want_field(const Entity& entity, Wanted& wanted, const std::string& path) {
    const auto dot = path.find('.');
    if (dot == std::string::npos) {
        if (find_column(entity.table, path) == nullptr) throw unknown_name(entity, "field", path);
        wanted.columns.insert(path);
        return;
    }
    const auto name = path.substr(0, dot);
    const auto* relation = find_relation(entity, name);
    if (relation == nullptr) throw unknown_name(entity, "field", name);
    auto& inner = wanted.relations[name];
    inner.with_deleted = wanted.with_deleted;
    want_field(*relation->target, inner, path.substr(dot + 1));
}

std::vector<std::string> texts(const json& input, const char* name) {
    if (!input.contains(name)) return {};
    return input.at(name).get<std::vector<std::string>>();
}

std::set<std::string> attached(const Wanted& wanted) {
    auto names = wanted.trees;
    for (const auto& [name, unused] : wanted.relations) names.insert(name);
    return names;
}

// The columns to load: those wanted, and those by which rows hang together.
std::vector<const Column*> columns_of(const Entity& entity, const Wanted& wanted,
                                      const char* besides = nullptr) {
    std::vector<const Column*> columns;
    for (const auto& column : entity.table.columns) {
        const std::string name = column.name;
        bool needed = wanted.columns.empty() || wanted.columns.contains(name) || name == "id" ||
                      (besides != nullptr && name == besides);
        for (const auto& relation : attached(wanted)) {
            const auto* known = find_relation(entity, relation);
            needed = needed || (known->kind == Kind::kReferred && name == known->column) ||
                     (known->kind == Kind::kShared && name == "product_id");
        }
        if (needed) columns.push_back(&column);
    }
    return columns;
}

void attach(soci::session& sql, const Entity& entity, json& rows, const Wanted& wanted);

std::string live(const Wanted& wanted) {
    return wanted.with_deleted ? "" : " AND deleted_at IS NULL";
}

// `query` for some of them at a time.
void in_parts(const json& ids, const std::function<void(const json& some)>& query) {
    for (std::size_t at = 0; at < ids.size(); at += kAtOnce) {
        const auto end = std::min(ids.size(), at + kAtOnce);
        query(json(ids.begin() + static_cast<std::ptrdiff_t>(at),
                   ids.begin() + static_cast<std::ptrdiff_t>(end)));
    }
}

// Rows of `entity` whose `column` is one of `ids`, their own relations inside.
json rows_by(soci::session& sql, const Entity& entity, const Wanted& wanted,
             const std::string& column, const std::string& order, const json& ids) {
    json all = json::array();
    in_parts(ids, [&](const json& some) {
        Selection chosen;
        chosen.columns = columns_of(entity, wanted, column.c_str());
        chosen.tail = "WHERE " + column + " IN (" + chosen.put_all(some) + ")" + live(wanted);
        if (!wanted.filters.empty()) {
            chosen.tail += " AND " + condition_of(sql, chosen, entity, wanted.filters);
        }
        chosen.tail += " ORDER BY " + order;
        for (auto& row : select(sql, entity.table, chosen)) all.push_back(std::move(row));
    });
    attach(sql, entity, all, wanted);
    return all;
}

// Without what was loaded only to hang it together.
json trimmed(json row, const Wanted& wanted) {
    if (wanted.columns.empty()) return row;
    for (auto it = row.begin(); it != row.end();) {
        const bool keep = it.key() == "id" || wanted.columns.contains(it.key()) ||
                          wanted.relations.contains(it.key()) || wanted.trees.contains(it.key());
        it = keep ? std::next(it) : row.erase(it);
    }
    return row;
}

// The different values of that column; nulls are none.
json values_of(const json& rows, const char* column) {
    std::set<std::string> seen;
    json values = json::array();
    for (const auto& row : rows) {
        const auto& value = row.at(column);
        if (!value.is_null() && seen.insert(value.get<std::string>()).second) {
            values.push_back(value);
        }
    }
    return values;
}

using Groups = std::unordered_map<std::string, json>;

json& group(Groups& groups, const std::string& owner) {
    return groups.try_emplace(owner, json::array()).first->second;
}

Groups owned(soci::session& sql, const Relation& relation, const Wanted& wanted, const json& ids) {
    Groups groups;
    for (auto& row : rows_by(sql, *relation.target, wanted, relation.column, relation.order, ids)) {
        const auto owner = row.at(relation.column).get<std::string>();
        group(groups, owner).push_back(trimmed(std::move(row), wanted));
    }
    return groups;
}

// In the order of the targets, not of the links.
Groups linked(soci::session& sql, const Relation& relation, const Wanted& wanted, const json& ids) {
    std::unordered_map<std::string, std::vector<std::string>> owners;  // by target
    json targets = json::array();
    in_parts(ids, [&](const json& some) {
        Selection chosen;
        chosen.tail =
            std::string("WHERE ") + relation.column + " IN (" + chosen.put_all(some) + ")";
        for (const auto& link : select(sql, *relation.link, chosen)) {
            auto& of = owners[link.at(relation.other).get<std::string>()];
            if (of.empty()) targets.push_back(link.at(relation.other));
            of.push_back(link.at(relation.column).get<std::string>());
        }
    });
    Groups groups;
    for (const auto& row : rows_by(sql, *relation.target, wanted, "id", relation.order, targets)) {
        const json shown = trimmed(row, wanted);
        for (const auto& owner : owners.at(row.at("id").get<std::string>())) {
            group(groups, owner).push_back(shown);
        }
    }
    return groups;
}

// The images of each variant, in the order of its product: those linked to it, and those that no
// variant is linked to.
Groups shared(soci::session& sql, const Relation& relation, const Wanted& wanted,
              const json& rows) {
    using Places = std::unordered_map<std::string, std::vector<std::size_t>>;
    const json all = rows_by(sql, *relation.target, wanted, "product_id", relation.order,
                             values_of(rows, "product_id"));
    Places linked;                                                       // in `all`, by variant
    Places general;                                                      // by product
    std::unordered_map<std::string, std::vector<std::string>> variants;  // by image

    in_parts(values_of(all, "id"), [&](const json& some) {
        Selection chosen;
        chosen.tail = std::string("WHERE ") + relation.other + " IN (" + chosen.put_all(some) + ")";
        for (const auto& link : select(sql, *relation.link, chosen)) {
            variants[link.at(relation.other).get<std::string>()].push_back(
                link.at(relation.column).get<std::string>());
        }
    });
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto found = variants.find(all[i].at("id").get_ref<const std::string&>());
        if (found == variants.end()) {
            general[all[i].at("product_id").get<std::string>()].push_back(i);
        } else {
            for (const auto& variant : found->second) linked[variant].push_back(i);
        }
    }
    Groups groups;
    for (const auto& row : rows) {
        const auto& own = linked[row.at("id").get<std::string>()];
        const auto& others = general[row.at("product_id").get<std::string>()];
        std::vector<std::size_t> places;
        std::merge(own.begin(), own.end(), others.begin(), others.end(),
                   std::back_inserter(places));
        auto& images = group(groups, row.at("id").get<std::string>());
        for (const auto place : places) images.push_back(trimmed(all[place], wanted));
    }
    return groups;
}

void refer(soci::session& sql, const Relation& relation, const Wanted& wanted, json& rows) {
    std::unordered_map<std::string, json> targets;
    for (auto& row :
         rows_by(sql, *relation.target, wanted, "id", "id", values_of(rows, relation.column))) {
        const auto id = row.at("id").get<std::string>();
        targets.emplace(id, trimmed(std::move(row), wanted));
    }
    for (auto& row : rows) {
        const auto& id = row.at(relation.column);
        const auto found = id.is_null() ? targets.end() : targets.find(id.get<std::string>());
        row[relation.name] = found == targets.end() ? json() : found->second;
    }
}

void attach(soci::session& sql, const Relation& relation, json& rows, const Wanted& inner) {
    if (relation.kind == Kind::kReferred) return refer(sql, relation, inner, rows);
    auto groups = relation.kind == Kind::kOwned ? owned(sql, relation, inner, values_of(rows, "id"))
                  : relation.kind == Kind::kLinked
                      ? linked(sql, relation, inner, values_of(rows, "id"))
                      : shared(sql, relation, inner, rows);
    for (auto& row : rows) {
        const auto found = groups.find(row.at("id").get_ref<const std::string&>());
        row[relation.name] = found == groups.end() ? json::array() : std::move(found->second);
    }
}

void attach(soci::session& sql, const Entity& entity, json& rows, const Wanted& wanted) {
    if (rows.empty()) return;
    for (const auto& [name, inner] : wanted.relations) {
        attach(sql, *find_relation(entity, name), rows, inner);
    }
    for (const auto& name : wanted.trees) {
        const Wanted inner{wanted.columns, {}, wanted.with_deleted, {name}, wanted.filters};
        attach(sql, *find_relation(entity, name), rows, inner);
    }
}

std::string where(const soci::session& sql, Selection& chosen, const Entity& entity,
                  const json& input) {
    const bool deleted = input.value("withDeleted", false);
    const json filters = without_trees(entity, input.value("filters", json::object()));
    return "WHERE " + condition_of(sql, chosen, entity, filters) +
           (deleted ? "" : " AND deleted_at IS NULL");
}

std::string one_order(const Entity& entity, const json& order) {
    if (!order.is_object() || order.size() != 1) {
        throw invalid_data("order is " + order.dump() +
                           "; it takes one field, or a list of {field: \"ASC\" or \"DESC\"}");
    }
    const auto& name = order.begin().key();
    const auto& direction = order.begin().value();
    const Column* column = find_column(entity.table, name);
    if (column == nullptr || column->type == Type::kJson ||
        (direction != "ASC" && direction != "DESC")) {
        throw invalid_data("order is {\"" + name + "\": " + direction.dump() +
                           "}; it takes a field of " + entity.name + " with \"ASC\" or \"DESC\"");
    }
    return name + " " + direction.get<std::string>();
}

std::string order_of(const Entity& entity, const json& input) {
    std::string text = " ORDER BY ";
    const json order = input.value("order", json::object());
    if (order.is_array()) {
        for (const auto& one : order) text += one_order(entity, one) + ", ";
    } else if (!order.empty()) {
        text += one_order(entity, order) + ", ";
    }
    return text + "id";  // last, so that pages never overlap
}

std::string page_of(Selection& chosen, const json& input) {
    if (!input.contains("skip") && !input.contains("take")) return "";
    const auto number = [&](const char* name, long long otherwise) {
        const auto value = input.value(name, otherwise);
        if (value < 0) {
            throw invalid_data(std::string(name) + " is " + input.at(name).dump() +
                               "; it takes 0 or more, below 2^63");
        }
        return chosen.put(value);
    };
    constexpr long long kUnlimited = 9223372036854775807;
    const std::string limit = number("take", kUnlimited);
    return " LIMIT " + limit + " OFFSET " + number("skip", 0);
}

}  // namespace

Wanted wanted_of(const Entity& entity, const json& input,
                 const std::vector<std::string>& relations) {
    Wanted wanted;
    wanted.with_deleted = input.value("withDeleted", false);
    for (const auto& path : input.contains("relations") ? texts(input, "relations") : relations) {
        want_relation(entity, wanted, path);
    }
    for (const auto& path : texts(input, "select")) want_field(entity, wanted, path);
    want_trees(entity, wanted, input.value("filters", json::object()));
    return wanted;
}

const std::vector<std::string>& whole_product() {
    static const std::vector<std::string> kAll = [] {
        std::vector<std::string> all;
        for (const auto& relation : kProducts.relations) all.emplace_back(relation.name);
        return all;
    }();
    return kAll;
}

json find(soci::session& sql, const Entity& entity, const json& input) {
    const auto wanted = wanted_of(entity, input, {});
    Selection chosen;
    chosen.columns = columns_of(entity, wanted);
    chosen.tail = where(sql, chosen, entity, input) + order_of(entity, input);
    chosen.tail += page_of(chosen, input);
    json rows = select(sql, entity.table, chosen);
    attach(sql, entity, rows, wanted);
    for (auto& row : rows) row = trimmed(std::move(row), wanted);
    return rows;
}

long long count(soci::session& sql, const Entity& entity, const json& input) {
    Selection chosen;
    chosen.tail = where(sql, chosen, entity, input);
    return count_rows(sql, entity.table, chosen);
}

json find_one(soci::session& sql, const Entity& entity, const std::string& id,
              const Wanted& wanted) {
    json rows = rows_by(sql, entity, wanted, "id", "id", json::array({id}));
    return rows.empty() ? json() : trimmed(std::move(rows.at(0)), wanted);
}

json find_all(soci::session& sql, const Entity& entity, const json& ids, const Wanted& wanted) {
    std::unordered_map<std::string, json> found;
    for (auto& row : rows_by(sql, entity, wanted, "id", "id", ids)) {
        const auto id = row.at("id").get<std::string>();
        found.emplace(id, trimmed(std::move(row), wanted));
    }
    json rows = json::array();
    for (const auto& id : ids) {
        const auto row = found.find(id.get_ref<const std::string&>());
        if (row != found.end()) rows.push_back(std::move(row->second));
    }
    return rows;
}

json retrieve(soci::session& sql, const Entity& entity, const std::string& id,
              const Wanted& wanted) {
    json row = find_one(sql, entity, id, wanted);
    if (row.is_null()) {
        throw not_found(std::string(entity.name) + " with id: " + id + " was not found");
    }
    return row;
}

}  // namespace catalogue
