// For a run that stands still: what stood there, what we wrote and what is there now, as far as the
// rows and the undo's error say, and what can be done.
#include "api/cli/story.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace gantry::host {
namespace {

using Fields = std::map<std::string, std::string>;

struct Record {
    Fields fields;
    bool whole = true;  // no further field stands elsewhere
};

constexpr std::size_t kWidest = 40;
const std::string kNotKnown = "?";
const std::string kAbsent = "-";
constexpr std::string_view kCannotUndo = "plugin: step ";
constexpr std::string_view kNorCan = " (nor can ";

// The row of a snapshot's tables that is the record itself; nothing where it has none.
const json* own_row(const json& tables, const std::string& id) {
    for (const auto& rows : tables) {
        if (!rows.is_array()) return nullptr;
        for (const auto& row : rows) {
            if (!id.empty() && text_of(row, "id") == id) return &row;
        }
    }
    return nullptr;
}

// A record's fields, whether it comes as a snapshot, as an answer, or as a version alone.
Record record_of(const json& value) {
    Record out;
    auto& fields = out.fields;
    if (!value.is_object()) {
        if (!value.is_null()) fields["version"] = value.dump();
        return out;
    }
    const json* record = &value;
    const auto state = record->find("state");
    if (state != record->end() && state->is_structured()) {
        const auto* row = state->is_object() ? own_row(*state, text_of(value, "id")) : nullptr;
        record = row != nullptr ? row : &*state;
        out.whole = row == nullptr;
    }
    const auto data = record->find("data");
    if (data != record->end() && data->is_object()) record = &*data;
    const bool exists = value.value("exists", json(true)) != json(false);
    if (record->is_object() && exists) {
        for (const auto& field : record->items()) {
            if (field.key() != "updated_at") fields[field.key()] = field.value().dump();
        }
    }
    if (value.contains("version")) fields["version"] = value.at("version").dump();
    return out;
}

std::string cut(const std::string& text) {
    if (text.size() <= kWidest) return text;
    std::size_t end = kWidest - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

std::string padded(const std::string& text, std::size_t width) {
    const auto wide = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
    return text + std::string(wide < width ? width - wide : 0, ' ');
}

// A connector may keep a record in its system's own words, which say nothing of ours.
bool is_in_other_words(const Fields& before, const Fields& ours) {
    const bool has_more = before.size() > (before.contains("version") ? 1U : 0U);
    return has_more && std::none_of(ours.begin(), ours.end(), [&](const auto& field) {
               return field.first != "version" && before.contains(field.first);
           });
}

// One line for each field that differs.
std::string comparison(const Record& before, const Fields& ours, const Fields& now) {
    static const Fields kNothing = {{"null", ""}, {"[]", ""}, {"{}", ""}};
    std::vector<std::array<std::string, 4>> rows{{"field", "before", "ours", "now"}};
    Fields names = ours;
    names.insert(now.begin(), now.end());
    const bool now_in_full = now.size() > 1 || (now.size() == 1 && !now.contains("version"));
    const auto& not_there = is_in_other_words(before.fields, ours) ? kNotKnown : kAbsent;
    const auto of = [](const Fields& fields, const std::string& name, const std::string& missing) {
        const auto it = fields.find(name);
        return it == fields.end() ? missing : cut(it->second);
    };
    for (const auto& [name, value] : names) {
        const bool stood = before.fields.contains(name);
        if (!stood && (!before.whole || kNothing.contains(value))) continue;
        const auto was = of(before.fields, name, not_there);
        const auto is = of(now, name, now_in_full ? kAbsent : kNotKnown);
        const auto wrote = of(ours, name, was);
        if (was == wrote && (is == wrote || is == kNotKnown)) continue;
        rows.push_back({name, was, wrote, is});
    }
    if (rows.size() == 1) return "";
    std::array<std::size_t, 4> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows) {
        out += "    " + padded(row[0], widths[0]) + "  " + padded(row[1], widths[1]) + "  " +
               padded(row[2], widths[2]) + "  " + row[3] + "\n";
    }
    return out;
}

const json& side_of(const json& run, const std::string& step, const std::string& side) {
    static const json kNone = json::object();
    for (const auto& row : run.at("steps")) {
        if (text_of(row, "id") == step && text_of(row, "side") == side) return row;
    }
    return kNone;
}

std::string not_undone(const json& run, const std::string& step) {
    const auto& invoke = side_of(run, step, "invoke");
    const auto& undo = side_of(run, step, "compensate");
    const auto error = undo.value("error", json());
    const auto details = error.is_object() ? error.value("details", json()) : json();
    const auto said = [&](const char* name) {
        return record_of(details.is_object() ? details.value(name, json()) : json());
    };
    Record before = record_of(invoke.value("undo", json()));
    before.fields.merge(said("before").fields);
    Fields ours = record_of(invoke.value("output", json())).fields;
    ours.merge(said("ours").fields);
    std::string out = "\n" + step + " is not undone (module " + text_of(invoke, "module") + ")\n";
    out += "    " + error_line(error) + "\n";
    return out + comparison(before, ours, said("now").fields);
}

std::string short_of(const std::string& id) {
    return id.size() > 12 ? id.substr(id.size() - 12) : id;
}

// The command in a shell's words.
std::string word(const std::string& text) {
    const bool plain = !text.empty() &&
                       text.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") ==
                           std::string::npos;
    if (plain) return text;
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string on_failure(const json& run, const std::string& id) {
    std::string out;
    for (const auto& step : run.at("unreverted")) out += not_undone(run, step);
    out += "\ngo on with\n  gantry runs retry " + id + "    asks for each of these undos again\n";
    for (const auto& step : run.at("unreverted")) {
        out +=
            "  gantry runs skip " + id + " " + word(step) + " --note WHY    leaves it as it is\n";
    }
    return out;
}

// What a run that was put back does not know.
std::string since_the_copy(const json& run) {
    std::string calls;
    for (const auto& step : run.at("steps")) {
        if (text_of(step, "status") != "started" || text_of(step, "module").empty()) continue;
        const bool undo = text_of(step, "side") == "compensate";
        calls += (calls.empty() ? "" : ", ") + std::string(undo ? "the undo of " : "") +
                 text_of(step, "id");
    }
    return "\nWhat this run did after the copy was taken is not known here: " +
           (calls.empty() ? "its next calls" : "the call of " + calls + ", and those after it,") +
           "\nmay have been made. What was in the copy, too, is as it was then; a system that was "
           "not\nmay be further. When it is resumed each call is made again with the key it had.\n";
}

std::string detail_of(const std::string& waits_for) {
    const auto colon = waits_for.find(": ");
    return colon == std::string::npos ? "" : waits_for.substr(colon + 2);
}

}  // namespace

std::string advice_on(const json& run) {
    const auto state = text_of(run, "state");
    const auto id = short_of(text_of(run, "run_id"));
    if (state == "failed") return on_failure(run, id);
    const auto why = text_of(run, "waits_for");
    std::string out = why.empty() ? "" : "waits   for " + why + "\n";
    const auto holder = text_of(run, "turn_held_by");
    if (!holder.empty()) out += "        run " + holder + " holds it\n";
    if (why.starts_with("restored:")) out += since_the_copy(run);
    std::vector<std::string> commands;
    if (state == "paused") commands.push_back("resume " + id);
    if (why.starts_with("signal:")) {
        commands.push_back("signal " + id + " " + word(detail_of(why)) + " --payload JSON");
    }
    bool undoing = state == "compensating";
    for (const auto& step : run.at("steps")) {
        undoing = undoing || text_of(step, "side") == "compensate";
    }
    for (const auto& step : run.at("steps")) {
        const bool open = text_of(step, "status") == "started" && !text_of(step, "module").empty();
        if (undoing || !open || text_of(step, "side") != "invoke") continue;
        commands.push_back("supply " + id + " " + word(text_of(step, "id")) + " --response JSON");
    }
    const bool over = run.at("finished_at").is_string();
    if (!over && !undoing) commands.push_back("cancel " + id);
    if (undoing && why.starts_with(kCannotUndo)) {
        const auto from = kCannotUndo.size();
        const bool several = why.find(kNorCan) != std::string::npos;
        const auto which = several ? "*" : why.substr(from, why.find(' ', from) - from);
        commands.push_back("cancel " + id + " --abandon " + word(which) + " --note WHY");
    }
    if (commands.empty()) return out;
    out += "\ngo on with\n";
    for (const auto& command : commands) out += "  gantry runs " + command + "\n";
    return out;
}

}  // namespace gantry::host
