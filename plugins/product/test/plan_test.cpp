// What lists are filtered by has an index: the database's own plan says so.
#include "entities.hpp"
#include "filters.hpp"
#include "support.hpp"

namespace catalogue {

namespace {

class Plan : public CatalogueTest {
protected:
    /// Five thousand products: a server plans by what there is, SQLite by what indexes there are.
    void fill() {
        Database(options().at("database"), kSchema).write([&](soci::session& sql) {
            const std::string times = ", 'now', 'now'";
            const std::string from = " FROM generate_series(1, ";
            const auto add = [&](const std::string& table, const std::string& columns,
                                 const std::string& values, const std::string& rows) {
                sql << "INSERT INTO " + table + " (" + columns +
                           ", created_at, updated_at) SELECT " + values + times + from + rows +
                           ") i";
            };
            add("product_tag", "id, value", "'t' || i, 'v' || i", "500");
            add("product_type", "id, value", "'t' || i, 'v' || i", "500");
            add("product_collection", "id, title, handle", "'c' || i, 't' || i, 'h' || i", "500");
            add("product_category",
                "id, name, description, handle, mpath, is_active, is_internal, rank",
                "'c' || i, 'n' || i, '', 'h' || i, 'c' || i || '.', 1, 0, i", "500");
            add("product",
                "id, title, handle, is_giftcard, status, discountable, version, external_id, "
                "type_id, collection_id",
                "'p' || i, 't' || i, 'h' || i, 0, 'draft', 1, 'v', 'e' || i, 't' || i % 500 + 1, "
                "'c' "
                "|| i % 500 + 1",
                "5000");
            add("product_variant",
                "id, title, sku, ean, allow_backorder, manage_inventory, variant_rank, product_id",
                "'v' || i, 't' || i, 's' || i, 'e' || i, 0, 1, 0, 'p' || i % 5000 + 1", "15000");
            for (const auto* link : {"tags (product_id, product_tag_id) SELECT 'p' || i, 't'",
                                     "category_product (product_id, product_category_id) SELECT "
                                     "'p' || i, 'c'"}) {
                sql << std::string("INSERT INTO product_") + link + " || i % 500 + 1" + from +
                           "5000) i";
            }
            return true;
        });
        soci::session("postgresql", server()) << "ANALYZE";
    }

    /// Whether line `i` is a scan without a condition that an index answers.
    static bool scans_on_a_server(const std::vector<std::string>& lines, std::size_t i) {
        if (lines[i].find("Seq Scan") != std::string::npos) return true;
        if (lines[i].find("Index Scan") == std::string::npos &&
            lines[i].find("Index Only Scan") == std::string::npos) {
            return false;
        }
        return i + 1 == lines.size() || lines[i + 1].find("Index Cond") == std::string::npos;
    }

    /// Whether it goes through a table, or through an index of words without a word.
    static bool scans_in_a_file(const std::string& line) {
        return line.starts_with("SCAN") &&
               line.find("VIRTUAL TABLE INDEX 0:M") == std::string::npos;
    }

    /// The lines of the plan of a list that go through every row of a table.
    std::string scans(const json& filters) {
        return scans(kProducts, filters, " AND deleted_at IS NULL ORDER BY id LIMIT 10", "on");
    }
    /// Whether a server may go through every row is `seqscan`, "on" or "off".
    std::string scans(const Entity& entity, const json& filters, const std::string& end,
                      const std::string& seqscan) {
        return Database(options().at("database"), kSchema).read([&](soci::session& sql) {
            if (on_a_server()) sql << "SET LOCAL enable_seqscan = " + seqscan;
            Selection chosen;
            std::string literal = condition_of(sql, chosen, entity, filters);
            for (std::size_t i = chosen.values.size(); i > 0; --i) {  // ":p12" before ":p1"
                const auto mark = ":p" + std::to_string(i);
                const auto text = "'" + chosen.values[i - 1].get<std::string>() + "'";
                literal.replace(literal.find(mark), mark.size(), text);
            }
            const std::string query =
                std::string("SELECT id FROM ") + entity.table.name + " WHERE " + literal + end;
            const soci::rowset<soci::row> plan =
                (sql.prepare << (on_a_server() ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + query);
            std::vector<std::string> lines;
            for (const auto& row : plan) {
                lines.push_back(row.get<std::string>(on_a_server() ? 0 : 3));
            }
            std::string found;
            for (std::size_t i = 0; i < lines.size(); ++i) {
                if (on_a_server() ? scans_on_a_server(lines, i) : scans_in_a_file(lines[i])) {
                    found += lines[i] + "\n";
                }
            }
            return found;
        });
    }
};

TEST_F(Plan, no_filter_of_products_goes_through_every_row) {
    if (on_a_server()) fill();
    for (const json& filters :
         {json{{"handle", "shirt"}}, json{{"id", {"a", "b"}}}, json{{"sku", "TSH-S"}},
          json{{"variants.ean", "1"}}, json{{"tags.id", "t"}}, json{{"tags.value", "v7"}},
          json{{"categories.id", "c"}}, json{{"collection_id", "c"}},
          json{{"collection.handle", "h7"}}, json{{"type_id", "t"}}, json{{"external_id", "e"}},
          json{{"q", "4711"}}, json{{"variants", {{"q", "s4711"}}}}}) {
        EXPECT_EQ(scans(filters), "") << filters;
    }
    EXPECT_NE(scans({{"material", "wool"}}), "") << "what has no index is told as such";
    EXPECT_NE(scans({{"q", "47"}}), "") << "what is too short for the index is told as such";
}

TEST_F(Plan, what_is_searched_has_an_index_in_every_entity) {
    for (const auto* entity : all_entities()) {
        EXPECT_EQ(scans(*entity, {{"q", "shirt"}}, "", "off"), "") << entity->name;
    }
}

}  // namespace

}  // namespace catalogue
