// I: of each field that `describe` of gantry.erp/1 names: changed alone, taken back, left alone,
// and of the type that it is said to have.
#include "check/check.hpp"
#include "check/described.hpp"

#include <algorithm>

namespace gantry::host::check {
namespace {

constexpr const char* kFieldsOf = "gantry.erp/1";

// One field was written alone.
struct Written {
    const FieldChange& change;
    std::string key;
    json before;  // what reads showed
    json now;
    json snapshot;
    json version;
};

void each_field(Record& record,
                const std::function<void(const FilledProduct&, const Written&)>& see) {
    const FilledProduct filled(record);
    if (filled.changes().empty()) {
        skip(
            "describe names no writable field that took one of the values tried; put some into "
            "\"data\" and \"change\" of contract.json's product");
    }
    for (const auto& change : filled.changes()) {
        Written written{change, new_key(), record.read(), nullptr, record.snapshot(), nullptr};
        written.version = record.write({{change.field, change.to}}, written.key).at("version");
        written.now = record.read();
        see(filled, written);
        record.write({{change.field, change.from}});
    }
}

std::string changed(const Written& written) {
    return "field " + written.change.field + ", changed alone from " + written.change.from.dump() +
           " to " + written.change.to.dump();
}

void version(Subject& subject) {
    Record record(subject, kFieldsOf);
    each_field(record, [](const FilledProduct&, const Written& written) {
        require(version_of(written.before) != version_of(written.now),
                changed(written) + ", left the version as it was",
                "another version: without one nobody sees that it changed",
                {{"before", written.before}, {"now", written.now}});
    });
}

void absent(Subject& subject) {
    Record record(subject, kFieldsOf);
    each_field(record, [&](const FilledProduct& filled, const Written& written) {
        const auto before = filled.others(record.fields_of(written.before), written.change.field);
        const auto now = filled.others(record.fields_of(written.now), written.change.field);
        for (const auto& [field, value] : before.items()) {
            require(now.at(field) == value,
                    changed(written) + ", made " + field + " " + now.at(field).dump(),
                    value.dump() + ": what a write does not name stays", written.now);
        }
    });
}

// Also of a field that had no value.
void undo(Subject& subject) {
    Record record(subject, kFieldsOf);
    const auto take_back = [&](const Written& written, const std::string& what) {
        const auto undone = record.restore(written.snapshot, written.version, written.key);
        require(!undone.error, "restoreProduct of " + what + " ended with " + in_words(undone),
                "success");
        require_equal(record, written.before, record.read(), "after restoreProduct of " + what);
    };
    each_field(record, [&](const FilledProduct&, const Written& written) {
        take_back(written, changed(written));
        const auto& field = written.change.field;
        if (written.change.required || !takes(record, field, nullptr)) return;
        Written given{written.change, new_key(),         record.read(),
                      nullptr,        record.snapshot(), nullptr};
        given.version = record.write({{field, written.change.from}}, given.key).at("version");
        take_back(given, "field " + field + ", which had no value");
    });
}

void types(Subject& subject) {
    Record record(subject, kFieldsOf);
    const FilledProduct filled(record);
    const auto fields = record.fields_of(record.read());
    for (const auto& field : described_fields(record)) {
        const auto value = fields.value(field.name, json(nullptr));
        require(
            is_of_type(value, field.type),
            "field " + field.name + " reads " + value.dump() + ", and describe says " + field.type,
            "one of both: decimals are texts, integers are numbers", fields);
    }
    for (const auto& field : filled.stubborn()) {
        for (const auto& value : values_of_other_types(field.type)) {
            require(!takes(record, field.name, value),
                    "field " + field.name + " takes " + value.dump() + " and no " + field.type,
                    "the type that describe says");
        }
    }
}

// What an author writes must be described; what describe calls writable must be written.
void described(Subject& subject) {
    Record record(subject, kFieldsOf);
    const FilledProduct filled(record);
    const auto fields = described_fields(record);
    json own = record.data();
    own.update(record.change());
    for (const auto& [name, value] : own.items()) {
        const bool writable = std::any_of(
            fields.begin(), fields.end(),
            [&, name = name](const DescribedField& f) { return f.name == name && f.writable; });
        if (writable) continue;
        const bool kept = !record.fields_of(record.read()).value(name, json(nullptr)).is_null() ||
                          (!value.is_null() && takes(record, name, value));
        require(!kept, "field " + name + " is written and read, and describe names no such field",
                "each field that a write takes, with \"writable\": true",
                record.call("describe", json::object()));
    }
    std::string stubborn;
    for (const auto& field : filled.stubborn()) {
        stubborn += (stubborn.empty() ? "" : ", ") + field.name;
    }
    if (stubborn.empty()) return;
    warn("nothing changed " + stubborn + ": each value that was tried was refused or ignored",
         "values that they take, in \"data\" and \"change\" of contract.json's product");
}

}  // namespace

std::vector<Check> field_checks() {
    constexpr auto kFieldTime = std::chrono::seconds(120);
    return {
        {"I20", "erp.field-version", 2,
         "each field that describe names, changed alone, changes the version",
         "Make the version of every field that can be written.", kFieldTime, &version},
        {"I21", "erp.field-undo", 2, "restoreProduct takes back a change of each field alone",
         "Keep every field in the snapshot, and clear again what had no value.", kFieldTime, &undo},
        {"I22", "erp.field-absent", 2, "a write of one field leaves each other one as it was",
         "Send only what a write names; where the system takes whole records, read it first.",
         kFieldTime, &absent},
        {"I23", "erp.field-types", 2, "each field has the type that describe says",
         "Describe what a read shows: decimals are texts, integers are numbers.", kFieldTime,
         &types},
        {"I24", "erp.fields-described", 2,
         "describe names each field that a write takes, and no other as writable",
         "Make describe and update of one table of fields.", kFieldTime, &described},
    };
}

}  // namespace gantry::host::check
