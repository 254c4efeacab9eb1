// Steps and events, each told when it ended or happened; what ended at the same time in the order
// in which one can have led to another.
#include "api/cli/story.hpp"

#include "api/iso_time.hpp"

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

std::string local_time(std::int64_t ms) {
    constexpr std::int64_t kSecond = 1000;
    const auto seconds = static_cast<std::time_t>(ms / kSecond);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    std::array<char, 32> out{};
    std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &parts);
    const auto rest = std::to_string(kSecond + ms % kSecond);
    return std::string(out.data()) + "." + rest.substr(1);
}

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
    if (status == "skipped") return undo ? "its undo was given up" : "not carried out";
    if (!text_of(step, "wake_at").empty()) {
        return std::string(undo ? "its undo waits until " : "waits until ") +
               local_time(time_of(step, "wake_at"));
    }
    return undo ? "is being undone" : "is under way";
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
    if (over) {
        text += " (" + length(at - started);
        const auto attempts = step.value("attempts", 1);
        if (attempts > 1) text += ", " + std::to_string(attempts) + " attempts";
        text += ")";
    }
    return {at, text_of(step, "side") == "compensate" ? kUndone : kInvoked, std::move(text)};
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
    if (kind == "resumed") return "goes on";
    if (kind == "paused") return "paused, " + text_of(detail, "reason");
    if (kind == "signal") return step + ": got the signal " + text_of(detail, "name");
    if (kind == "supplied") {
        return step + ": answered from outside, " +
               (detail.value("failed", false) ? "as failed" : "as done");
    }
    if (kind == "retried") return step + ": its undo is asked for again";
    if (kind == "skipped") return step + ": its undo is given up: " + text_of(detail, "note");
    if (kind == "reverting") {
        const auto cause = detail.value("cause", json());
        const auto of = text_of(cause, "step");
        return "what was done is undone, because of " + (of.empty() ? error_line(cause) : of);
    }
    return kind + " " + detail.dump();  // of a newer host
}

}  // namespace

std::string text_of(const json& object, const char* key) {
    if (!object.is_object()) return "";
    const auto it = object.find(key);
    return it != object.end() && it->is_string() ? it->get<std::string>() : "";
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
    for (const auto& step : run.at("steps")) lines.push_back(line_of(step));
    for (const auto& event : run.at("events")) {
        const auto detail = event.value("detail", json::object());
        lines.push_back(
            {time_of(event, "at"), kHappened, words_of(text_of(event, "kind"), detail)});
    }
    if (run.at("finished_at").is_string()) {
        lines.push_back({time_of(run, "finished_at"), kEnded, text_of(run, "state")});
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
        return std::pair(a.at, a.rank) < std::pair(b.at, b.rank);
    });
    std::string out = "run " + text_of(run, "run_id") + " of " + text_of(run, "workflow_id") + "\n";
    out += "input   " + run.at("input").dump() + "\n";
    if (!run.at("output").is_null()) out += "output  " + run.at("output").dump() + "\n";
    out += "\n";
    for (const auto& line : lines) out += local_time(line.at) + "  " + line.text + "\n";
    out += "\nstate   " + text_of(run, "state") + "\n";
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
