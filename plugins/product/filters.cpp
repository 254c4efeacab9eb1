// Each filter becomes a condition with bound values; fields of relations become IN (SELECT …),
// which both databases answer from an index.
#include "filters.hpp"

#include "refusal.hpp"
#include "search.hpp"

namespace catalogue {

namespace {

constexpr const char* kOperators =
    "$eq, $ne, $in, $nin, $gt, $gte, $lt, $lte, $like, $ilike, $exists, $not";
constexpr std::size_t kDeepest = 16;
constexpr std::size_t kMostConditions = 500;  // a chain of them is a tree to SQLite
constexpr std::size_t kMostValues = 5000;     // the time they take grows with their square

class Filters {
public:
    Filters(const soci::session& sql, Selection& chosen) : search_(sql, chosen), chosen_(chosen) {}

    std::string all_of(const Entity& entity, const json& filters) {
        if (!filters.is_object()) {
            throw invalid_data("filters are " + filters.dump() + "; they are an object");
        }
        if (++depth_ > kDeepest) throw invalid_data("filters are nested too deeply");
        std::string all;
        for (const auto& [name, value] : filters.items()) {
            all += (all.empty() ? "" : " AND ") + one_of(entity, name, value);
        }
        --depth_;
        return all.empty() ? "1 = 1" : all;
    }

private:
    std::string one_of(const Entity& entity, const std::string& name, const json& value) {
        if (++conditions_ > kMostConditions) {
            throw invalid_data("the filters are more than " + std::to_string(kMostConditions));
        }
        if (name == "$and") return joined(entity, name, value, " AND ", "1 = 1");
        if (name == "$or") return joined(entity, name, value, " OR ", "1 = 0");
        if (name == "$not") return "NOT (" + all_of(entity, value) + ")";
        if (name == "q") {
            if (value.is_string()) return search_.condition(entity, value.get<std::string>());
            throw invalid_data("q is " + value.dump() + "; it takes a text");
        }
        if (const Column* column = find_column(entity.table, name)) {
            return on_column(*column, value);
        }
        const auto dot = name.find('.');
        const auto* relation = find_relation(entity, std::string_view(name).substr(0, dot));
        if (relation != nullptr) {
            return in_relation(
                *relation, dot == std::string::npos ? value : json{{name.substr(dot + 1), value}});
        }
        const bool of_variants = &entity == &kProducts && find_column(kVariant, name) != nullptr;
        if (of_variants) return in_relation(*find_relation(entity, "variants"), {{name, value}});
        throw unknown(entity, name);
    }

    std::string joined(const Entity& entity, const std::string& name, const json& value,
                       const char* by, const char* none) {
        if (!value.is_array()) {
            throw invalid_data(name + " is " + value.dump() + "; it takes a list of filters");
        }
        std::string all;
        for (const auto& one : value) {
            all += all.empty() ? "(" : by;
            all += '(';
            all += all_of(entity, one);
            all += ')';
        }
        return all.empty() ? none : all + ")";
    }

    std::string in_relation(const Relation& relation, const json& filters) {
        const std::string target = relation.target->table.name;
        const auto rows = [&](const char* column) {
            return "(SELECT " + std::string(column) + " FROM " + target +
                   " WHERE deleted_at IS NULL AND " + all_of(*relation.target, filters) + ")";
        };
        switch (relation.kind) {
            case Relation::Kind::kOwned:
                return "id IN " + rows(relation.column);
            case Relation::Kind::kReferred:
                return std::string(relation.column) + " IN " + rows("id");
            case Relation::Kind::kLinked:
            case Relation::Kind::kShared:
                break;
        }
        return std::string("id IN (SELECT ") + relation.column + " FROM " + relation.link->name +
               " WHERE " + relation.other + " IN " + rows("id") + ")";
    }

    std::string on_column(const Column& column, const json& value) {
        if (value.is_array()) return listed(column, value);
        if (!value.is_object()) return equal(column, value);
        std::string all;
        for (const auto& [name, operand] : value.items()) {
            all += (all.empty() ? "(" : " AND ") + by_operator(column, name, operand);
        }
        return all.empty() ? "1 = 1" : all + ")";
    }

    std::string by_operator(const Column& column, const std::string& name, const json& operand) {
        const std::string text = column.name;
        if (name == "$eq") return equal(column, operand);
        if (name == "$ne")
            return operand.is_null() ? text + " IS NOT NULL" : text + " <> " + put(column, operand);
        if (name == "$in") return listed(column, operand);
        if (name == "$nin") return "NOT (" + listed(column, operand) + ")";
        if (name == "$gt") return text + " > " + put(column, operand);
        if (name == "$gte") return text + " >= " + put(column, operand);
        if (name == "$lt") return text + " < " + put(column, operand);
        if (name == "$lte") return text + " <= " + put(column, operand);
        if (name == "$not") return "NOT (" + on_column(column, operand) + ")";
        if (name == "$like" || name == "$ilike") {
            if (column.type != Type::kText || ends_in_escape(operand)) throw wrong(column, operand);
            const auto pattern = put(column, operand);
            return name == "$ilike" ? search_.like(text, pattern)
                                    : text + " LIKE " + pattern + " ESCAPE '\\'";
        }
        if (name == "$exists") {
            if (!operand.is_boolean()) throw wrong(column, operand);
            return text + (operand.get<bool>() ? " IS NOT NULL" : " IS NULL");
        }
        throw invalid_data(
            "unknown operator '" + name + "' of filter '" + text + "'; there are " + kOperators,
            {{"filter", text}, {"operator", name}});
    }

    std::string equal(const Column& column, const json& value) {
        if (value.is_null()) return std::string(column.name) + " IS NULL";
        return std::string(column.name) + " = " + put(column, value);
    }

    std::string listed(const Column& column, const json& values) {
        if (!values.is_array()) throw wrong(column, values);
        std::string marks;
        for (const auto& value : values) marks += (marks.empty() ? "" : ", ") + put(column, value);
        return marks.empty() ? "1 = 0" : std::string(column.name) + " IN (" + marks + ")";
    }

    std::string put(const Column& column, const json& value) {
        if (!has_type(value, column.type) || column.type == Type::kJson) throw wrong(column, value);
        if (column.type == Type::kReal && !is_exact(value)) throw wrong(column, value);
        if (++values_ > kMostValues) {
            throw invalid_data("the filters have more than " + std::to_string(kMostValues) +
                               " values; ask in parts");
        }
        return chosen_.put(value);
    }

    // A backslash there escapes nothing.
    static bool ends_in_escape(const json& pattern) {
        if (!pattern.is_string()) return false;
        const auto& text = pattern.get_ref<const std::string&>();
        const auto last = text.find_last_not_of('\\');
        return (text.size() - (last == std::string::npos ? 0 : last + 1)) % 2 == 1;
    }

    static Error wrong(const Column& column, const json& value) {
        return invalid_data(std::string("filter '") + column.name + "' is " + value.dump() +
                                "; it takes a " + name_of(column.type) +
                                ", a list of them, null, or {operator: value}",
                            {{"filter", column.name}});
    }

    static Error unknown(const Entity& entity, const std::string& name) {
        std::string known = "q, $and, $or, $not";
        for (const auto& column : entity.table.columns) {
            if (column.type != Type::kJson) known += std::string(", ") + column.name;
        }
        for (const auto& relation : entity.relations) {
            known += std::string(", ") + relation.name + ".…";
        }
        return invalid_data("unknown filter '" + name + "'; " + entity.name + " knows " + known,
                            {{"filter", name}});
    }

    Search search_;
    Selection& chosen_;
    std::size_t depth_ = 0;
    std::size_t conditions_ = 0;
    std::size_t values_ = 0;
};

}  // namespace

std::string condition_of(const soci::session& sql, Selection& chosen, const Entity& entity,
                         const json& filters) {
    return Filters(sql, chosen).all_of(entity, filters);
}

}  // namespace catalogue
