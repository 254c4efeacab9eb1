// I: what gantry.erp/1 and gantry.product/1 promise of any plugin that serves them.
#include "base/error_json.hpp"
#include "base/id.hpp"
#include "check/both.hpp"

#include <algorithm>
#include <array>
#include <future>

namespace gantry::host::check {
namespace {

constexpr std::size_t kMostWriters = 8;
constexpr std::size_t kHuge = 300'000;

// Asked for one product only, and given no values but the contract's.
bool is_live(Record& record) {
    return record.stage().rig().subject().settings().live_product.has_value();
}

void unknown_id(Record& record) {
    const std::string nobody = record.id() + "-that-nobody-has";
    const auto read = record.ask(record.read_method(), {{"id", nobody}});
    require(read.error && read.error->code() == GANTRY_E_NOT_FOUND,
            record.read_method() + " of an unknown id ended with " + in_words(read), "NOT_FOUND");
    const auto snapshot = record.call("snapshotProduct", {{"id", nobody}});
    require(snapshot.at("exists") == false && snapshot.at("version").is_null(),
            "the snapshot of an unknown id says that it exists", "\"exists\": false, no version",
            snapshot);
    if (is_live(record)) return;
    const auto write =
        record.ask(record.write_method(), {{"id", nobody}, {"data", record.change()}});
    require(write.error && write.error->code() == GANTRY_E_NOT_FOUND,
            "a write of an unknown id ended with " + in_words(write), "NOT_FOUND");
    require_refusal(write, "a write of an unknown id");
}

// Null takes the value of a field away.
void clearing(Record& record) {
    const auto described = record.call("describe", json::object());
    for (const auto& field : described.at("fields")) {
        const std::string name = field.at("name");
        if (field.at("required") || !field.at("writable") || !record.data().contains(name))
            continue;
        record.write({{name, nullptr}});
        const auto value = record.fields_of(record.read()).value(name, json(nullptr));
        require(value.is_null(), "field " + name + " reads " + value.dump() + " after null",
                "no value: null is cleared");
        return;
    }
}

bool is_ignored(const json& written, const std::string& field) {
    const auto& ignored = written.at("ignored");
    return std::find(ignored.begin(), ignored.end(), field) != ignored.end();
}

void update_then_read(Record& record) {
    const auto before = record.read();
    const auto written = record.write(record.change());
    const auto now = record.read();
    const auto fields = record.fields_of(now);
    for (const auto& [field, value] : record.change().items()) {
        if (record.is_erp() && is_ignored(written, field)) continue;
        require(contains(fields.value(field, json(nullptr)), value),
                "field " + field + " reads " + fields.value(field, json(nullptr)).dump() +
                    " after it was written",
                value.dump(), {{"written", written}, {"read", now}});
    }
    require(version_of(now) == version_of(written),
            "the read's version is not the one that the write answered", version_of(written), now);
    require(version_of(now) != version_of(before), "a change did not change the version",
            "a version is a tag of the content", {{"before", before}, {"now", now}});
    const auto fields_before = record.fields_of(before);
    for (const auto& [field, value] : fields_before.items()) {
        if (record.change().contains(field) || field == "version") continue;
        require(fields.value(field, json(nullptr)) == value,
                "field " + field + " changed and was not written", "absent is unchanged",
                {{"before", before}, {"now", now}});
    }
    const auto same = record.write(record.change());
    require(version_of(same) == version_of(now), "the same content has another version",
            "a version is a tag of the content", {{"first", now}, {"then", same}});
    const auto stale =
        record.try_write(record.data(), new_key(), {{"if_version", version_of(before)}});
    require(stale.error && stale.error->code() == GANTRY_E_CONFLICT,
            "a write with an outdated if_version ended with " + in_words(stale), "CONFLICT");
    if (record.is_erp() && !is_live(record)) clearing(record);
}

void same_key(Record& record) {
    const auto key = new_key();
    const auto first = record.write(record.change(), key);
    const auto again = record.write(record.change(), key);
    require(first == again, "the same key answered something else", "the same answer",
            {{"first", first}, {"then", again}});
    record.stage().create_again();
    const auto later = record.write(record.change(), key);
    require(first == later, "the same key answered something else of a new instance",
            "the same answer", {{"first", first}, {"then", later}});
    require(version_of(record.read()) == version_of(first), "the same key wrote once more",
            "the effect of once", first);
}

// Somebody else changes it between our write and its undo.
void undo_of_what_others_changed(Record& record, const json& snapshot) {
    const auto field = text_field(record);
    const auto key = new_key();
    const auto ours = record.write(record.change(), key);
    record.write({{field, record.change().at(field).get<std::string>() + " 2"}});
    const auto now = record.read();
    const auto refused = record.restore(snapshot, ours.at("version"), key);
    require(refused.error && refused.error->code() == GANTRY_E_CHANGED,
            "restoreProduct of what somebody else changed ended with " + in_words(refused),
            "CHANGED");
    require_equal(record, now, record.read(), "after a refused restoreProduct");
}

// A record that our write made is removed as `describe` says.
void undo_of_new(Record& record) {
    const std::string id = record.id() + "-" + make_id();
    const auto remove = record.call("describe", json::object()).at("remove");
    const auto snapshot = record.call("snapshotProduct", {{"id", id}});
    const auto key = new_key();
    const auto made = record.call(record.write_method(),
                                  {{"id", id}, {"data", record.data()}, {"create", true}}, key);
    const auto undone = record.restore(snapshot, made.at("version"), key);
    if (remove == "none") return require_refusal(undone, "restoreProduct of a new record");
    require(!undone.error, "restoreProduct of a new record ended with " + in_words(undone),
            "success");
    const auto result = json::parse(undone.output).at("result");
    if (remove == "mark") {
        require(result == "marked", "restoreProduct of a new record answered " + result.dump(),
                "\"marked\", as describe says");
        return;
    }
    const auto gone = record.ask(record.read_method(), {{"id", id}});
    require(gone.error && gone.error->code() == GANTRY_E_NOT_FOUND,
            "a new record, taken back, is still there: " + in_words(gone), "NOT_FOUND");
}

void exact_undo(Record& record) {
    const auto before = record.read();
    const auto snapshot = record.snapshot();
    require(snapshot.at("exists") == true && snapshot.at("version") == before.at("version"),
            "the snapshot has another version than the read", version_of(before), snapshot);
    const auto key = new_key();
    const auto written = record.write(record.change(), key);
    const auto undone = record.restore(snapshot, written.at("version"), key);
    require(!undone.error, "restoreProduct ended with " + in_words(undone), "success");
    require_equal(record, before, record.read(), "after restoreProduct");
    const auto twice = record.restore(snapshot, written.at("version"), new_key());
    require(!twice.error, "restoreProduct of what is restored ended with " + in_words(twice),
            "\"unchanged\"");
    require_equal(record, before, record.read(), "after restoreProduct twice");

    if (is_live(record)) return;
    undo_of_what_others_changed(record, snapshot);
    if (record.is_erp()) undo_of_new(record);
}

void lost_reply(Record& record) {
    const auto before = record.read();
    const auto snapshot = record.snapshot();
    auto& seam = record.stage().rig().seam();
    const auto key = new_key();
    seam.inject({}, 1);
    const auto lost = record.try_write(record.change(), key);
    seam.heal();
    if (lost.error) {
        require((lost.error->flags() & GANTRY_EF_MAYBE_APPLIED) != 0 &&
                    lost.error->error_class() == GANTRY_CLASS_RETRYABLE,
                "a lost reply is told as " + in_words(lost), "RETRYABLE and MAYBE_APPLIED",
                to_json(*lost.error));
    }
    // Whoever lost it too asks again, or takes it back without knowing the version.
    const auto again = record.write(record.change(), key);
    require(version_of(record.read()) == version_of(again), "asked again it is at another version",
            "the effect of once", again);
    const auto undone = record.restore(snapshot, nullptr, key);
    require(!undone.error, "restoreProduct without \"written\" ended with " + in_words(undone),
            "success");
    require_equal(record, before, record.read(), "after a lost reply was taken back");

    const auto never = new_key();
    const auto nothing = record.restore(record.snapshot(), nullptr, never);
    require(!nothing.error,
            "restoreProduct for a write that never arrived ended with " + in_words(nothing),
            "\"unchanged\"");
    require_equal(record, before, record.read(), "after a write that never came was taken back");
}

// A write, asked again as a host would.
End patiently(Record& record, const json& data) {
    const auto key = new_key();
    auto end = record.try_write(data, key);
    for (int i = 1; i < kAttempts && end.error; ++i) {
        if (end.error->error_class() != GANTRY_CLASS_RETRYABLE) break;
        end = record.try_write(data, key);
    }
    return end;
}

void concurrent(Record& record) {
    const auto most = record.stage().rig().subject().manifest().max_concurrency;
    const auto n = std::min(most, kMostWriters);
    if (n < 2) skip("it declares that it bears one call at a time");
    json ours;
    json theirs;
    for (const auto& [field, value] : record.change().items()) {
        if (!record.data().contains(field)) continue;
        ours[field] = value;
        theirs[field] = record.data().at(field);
    }
    if (ours.is_null()) skip("no field of the product's change is in its data");
    std::vector<std::future<End>> writes;
    for (std::size_t i = 0; i < n; ++i) {
        writes.push_back(std::async(
            std::launch::async, [&, i] { return patiently(record, i % 2 == 0 ? ours : theirs); }));
    }
    std::set<std::string> versions;
    for (auto& write : writes) {
        const auto end = write.get();
        require(!end.error, "a write among others ended with " + in_words(end), "success");
        versions.insert(version_of(json::parse(end.output)));
    }
    const auto now = record.read();
    const auto fields = record.fields_of(now);
    require(contains(fields, ours) || contains(fields, theirs), "two writes at once left a mixture",
            "one of them", fields);
    require(versions.contains(version_of(now)), "no write answered the version that is there now",
            "the version of the last one", now);
}

void unicode(Record& record) {
    const auto field = text_field(record);
    const std::pair<const char*, std::string> all[] = {
        {"a text of four-byte characters", "\U0001F600\U0001F680"},
        {"a text from right to left", "שלום"},
        {"a text of combining characters", "Zu\u0308rich"},  // not the one character
        {"a text with quotes and line ends", "\"a\\b\"\n\tc"},
        {"a text with a NUL", std::string("a\0b", 3)}};
    for (const auto& [what, text] : all) exact_or_refused(record, field, text, what);
}

void huge(Record& record) {
    exact_or_refused(record, text_field(record), std::string(kHuge, 'x'),
                     "a text of 300,000 characters");
}

std::vector<Shared> all_shared() {
    return {
        shared<&unknown_id>(
            {"I2", "erp.unknown-id"}, {"I12", "product.unknown-id"},
            "what nobody knows is NOT_FOUND, and has a snapshot that says so",
            "Answer NOT_FOUND with NOT_APPLIED, and a snapshot with \"exists\": false."),
        shared<&update_then_read>(
            {"I3", "erp.update-then-read"}, {"I13", "product.update-then-read"},
            "what is written is read, and what is absent is unchanged",
            "Answer the version that a read gives, make it of the content alone, and compare it "
            "with if_version within the write."),
        shared<&same_key>({"I5", "erp.same-key"}, {"I14", "product.same-key"},
                          "the same key is the same answer and one effect",
                          "Hand the key to the system, or remember answers by it."),
        shared<&exact_undo>(
            {"I6", "erp.exact-undo"}, {"I15", "product.exact-undo"},
            "restoreProduct puts back every field and the version, and nobody else's change",
            "Keep everything in the snapshot, compare the version with \"written\" first, and "
            "answer CHANGED when it is another."),
        shared<&lost_reply>({"I7", "erp.lost-reply"}, {"I16", "product.lost-reply"},
                            "a lost reply can be asked for again, and taken back unheard",
                            "Remember by the key's scope which version was written."),
        shared<&concurrent>(
            {"I8", "erp.concurrent"}, {"I17", "product.concurrent"},
            "writes at once leave what one of them wrote",
            "Read, change and write in one transaction, or with the version as precondition."),
        shared<&unicode>({"I9", "erp.unicode"}, {"I18", "product.unicode"},
                         "texts come back byte by byte, or are refused",
                         "Pass UTF-8 through as it is; refuse what the system would alter."),
        shared<&huge>({"I11", "erp.huge"}, {"I19", "product.huge"},
                      "a text of 300,000 characters comes back whole, or is refused",
                      "Compare lengths with what the system takes before you write, and refuse."),
    };
}

}  // namespace

std::vector<Check> interface_checks() {
    auto all = erp_checks();
    for (const auto& more : {checks_of(all_shared()), field_checks(), effect_checks()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    // Those of one interface stand together: a plugin serves one, and skips the others as one.
    const auto place = [](const Check& check) {
        return std::pair(check.id.starts_with("product."),
                         std::stoi(std::string(check.code.substr(1))));
    };
    std::sort(all.begin(), all.end(),
              [&](const Check& a, const Check& b) { return place(a) < place(b); });
    return all;
}

}  // namespace gantry::host::check
