// Random values for the embedded ERP: what is accepted reads back equal, what is refused changed
// nothing, every undo is exact.
#include "support/erp/values_trial.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

namespace gantry::test {
namespace {

TEST(LedgerValues, what_it_accepts_reads_back_equal_and_what_it_refuses_changed_nothing) {
    const TempDir folder;
    const auto file = (folder / "erp.db").string();
    const auto row = [&] {
        const SQLite::Database database(file);
        SQLite::Statement select(database,
                                 "SELECT number, data FROM record WHERE product_id = 'p1'");
        select.executeStep();
        return select.getColumn(0).getString() + ' ' + select.getColumn(1).getString();
    };
    ValuesTrial trial("erp-ledger", {{"database", "sqlite:" + file}}, "p1", row);
    auto& random = trial.random;
    trial.answer("updateProductErpData",
                 {{"id", "p1"}, {"data", {{"title", "Mug"}}}, {"create", true}});
    const auto same = [](const json& value) { return Drawn{value, value}; };
    trial.drawn_otherwise["hs_code"] = [&] {
        return same(random.digits(random.dares(9) ? 0 : 1, 30));
    };
    trial.drawn_otherwise["origin_country"] = [&] {
        return same(random.dares(9)
                        ? random.text(2)
                        : std::string{random.from_to('A', 'Z'), random.from_to('A', 'Z')});
    };
    trial.drawn_otherwise["price"] = [&] { return same(random.decimal(40, 20).given); };
    for (const char* size : {"weight", "length", "height", "width"}) {
        trial.drawn_otherwise[size] = [&] {
            if (random.one_in(2)) return same(random.whole());
            return same(random.from_to(random.daring ? -9 : 0, 99'999) / 1e5);
        };
    }
    trial.change_and_undo_many();
}

}  // namespace
}  // namespace gantry::test
