// I: what gantry.erp/1 alone promises: its description, fields that nobody maps, decimals.
#include "check/check.hpp"
#include "check/record.hpp"

#include <algorithm>
#include <set>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;

constexpr const char* kInterface = "gantry.erp/1";

json described(Record& record) { return record.call("describe", json::object()); }

void describe(Subject& subject) {
    Record record(subject, kInterface);
    const auto first = described(record);
    require(first.at("system").contains("kind"), "describe names no kind of system",
            "\"system\": {kind, id, company}", first);
    std::set<std::string> names;
    for (const auto& field : first.at("fields")) {
        require(names.insert(field.at("name")).second,
                "field " + field.at("name").dump() + " is described twice", "once", first);
    }
    const auto snapshot = record.snapshot();
    require(snapshot.at("system").at("id") == first.at("system").at("id"),
            "a snapshot names another system than describe", first.at("system").dump(), snapshot);
    record.stage().create_again();
    const auto again = described(record);
    require(again == first, "a new instance describes something else",
            "the same system, fields and removal", {{"first", first}, {"then", again}});
}

void ignored_fields(Subject& subject) {
    Record record(subject, kInterface);
    constexpr const char* kNobodys = "x-field-that-nobody-maps";
    json data = record.change();
    data[kNobodys] = "a value";
    const auto written = record.write(data);
    const auto& ignored = written.at("ignored");
    require(std::find(ignored.begin(), ignored.end(), kNobodys) != ignored.end(),
            std::string("a write of ") + kNobodys + " does not list it as ignored",
            "every field that nobody maps under \"ignored\"", written);
    const auto fields = record.fields_of(record.read());
    require(!fields.contains(kNobodys), std::string(kNobodys) + " was kept and said to be ignored",
            "one of both", fields);
    for (const auto& [field, value] : record.change().items()) {
        if (std::find(ignored.begin(), ignored.end(), field) != ignored.end()) continue;
        require(contains(fields.value(field, json(nullptr)), value),
                "field " + field + " was not written beside an ignored one", value.dump(), fields);
    }
}

void decimals(Subject& subject) {
    Record record(subject, kInterface);
    const auto description = described(record);
    std::string field;
    for (const auto& one : description.at("fields")) {
        if (one.at("type") == "decimal" && one.at("writable") == true) field = one.at("name");
    }
    if (field.empty()) skip("describe has no writable field of type \"decimal\"");
    const auto plain = record.try_write({{field, "19.95"}});
    require(!plain.error, "decimal " + field + ": \"19.95\" ended with " + in_words(plain),
            "a decimal as text is taken");
    for (const char* value : {"19.90", "0.10", "-3.50", "12345678901234.5678"}) {
        exact_or_refused(record, field, value, std::string("decimal ") + value);
    }
}

}  // namespace

std::vector<Check> erp_checks() {
    return {
        {"I1", "erp.describe", 2, "describe says which system it is, the same every time",
         "Take system.id from the system itself, and name each field once.", seconds(60),
         &describe},
        {"I4", "erp.ignored-fields", 2,
         "fields that nobody maps are listed and nothing else happens",
         "Put the names of all fields that you do not write into \"ignored\".", seconds(60),
         &ignored_fields},
        {"I10", "erp.decimals", 2, "decimals come back as they were written, or are refused",
         "Carry decimals as strings; never through a double.", seconds(60), &decimals},
    };
}

}  // namespace gantry::host::check
