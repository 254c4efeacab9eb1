#include "check/report.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace gantry::host::check {
namespace {

constexpr std::array kAll = {Status::kPass, Status::kWarn,  Status::kSkip,
                             Status::kFail, Status::kCrash, Status::kTimeout};

std::size_t count(const std::vector<Finding>& findings, Status status) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const Finding& f) { return f.verdict.status == status; }));
}

const char* color_of(Status status) {
    if (status == Status::kPass) return "\033[32m";
    return status == Status::kSkip ? "\033[2m" : status == Status::kWarn ? "\033[33m" : "\033[31m";
}

std::string padded(std::string_view text, std::size_t width) {
    std::string out(text);
    out.resize(std::max(width, out.size()), ' ');
    return out;
}

// Each line of it under the first.
std::string indented(const std::string& name, const std::string& text) {
    const std::string within = "\n" + std::string(17, ' ');
    std::string out = "       " + padded(name, 10);
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        out += (at == 0 ? "" : within) + visible(std::string_view(text).substr(at, end - at));
        at = end + 1;
    }
    return out + "\n";
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:  // XML 1.0 has no other control characters
                out += static_cast<unsigned char>(c) >= 0x20 || c == '\n' ? c : '?';
        }
    }
    return out;
}

std::string seconds(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", value);  // NOLINT
    return text.data();
}

std::string head(std::string_view code, Status status, bool color) {
    const std::string text = padded(to_string(status), 7);
    return "  " + padded(code, 3) + " " + (color ? color_of(status) + text + "\033[0m" : text) +
           " ";
}

}  // namespace

std::string to_text(const Finding& f, bool color, const std::string& again) {
    const auto& v = f.verdict;
    if (v.status == Status::kSkip) return to_text({f}, color);
    std::string out = head(f.check->code, v.status, color) + padded(f.check->id, 22) + " " +
                      std::string(f.check->says) + "\n";
    if (v.status == Status::kPass) return out;
    out += indented("found", v.found);
    if (!v.expected.empty()) out += indented("expected", v.expected);
    if (!v.evidence.is_null()) out += indented("shown by", v.evidence.dump());
    if (!f.doing.empty() && failed(f)) out += indented("while", f.doing);
    if (!f.output.empty() && v.status == Status::kCrash) out += indented("printed", f.output);
    out += indented("to do", std::string(f.check->todo));
    if (failed(f) && f.check->code[0] != 'L') {
        out += indented("again", again + " --only " + std::string(f.check->id) + " --seed " +
                                     std::to_string(f.seed));
    }
    return out;
}

std::string to_text(const std::vector<Finding>& skipped, bool color) {
    const auto& first = skipped.front();
    const auto& last = skipped.back();
    const std::string id(first.check->id);
    std::string out = head(first.check->code, Status::kSkip, color);
    out += skipped.size() == 1 ? padded(id, 22)
                               : padded("to " + std::string(last.check->code) + ", " +
                                            std::to_string(skipped.size()) + " checks",
                                        22);
    return out + " " + first.verdict.found + "\n";
}

std::string summary(const std::vector<Finding>& findings) {
    const auto bad = count(findings, Status::kFail) + count(findings, Status::kCrash) +
                     count(findings, Status::kTimeout);
    std::string out = std::to_string(findings.size()) +
                      " checks: " + std::to_string(count(findings, Status::kPass)) + " passed, " +
                      std::to_string(bad) + " failed, " +
                      std::to_string(count(findings, Status::kSkip)) + " skipped";
    if (const auto warned = count(findings, Status::kWarn)) {
        out += ", " + std::to_string(warned) + " with a warning";
    }
    return out;
}

json to_json(const std::string& plugin, const std::vector<Finding>& findings) {
    json out = {{"plugin", plugin}, {"checks", json::array()}};
    for (const auto& f : findings) {
        json one = {{"code", f.check->code},   {"id", f.check->id},
                    {"level", f.check->level}, {"status", to_string(f.verdict.status)},
                    {"says", f.check->says},   {"seconds", f.seconds},
                    {"seed", f.seed}};
        if (f.verdict.status != Status::kPass) {
            one["found"] = f.verdict.found;
            one["expected"] = f.verdict.expected;
            one["todo"] = f.check->todo;
            one["evidence"] = f.verdict.evidence;
            one["doing"] = f.doing;
            one["output"] = f.output;
        }
        out["checks"].push_back(std::move(one));
    }
    for (const auto status : kAll) out[to_string(status)] = count(findings, status);
    return out;
}

std::string to_junit(const std::string& plugin, const std::vector<Finding>& findings) {
    const auto bad = std::count_if(findings.begin(), findings.end(), failed);
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"gantry check " +
        escaped(plugin) + "\" tests=\"" + std::to_string(findings.size()) + "\" failures=\"" +
        std::to_string(bad) + "\" skipped=\"" + std::to_string(count(findings, Status::kSkip)) +
        "\">\n";
    for (const auto& f : findings) {
        const auto& v = f.verdict;
        out += "  <testcase classname=\"" + escaped(family_name(f.check->code[0])) + "\" name=\"" +
               escaped(f.check->id) + "\" time=\"" + seconds(f.seconds) + "\">";
        if (v.status == Status::kSkip) out += "<skipped message=\"" + escaped(v.found) + "\"/>";
        if (failed(f)) {
            out += "<failure type=\"" + std::string(to_string(v.status)) + "\" message=\"" +
                   escaped(v.found) + "\">" +
                   escaped("expected: " + v.expected + "\nwhile: " + f.doing +
                           "\nto do: " + std::string(f.check->todo)) +
                   "</failure>";
        }
        out += "</testcase>\n";
    }
    return out + "</testsuite>\n";
}

}  // namespace gantry::host::check
