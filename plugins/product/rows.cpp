// Rows as JSON objects, read and written by the description of their table.
#include "rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <span>

#include "refusal.hpp"
#include "sql/database.hpp"

namespace catalogue {

namespace {

constexpr double kExact = 9007199254740992.0;  // 2^53

// Whole numbers stay whole: 250, not 250.0, in answers and in version tags.
json real(double value) {
    if (std::abs(value) <= kExact && value == std::floor(value)) {
        return static_cast<std::int64_t>(value);
    }
    return value;
}

// SQLite would end some texts at it, PostgreSQL all, and then another row is meant.
void refuse_zero(const std::string& text, const std::string& what) {
    if (text.find('\0') == std::string::npos) return;
    throw invalid_data(what + " has a character of code 0, which no database keeps");
}

std::string field_of(const Table& table, const Column& column) {
    return std::string("Field '") + column.name + "' of " + table.title;
}

json from_column(const soci::row& row, std::size_t i, Type type) {
    if (row.get_indicator(i) == soci::i_null) return nullptr;
    switch (row.get_properties(i).get_data_type()) {
        case soci::dt_integer:
            if (type == Type::kFlag) return row.get<int>(i) != 0;
            return row.get<int>(i);
        case soci::dt_long_long:
            return row.get<long long>(i);
        case soci::dt_double:
            return real(row.get<double>(i));
        default:
            if (type == Type::kJson) return json::parse(row.get<std::string>(i));
            return row.get<std::string>(i);
    }
}

// SOCI binds by reference; this keeps the values where they are until the statement is done.
class Bound {
public:
    void to(soci::details::prepare_temp_type& statement, const json& value) {
        if (value.is_number_float()) {
            statement, soci::use(reals_.emplace_back(value.get<double>()));
        } else if (value.is_number() || value.is_boolean()) {
            statement, soci::use(integers_.emplace_back(
                           value.is_boolean() ? static_cast<long long>(value.get<bool>())
                                              : value.get<long long>()));
        } else if (value.is_null()) {
            statement, soci::use(texts_.emplace_back(), null_);
        } else {
            const auto& text =
                texts_.emplace_back(value.is_object() ? value.dump() : value.get<std::string>());
            refuse_zero(text, "What is looked for");
            statement, soci::use(text);
        }
    }

private:
    std::deque<std::string> texts_;
    std::deque<long long> integers_;
    std::deque<double> reals_;
    soci::indicator null_ = soci::i_null;
};

// Of one INSERT: SQLite looks for the name of each among those before it.
constexpr std::size_t kValuesAtOnce = 250;

std::string column_list(const Table& table) {
    std::string list;
    for (const auto& column : table.columns) {
        if (!list.empty()) list += ", ";
        list += column.name;
    }
    return list;
}

json checked(const Table& table, const Column& column, const json& value) {
    if (value.is_null()) {
        if (column.nullable) return value;
        throw invalid_data(std::string("Cannot set field '") + column.name + "' of " + table.title +
                           " to null");
    }
    if (!has_type(value, column.type)) {
        throw invalid_data(std::string("Expected type: '") + name_of(column.type) +
                           "' for field '" + column.name + "' of " + table.title +
                           ", got: " + value.dump());
    }
    if (value.is_string()) refuse_zero(value.get<std::string>(), field_of(table, column));
    if (column.type == Type::kReal && !is_exact(value)) {
        throw invalid_data(field_of(table, column) + " is " + value.dump() +
                               ", which it does not keep to the last digit; it takes whole "
                               "numbers up to 9007199254740992",
                           {{"field", column.name}, {"value", value}});
    }
    return column.type == Type::kReal ? real(value.get<double>()) : value;
}

json merged(json metadata, const json& given) {
    if (given.is_null()) return nullptr;
    if (!metadata.is_object()) metadata = json::object();
    for (const auto& [key, value] : given.items()) {
        if (value == "") {
            metadata.erase(key);
        } else {
            metadata[key] = value;
        }
    }
    return metadata;
}

Error unknown_field(const Table& table, const std::string& field) {
    std::string known;
    for (const auto& column : table.columns) {
        if (!column.settable) continue;
        if (!known.empty()) known += ", ";
        known += column.name;
    }
    return invalid_data("Unknown field '" + field + "' of " + table.title + "; it has " + known,
                        {{"field", field}});
}

}  // namespace

std::string Selection::put(json value) {
    values.push_back(std::move(value));
    return ":p" + std::to_string(values.size());
}

std::string Selection::put_all(const json& list) {
    std::string text;
    for (const auto& value : list) text += (text.empty() ? "" : ", ") + put(value);
    return text;
}

const char* name_of(Type type) {
    switch (type) {
        case Type::kText:
            return "string";
        case Type::kFlag:
            return "boolean";
        case Type::kInteger:
            return "integer";
        case Type::kReal:
            return "number";
        case Type::kJson:
            return "object";
    }
    return "";
}

bool has_type(const json& value, Type type) {
    switch (type) {
        case Type::kText:
            return value.is_string();
        case Type::kFlag:
            return value.is_boolean();
        case Type::kInteger:
            return value.is_number_integer() && value >= INT32_MIN && value <= INT32_MAX;
        case Type::kReal:
            return value.is_number();
        case Type::kJson:
            return value.is_object();
    }
    return false;
}

bool is_exact(const json& value) {
    constexpr auto kMost = static_cast<std::int64_t>(kExact);
    if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::uint64_t{kMost};
    return !value.is_number_integer() ||
           (value.get<std::int64_t>() >= -kMost && value.get<std::int64_t>() <= kMost);
}

json select(soci::session& sql, const Table& table, const Selection& selection) {
    auto columns = selection.columns;
    if (columns.empty()) {
        for (const auto& column : table.columns) columns.push_back(&column);
    }
    std::string names;
    for (const auto* column : columns)
        names += (names.empty() ? "" : ", ") + std::string(column->name);
    Bound bound;
    soci::details::prepare_temp_type statement =
        sql.prepare << "SELECT " + names + " FROM " + table.name + " " + selection.tail;
    for (const auto& value : selection.values) bound.to(statement, value);
    json rows = json::array();
    const soci::rowset<soci::row> found(statement);
    for (const auto& row : found) {
        json one = json::object();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            one[columns[i]->name] = from_column(row, i, columns[i]->type);
        }
        rows.push_back(std::move(one));
    }
    return rows;
}

long long count_rows(soci::session& sql, const Table& table, const Selection& selection) {
    Bound bound;
    long long number = 0;
    soci::details::prepare_temp_type prepared =
        sql.prepare << "SELECT count(*) FROM " + std::string(table.name) + " " + selection.tail;
    for (const auto& value : selection.values) bound.to(prepared, value);
    prepared, soci::into(number);
    soci::statement(prepared).execute(true);
    return number;
}

namespace {

// As every column takes it: numbers too are told by their text.
std::string text_of(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
    return value.dump();
}

/// INSERT of so many rows at a time, prepared once: with a table's triggers that costs more than
/// the rows.
class Insertion {
public:
    Insertion(soci::session& sql, const Table& table, std::size_t rows)
        : table_(table),
          texts_(rows * table.columns.size()),
          known_(texts_.size(), soci::i_ok),
          statement_(prepared(sql)) {}
    Insertion(const Insertion&) = delete;
    Insertion& operator=(const Insertion&) = delete;

    void execute(std::span<const json* const> rows) {
        std::size_t i = 0;
        for (const auto* row : rows) {
            for (const auto& column : table_.columns) {
                const auto value = row->find(column.name);
                const bool null = value == row->end() || value->is_null();
                known_[i] = null ? soci::i_null : soci::i_ok;
                texts_[i] = null ? "" : text_of(*value);
                refuse_zero(texts_[i++], field_of(table_, column));
            }
        }
        statement_.execute(true);
    }

private:
    soci::details::prepare_temp_type prepared(soci::session& sql) {
        std::string text =
            "INSERT INTO " + std::string(table_.name) + " (" + column_list(table_) + ") VALUES ";
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            const bool first = i % table_.columns.size() == 0;
            text += i == 0 ? "(:p" : first ? "), (:p" : ", :p";
            text += std::to_string(i);
        }
        soci::details::prepare_temp_type statement = sql.prepare << text + ")";
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            statement, soci::use(texts_[i], known_[i]);
        }
        return statement;
    }

    const Table& table_;
    std::vector<std::string> texts_;  // SOCI binds by reference
    std::vector<soci::indicator> known_;
    soci::statement statement_;
};

void insert_one(Insertion& insertion, const Table& table, const json& row) {
    const json* const one = &row;
    try {
        insertion.execute({&one, 1});
    } catch (const soci::soci_error& e) {
        const auto column = plugin_sql::duplicate_column(e);
        if (!column) throw;
        const json& value = row.at(*column);
        throw invalid_data(std::string(table.title) + " with " + *column + ": " +
                               (value.is_string() ? value.get<std::string>() : value.dump()) +
                               ", already exists.",
                           {{"field", *column}, {"value", value}});
    }
}

}  // namespace

void insert(soci::session& sql, const Table& table, const json& row) {
    Insertion insertion(sql, table, 1);
    insert_one(insertion, table, row);
}

void insert_all(soci::session& sql, const Table& table, const std::vector<const json*>& rows) {
    const auto together = std::max<std::size_t>(1, kValuesAtOnce / table.columns.size());
    std::span<const json* const> left = rows;
    if (left.size() >= together) {
        Insertion insertion(sql, table, together);
        sql << "SAVEPOINT together";
        try {
            for (; left.size() >= together; left = left.subspan(together)) {
                insertion.execute(left.first(together));
            }
        } catch (const soci::soci_error& e) {
            if (!plugin_sql::duplicate_column(e)) throw;
            sql << "ROLLBACK TO SAVEPOINT together";
            left = rows;  // one by one it says which one it is
        }
        sql << "RELEASE SAVEPOINT together";
    }
    if (left.empty()) return;
    Insertion insertion(sql, table, 1);
    for (const auto* row : left) insert_one(insertion, table, *row);
}

void remove(soci::session& sql, const Table& table, const json& row) {
    std::string text = "DELETE FROM " + std::string(table.name) + " WHERE ";
    for (std::size_t i = 0; i < table.key_columns; ++i) {
        const std::string name = table.columns[i].name;
        text += (i == 0 ? "" : " AND ") + name + " = :" + name;
    }
    Bound bound;
    soci::details::prepare_temp_type prepared = sql.prepare << text;
    for (std::size_t i = 0; i < table.key_columns; ++i) {
        bound.to(prepared, row.at(table.columns[i].name));
    }
    soci::statement(prepared).execute(true);
}

void rewrite(soci::session& sql, const Table& table, const json& row) {
    remove(sql, table, row);
    insert(sql, table, row);
}

const Column* find_column(const Table& table, std::string_view name) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const Column& column) { return name == column.name; });
    return found == table.columns.end() ? nullptr : &*found;
}

std::string key_of(const Table& table, const json& row) {
    std::string key;
    for (std::size_t i = 0; i < table.key_columns; ++i) {
        key += row.at(table.columns[i].name).get_ref<const std::string&>();
        key += '\n';
    }
    return key;
}

json new_row(const Table& table, std::string id, const std::string& now) {
    json row = json::object();
    for (const auto& column : table.columns) row[column.name] = nullptr;
    row["id"] = std::move(id);
    row["created_at"] = now;
    row["updated_at"] = now;
    return row;
}

void assign(const Table& table, json& row, const json& data, bool is_new) {
    for (const auto& [field, value] : data.items()) {
        const Column* column = find_column(table, field);
        if (column == nullptr || !column->settable) throw unknown_field(table, field);
        const json good = checked(table, *column, value);
        row[field] = column->type == Type::kJson && !is_new ? merged(row.at(field), good) : good;
    }
}

}  // namespace catalogue
