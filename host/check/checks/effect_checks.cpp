// I: that a write of gantry.erp/1 or gantry.product/1 does what it was asked for and says what it
// did: to nobody else's record, wholly or not at all.
#include "base/id.hpp"
#include "check/both.hpp"

#include <algorithm>

namespace gantry::host::check {
namespace {

json read_of(Record& record, const std::string& id) {
    return record.call(record.read_method(), {{"id", id}});
}

// Makes a product beside the contract's, of the same data; nothing: it cannot.
std::optional<std::string> make_beside(Record& record, const std::string& id) {
    json data = record.data();
    for (const char* text : {"title", "name"}) {
        if (data.contains(text)) data[text] = "Beside " + id.substr(id.size() - 4);
    }
    if (record.is_erp()) {
        const auto made =
            record.ask(record.write_method(), {{"id", id}, {"data", data}, {"create", true}});
        return made.error ? std::nullopt : std::optional(id);
    }
    for (const bool named : {true, false}) {  // some systems give the ids
        if (named)
            data["id"] = id;
        else
            data.erase("id");
        const auto made = record.ask("createProducts", {{"products", json::array({data})}});
        if (!made.error) return json::parse(made.output).at(0).at("id").get<std::string>();
    }
    return std::nullopt;
}

// Their ids begin and end as the product's: a search that is too wide finds them.
std::vector<std::string> bystanders(Record& record) {
    const auto& product = record.stage().rig().subject().contract().product;
    if (product.contains("bystander")) return {product.at("bystander").get<std::string>()};
    std::vector<std::string> ids;
    const auto unique = make_id();
    for (const auto& id : {record.id() + "-" + unique, unique + "-" + record.id()}) {
        if (const auto made = make_beside(record, id)) ids.push_back(*made);
    }
    if (ids.empty()) {
        skip(
            "no second product could be made; name one that is there, \"bystander\": \"…\" in "
            "contract.json's product");
    }
    return ids;
}

void bystander(Record& record) {
    std::map<std::string, json> before;
    for (const auto& id : bystanders(record)) before[id] = read_of(record, id);
    const auto compare = [&](const std::string& when) {
        for (const auto& [id, was] : before) {
            const auto now = read_of(record, id);
            require(record.fields_of(was) == record.fields_of(now) &&
                        version_of(was) == version_of(now),
                    when + " of product " + record.id() + " changed product " + id,
                    "no product but the one that was named", {{"before", was}, {"now", now}});
        }
    };
    const auto snapshot = record.snapshot();
    const auto key = new_key();
    const auto written = record.write(record.change(), key);
    compare(record.write_method());
    const auto undone = record.restore(snapshot, written.at("version"), key);
    require(!undone.error, "restoreProduct ended with " + in_words(undone), "success");
    compare("restoreProduct");
}

// What differs between what was asked and what a system keeps.
std::vector<json> writes_that_systems_alter(Record& record) {
    std::vector<json> all = {record.change()};
    json nobodys = record.change();
    nobodys["x-field-that-nobody-maps"] = "a value";
    all.push_back(nobodys);
    for (const auto& [field, value] : record.change().items()) {
        if (value.is_string()) {
            all.push_back({{field, value.get<std::string>() + "  "}});
            all.push_back({{field, value.get<std::string>() + "0"}});  // "19.900" is "19.9"
        }
        if (record.data().contains(field)) all.push_back({{field, nullptr}});
    }
    return all;
}

void stored_answer(Record& record) {
    for (const auto& data : writes_that_systems_alter(record)) {
        const auto end = record.try_write(data);
        if (end.error) continue;
        const auto answer = json::parse(end.output);
        const auto told = record.fields_of(answer);
        const auto now = record.read();
        const auto stored = record.fields_of(now);
        for (const auto& [field, value] : told.items()) {
            const auto kept = stored.value(field, json(nullptr));
            require(value == kept,
                    "a write of " + data.dump() + " answered " + field + ": " + value.dump() +
                        ", and a read shows " + kept.dump(),
                    "the answer shows what was stored, not what was asked",
                    {{"answered", answer}, {"read", now}});
        }
    }
}

}  // namespace

std::vector<Check> effect_checks() {
    return checks_of({
        shared<&bystander>({"I25", "erp.bystander"}, {"I26", "product.bystander"},
                           "a write and its undo change no other product",
                           "Find the record by its whole id, and write that one only."),
        shared<&stored_answer>(
            {"I27", "erp.stored-answer"}, {"I28", "product.stored-answer"},
            "a write answers what was stored, as a read shows it",
            "Answer from what the system said or from a read, never from the input."),
    });
}

}  // namespace gantry::host::check
