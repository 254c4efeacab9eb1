// Steps and events, each told when it ended or happened; what ended at the same time in the order
// in which one can have led to another. A row tells how it stands; what it said before a verb is
// told by events.
#include "api/cli/story.hpp"

#include "api/iso_time.hpp"
#include "base/log.hpp"
#include "store/rows.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace gantry::host {
namespace {

// Of things at the same time.
enum Rank { kAccepted, kInvoked, kHappened, kUndone, kEnded };

struct Line {
    std::int64_t at;
    Rank rank;
    std::string text;
};

// "12 ms", "1.5 s", "3 min 5 s", "2 h 0 min"
std::string length(std::int64_t ms) {
    constexpr std::int64_t kSecond = 1000;
    constexpr std::int64_t kMinute = 60 * kSecond;
    constexpr std::int64_t kHour = 60 * kMinute;
    const auto text = [](std::int64_t n) { return std::to_string(n); };
    if (ms < kSecond) return text(ms) + " ms";
    if (ms < kMinute) return text(ms / kSecond) + "." + text(ms % kSecond / 100) + " s";
    if (ms < kHour) return text(ms / kMinute) + " min " + text(ms % kMinute / kSecond) + " s";
    return text(ms / kHour) + " h " + text(ms % kHour / kMinute) + " min";
}

std::int64_t time_of(const json& object, const char* key) {
    return parse_iso_time(text_of(object, key)).value_or(0);
}

std::string with_error(const std::string& text, const json& error) {
    const auto line = error_line(error);
    return line.empty() ? text : text + ", " + line;
}

// What became of one side of a step, in words.
std::string end_of(const json& step) {
    const auto status = text_of(step, "status");
    const auto& error = step.at("error");
    const bool undo = text_of(step, "side") == "compensate";
    if (status == "done") return undo ? "undone" : "done";
    if (status == "failed") return with_error(undo ? "could not be undone" : "failed", error);
    if (status == "unknown") return with_error("its outcome is unknown", error);
    if (status == "skipped") return undo ? "its undo was skipped" : "skipped";
    if (!text_of(step, "wake_at").empty()) {
        return std::string(undo ? "its undo waits until " : "waits until ") +
               local_time(time_of(step, "wake_at"));
    }
    return undo ? "is being undone" : "is under way";
}

// How long it took, and in how many attempts where it was not one.
std::string took(std::int64_t ms, std::int64_t attempts) {
    const auto more = attempts > 1 ? ", " + std::to_string(attempts) + " attempts" : "";
    return " (" + length(ms) + more + ")";
}

Line line_of(const json& step) {
    const auto started = time_of(step, "started_at");
    const bool over = step.at("finished_at").is_string();
    const auto at = over ? time_of(step, "finished_at") : started;
    std::string text = text_of(step, "id");
    if (text_of(step, "module").empty() && text_of(step, "name") != text) {
        text += " (" + text_of(step, "name") + ")";
    }
    text += ": " + end_of(step);
    if (over) text += took(at - started, step.value("attempts", std::int64_t{1}));
    return {at, text_of(step, "side") == "compensate" ? kUndone : kInvoked, std::move(text)};
}

// Who asked for it, and why.
std::string asked(const json& detail) {
    const auto by = text_of(detail, "by");
    const auto note = text_of(detail, "note");
    return (by.empty() ? "" : ", by " + by) + (note.empty() ? "" : ": " + note);
}

std::string words_of(const std::string& kind, const json& detail) {
    const auto step = text_of(detail, "step");
    const auto error = detail.value("error", json());
    if (kind == "retry") {
        const bool undo = text_of(detail, "side") == "compensate";
        return with_error(step + (undo ? ": its undo did not succeed" : ": did not succeed"),
                          error) +
               "; attempt " + std::to_string(detail.value("attempt", 0)) + " in " +
               length(detail.value("in_ms", std::int64_t{0}));
    }
    if (kind == "taken_up") {
        return "taken up after a crash of the host (" + std::to_string(detail.value("crashes", 0)) +
               " in a row)";
    }
    if (kind == "waits") return "waits for " + text_of(detail, "for");
    if (kind == "resumed") return "goes on" + asked(detail);
    if (kind == "asked") return "is to " + text_of(detail, "for") + asked(detail);
    if (kind == "forked") return "begins at " + step + asked(detail);
    if (kind == "sent")
        return "the signal " + text_of(detail, "name") + " was sent" + asked(detail);
    if (kind == "ended") return text_of(detail, "state");
    if (kind == "undo_failed") {
        return with_error(step + ": could not be undone", error) +
               took(detail.value("ms", std::int64_t{0}), detail.value("attempts", std::int64_t{1}));
    }
    if (kind == "went_on") return step + ": the run goes on without it";
    if (kind == "paused") return "paused, " + text_of(detail, "reason");
    if (kind == "restored") return "put back from a copy: " + text_of(detail, "why");
    if (kind == "signal") return step + ": got the signal " + text_of(detail, "name");
    if (kind == "supplied") {
        return step +
               (text_of(detail, "side") == "compensate" ? ": its undo answered" : ": answered") +
               " from outside, " + (detail.value("failed", false) ? "as failed" : "as done") +
               asked(detail);
    }
    if (kind == "retried") return step + ": its undo is asked for again" + asked(detail);
    if (kind == "skipped") return step + ": its undo is skipped" + asked(detail);
    if (kind == "given_up") return step + ": is not undone" + asked(detail);
    if (kind == "reverting") {
        const auto cause = detail.value("cause", json());
        const auto of = text_of(cause, "step");
        return "what was done is undone, because of " + (of.empty() ? error_line(cause) : of);
    }
    return kind + " " + detail.dump();  // of a newer host
}

// Whether an event of that kind and time tells what the row would.
bool is_told(const json& run, const std::string& kind, const std::string& step,
             const std::string& at = {}) {
    const auto& events = run.at("events");
    return std::any_of(events.begin(), events.end(), [&](const json& event) {
        return text_of(event, "kind") == kind && text_of(event.at("detail"), "step") == step &&
               (at.empty() || text_of(event, "at") == at);
    });
}

bool is_told(const json& run, const json& step) {
    if (text_of(step, "side") != "compensate") return false;
    const auto id = text_of(step, "id");
    const auto status = text_of(step, "status");
    return (status == "failed" && is_told(run, "undo_failed", id, text_of(step, "finished_at"))) ||
           (status == "skipped" && is_told(run, "skipped", id));
}

// "reverted", or what is not.
std::string end_in_words(const json& run) {
    std::string all;
    for (const auto& step : run.value("skipped", json::array())) {
        all += (all.empty() ? "" : ", ") + text_of(step, "step");
    }
    const auto state = text_of(run, "state");
    return all.empty() ? state : state + ", but for " + all + ": the undo was skipped";
}

std::string found_by(const json& run) {
    std::string all;
    const auto fields = run.value("fields", json::object());
    for (const auto& [name, value] : fields.items()) {
        all += (all.empty() ? "fields  " : ", ") + one_line(name + "=" + value.get<std::string>());
    }
    return all.empty() ? all : all + "\n";
}

}  // namespace

std::string text_of(const json& object, const char* key) {
    if (!object.is_object()) return "";
    const auto it = object.find(key);
    return it != object.end() && it->is_string() ? one_line(it->get<std::string>()) : "";
}

std::string local_time(std::int64_t ms) {
    constexpr std::int64_t kSecond = 1000;
    const auto seconds = static_cast<std::time_t>(ms / kSecond);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    std::array<char, 32> out{};
    std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &parts);
    const auto rest = std::to_string(kSecond + ms % kSecond);
    std::array<char, 8> zone{};
    std::strftime(zone.data(), zone.size(), " %z", &parts);
    return std::string(out.data()) + "." + rest.substr(1) + zone.data();
}

std::string error_line(const json& error) {
    if (!error.is_object()) return "";
    return text_of(error, "code") + ": " + text_of(error, "message");
}

std::string story_of(const json& run) {
    std::string accepted = "accepted";
    if (text_of(run, "transaction_id") != text_of(run, "run_id")) {
        accepted += " with the key " + text_of(run, "transaction_id");
    }
    if (!text_of(run, "forked_from").empty()) {
        accepted += ", forked from run " + text_of(run, "forked_from");
    }
    std::vector<Line> lines{{time_of(run, "created_at"), kAccepted, accepted}};
    for (const auto& step : run.at("steps")) {
        if (!is_told(run, step)) lines.push_back(line_of(step));
    }
    for (const auto& event : run.at("events")) {
        const auto detail = event.at("detail").is_object() ? event.at("detail") : json::object();
        const auto kind = text_of(event, "kind");
        const auto rank = kind == "ended" ? kEnded : kind == "undo_failed" ? kUndone : kHappened;
        lines.push_back({time_of(event, "at"), rank, words_of(kind, detail)});
    }
    if (run.at("finished_at").is_string() &&
        !(text_of(run, "state") == "failed" &&
          is_told(run, "ended", "", text_of(run, "finished_at")))) {
        lines.push_back({time_of(run, "finished_at"), kEnded, end_in_words(run)});
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
        return std::pair(a.at, a.rank) < std::pair(b.at, b.rank);
    });
    std::string out = "run " + text_of(run, "run_id") + " of " + text_of(run, "workflow_id") + "\n";
    out += "input   " + run.at("input").dump() + "\n";
    out += found_by(run);
    if (!run.at("output").is_null()) out += "output  " + run.at("output").dump() + "\n";
    out += "\n";
    for (const auto& line : lines) out += local_time(line.at) + "  " + line.text + "\n";
    if (run.at("events").size() >= kToldEvents) {
        out += "more than " + std::to_string(kToldEvents) +
               " events: of what came later only what people asked for is told\n";
    }
    out += "\nstate   " + end_in_words(run) + "\n";
    for (const auto& what : run.value("unreadable", json::array())) {
        out += "cannot be read: " + what.get<std::string>() + "\n";
    }
    if (text_of(run, "wanted") != "run" && run.at("finished_at").is_null() &&
        text_of(run, "state") != "paused") {
        out += "wanted  " + text_of(run, "wanted") + "\n";
    }
    if (!text_of(run, "deadline_at").empty() && run.at("finished_at").is_null()) {
        out += "due by  " + local_time(time_of(run, "deadline_at")) + "\n";
    }
    return out + advice_on(run);
}

}  // namespace gantry::host
