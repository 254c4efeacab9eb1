// The order of the two writes is what it is about: first the store, durably, then the file. So a
// kill between them leaves the file behind, and only a store that was put back is behind the file.
#include "store/stamp.hpp"

#include "base/fault.hpp"
#include "base/id.hpp"
#include "store/durable_file.hpp"
#include "store/own_file.hpp"
#include "store/records.hpp"
#include "store/restored.hpp"
#include "store/sqlite.hpp"

#include <gantry/error.hpp>
#include <gantry/json.hpp>

#include <fstream>
#include <sstream>

namespace gantry::host {
namespace {

constexpr const char* kNote = "stamp";

json to_json(const Stamp& stamp) { return {{"store", stamp.id}, {"count", stamp.count}}; }

Stamp stamp_in(const std::string& text) {
    const auto j = json::parse(text, nullptr, false);
    if (!j.is_object() || !j.contains("store") || !j.at("store").is_string()) return {};
    if (!j.contains("count") || !j.at("count").is_number_integer()) return {};
    return {j.at("store"), j.at("count")};
}

std::string number(const Stamp& stamp) { return std::to_string(stamp.count); }

// What is wrong with a store of stamp `here` beside a file that says `last`; empty: nothing.
std::string wrong_with(const Stamp& here, const Stamp& last) {
    if (fault::without("stamp")) return "";
    if (last.id.empty() || (here.id == last.id && here.count >= last.count)) return "";
    if (here.id.empty()) return "it has no number, and there was one with number " + number(last);
    if (here.id != last.id) return "it is not the one that stood here last";
    return "it is at number " + number(here) + ", and number " + number(last) + " stood here";
}

}  // namespace

std::filesystem::path stamp_file(const std::filesystem::path& store) {
    return store.string() + ".stamp";
}

Stamp read_stamp(const std::filesystem::path& store) {
    const auto file = stamp_file(store);
    std::error_code none;
    if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file, none))) return {};
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return stamp_in(text.str());
}

void write_stamp(const std::filesystem::path& store, const Stamp& stamp) {
    write_durably(stamp_file(store), to_json(stamp).dump() + "\n");
}

void leave_stamp(const std::filesystem::path& store, const Stamp& stamp) noexcept {
    try {
        std::error_code none;
        const auto folder = store.parent_path();
        if (std::filesystem::is_directory(folder.parent_path(), none)) make_own_folder(folder);
        write_stamp(store, stamp);
    } catch (const std::exception&) {
        // There is no place for it any more.
    }
}

void refuse_a_vanished(const std::filesystem::path& store) {
    std::error_code none;
    if (std::filesystem::exists(restoring_mark(store), none)) {
        throw Error(GANTRY_E_CONFIG,
                    "a restore into it has not ended: run \"gantry restore DIR --replace\" again");
    }
    const auto last = read_stamp(store);
    if (last.id.empty() || std::filesystem::exists(store, none)) return;
    throw Error(GANTRY_E_CONFIG,
                "it is not there, and " + stamp_file(store).string() +
                    " says that it was: put it back or \"gantry restore DIR\"; to begin with an "
                    "empty store delete that file");
}

Stamp stamp_of(SqliteConnection& c) { return stamp_in(note(c, kNote)); }

void put_stamp(SqliteConnection& c, const Stamp& stamp) {
    put_note(c, kNote, to_json(stamp).dump());
}

namespace {

void write_both(SqliteConnection& c, const std::filesystem::path& store, const Stamp& stamp) {
    put_stamp(c, stamp);
    fault::at("stamp.between");
    write_stamp(store, stamp);
}

}  // namespace

std::string check_stamp(SqliteConnection& c, const std::filesystem::path& store, std::int64_t now) {
    const auto last = read_stamp(store);
    auto stamp = stamp_of(c);
    const auto wrong = wrong_with(stamp, last);
    if (stamp.id.empty()) stamp.id = make_id();
    stamp.count = std::max(stamp.count, last.count) + 1;
    if (wrong.empty()) {
        try {
            write_both(c, store, stamp);
        } catch (const SQLite::Exception&) {
            // A full disk: what is there can be looked at all the same, under its old number.
        } catch (const Error&) {
        }
        return "";
    }
    SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
    const auto paused = pause_as_restored(
        c, "the store was put back alone, so that what this run did last is not in it", now);
    put_stamp(c, stamp);
    transaction.commit();
    write_stamp(store, stamp);
    return "the store " + store.string() + " is not the newest one: " + wrong + ". " +
           std::to_string(paused) +
           " open runs are paused as \"restored\": systems may be further than they know. See "
           "\"gantry runs ls --waits-for restored\" and \"gantry runs show ID\"; \"gantry runs "
           "resume --waits-for restored\" goes on with all";
}

void raise_stamp(SqliteConnection& c, const std::filesystem::path& store, Stamp& stamp) {
    if (c.database().getTotalChanges() == stamp.written) return;
    if (stamp.id.empty()) stamp.id = make_id();
    ++stamp.count;
    write_both(c, store, stamp);
    stamp.written = c.database().getTotalChanges();
}

}  // namespace gantry::host
