// I: that a write of gantry.erp/1 or gantry.product/1 does what it was asked for and says what it
// did: to nobody else's record, wholly or not at all.
#include "base/error_json.hpp"
#include "base/id.hpp"
#include "check/both.hpp"
#include "check/described.hpp"

#include <algorithm>

namespace gantry::host::check {
namespace {

constexpr std::size_t kMostLost = 4;  // replies, one in each attempt

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

// Best effort, for a system that is used again.
void remove_beside(Record& record, const std::string& id) {
    if (!record.is_erp()) {
        record.ask("deleteProducts", {{"ids", {id}}});
        return;
    }
    auto none = record.snapshot();
    none.update({{"id", id}, {"exists", false}, {"version", nullptr}, {"state", nullptr}});
    record.restore(none, version_of(read_of(record, id)), new_key());
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
    const auto& product = record.stage().rig().subject().contract().product;
    for (const auto& [id, was] : before) {
        if (!product.contains("bystander")) remove_beside(record, id);
    }
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

// Values that a rule or a type forbids.
std::vector<std::pair<std::string, json>> bad_fields(Record& record) {
    std::vector<std::pair<std::string, json>> all;
    if (record.is_erp()) {
        for (const auto& field : described_fields(record)) {
            if (!field.writable) continue;
            if (field.max_length)
                all.emplace_back(field.name, std::string(*field.max_length + 1, 'x'));
            all.emplace_back(field.name, field.type == "integer" || field.type == "number"
                                             ? json("no number")
                                             : json(json::array({17})));
        }
    } else {
        for (const auto& [field, value] : record.change().items())
            all.emplace_back(field, json::array({17}));
    }
    return all;
}

void refused_whole(Record& record) {
    for (const auto& [field, value] : bad_fields(record)) {
        json data = record.change();
        data[field] = value;
        const auto before = record.read();
        const auto end = record.try_write(data);
        if (!end.error) {
            record.write(record.data());
            continue;
        }
        if ((end.error->flags() & GANTRY_EF_NOT_APPLIED) == 0) continue;
        require_equal(record, before, record.read(),
                      "after a write that " + field + ": " + value.dump() + " had refused with " +
                          code_name(end.error->code()) + " and NOT_APPLIED");
    }
}

// Until it is answered, as a host asks.
End create_patiently(Record& record, const std::string& id, const json& data,
                     const std::string& key) {
    End end;
    for (int i = 0; i < kAttempts; ++i) {
        end = record.is_erp()
                  ? record.ask(record.write_method(),
                               {{"id", id}, {"data", data}, {"create", true}}, key)
                  : record.ask("createProducts", {{"products", json::array({data})}}, key);
        if (!end.error || end.error->error_class() != GANTRY_CLASS_RETRYABLE) break;
    }
    return end;
}

// Only the list shows how many there are: each has an id of its own.
void require_one_listed(Record& record, const std::string& title, const std::string& when) {
    json found = json::array();
    for (const auto& one : record.call("listProducts", {{"filters", {{"title", title}}}})) {
        if (one.value("title", "") == title) found.push_back(one.value("id", json()));
    }
    require(found.size() == 1,
            "createProducts" + when + " made " + std::to_string(found.size()) + " products",
            "one: the system may keep no keys, so look whether it is there before you make it",
            found);
    record.ask("deleteProducts", {{"ids", found}});
}

// Were there a second one, it would be found once the first has gone.
void require_one_to_remove(Record& record, const json& snapshot, const End& made,
                           const std::string& key, const std::string& when) {
    const auto undone = record.restore(snapshot, json::parse(made.output).at("version"), key);
    require(!undone.error,
            "restoreProduct of a new record" + when + " ended with " + in_words(undone), "success");
    const auto left = record.ask(record.read_method(), {{"id", snapshot.at("id")}});
    require(
        left.error && left.error->code() == GANTRY_E_NOT_FOUND,
        "a write with \"create\"" + when +
            " made a second record, which is there when the first was removed: " + in_words(left),
        "one: the system may keep no keys, so look whether it is there before you make it");
}

void create_once(Record& record) {
    if (record.is_erp() && record.call("describe", json::object()).at("remove") != "delete") {
        skip("describe says that a new record is not deleted, so a second one would not show");
    }
    auto& seam = record.stage().rig().seam();
    std::size_t writes = 0;
    for (std::size_t lost = 0; lost <= std::min(writes, kMostLost); ++lost) {
        const std::string id = record.id() + "-" + make_id();
        json data = record.data();
        data["title"] = "Once " + id.substr(id.size() - 8);
        json snapshot;
        if (record.is_erp()) snapshot = record.call("snapshotProduct", {{"id", id}});
        const auto key = new_key();
        seam.forget();
        if (lost > 0) seam.inject({}, 1, static_cast<int>(lost) - 1);
        const auto first = create_patiently(record, id, data, key);
        seam.heal();
        if (lost == 0) {
            if (first.error) skip("it makes no product: " + in_words(first));
            writes = seam.writes();
        }
        const auto again = create_patiently(record, id, data, key);
        const auto when = lost == 0
                              ? std::string(", asked twice with one key,")
                              : ", asked again after reply " + std::to_string(lost) + " was lost,";
        require(!again.error, "a creation" + when + " ended with " + in_words(again), "success");
        if (record.is_erp()) {
            require_one_to_remove(record, snapshot, again, key, when);
        } else {
            require_one_listed(record, data.at("title"), when);
        }
    }
}

}  // namespace

std::vector<Check> effect_checks() {
    return checks_of({
        shared<&bystander>({"I25", "erp.bystander"}, {"I29", "product.bystander"},
                           "a write and its undo change no other product",
                           "Find the record by its whole id, and write that one only."),
        shared<&stored_answer>(
            {"I26", "erp.stored-answer"}, {"I30", "product.stored-answer"},
            "a write answers what was stored, as a read shows it",
            "Answer from what the system said or from a read, never from the input."),
        shared<&create_once>(
            {"I27", "erp.create-once"}, {"I31", "product.create-once"},
            "what is made under one key is made once, also where a reply was lost and the system "
            "keeps no keys",
            "Look whether it is there before each attempt makes it."),
        shared<&refused_whole>(
            {"I28", "erp.refused-whole"}, {"I32", "product.refused-whole"},
            "a write of which one field is refused with NOT_APPLIED has changed none",
            "Check every field before the first is written, or write all in one transaction."),
    });
}

}  // namespace gantry::host::check
