// Two times seven values of 160 bytes and the words between them are less than there is room for.
#include "plugin/crash_line.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <cstring>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxValue = 160;

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

}  // namespace

CrashLine::CrashLine(LogFormat format, std::string_view signal, const Running* running,
                     std::chrono::system_clock::time_point at)
    : format_(format) {
    const bool json = format_ == LogFormat::kJson;
    if (json) put(R"({"at":")");
    time(at);
    put(json ? R"(","level":"error","message":")" : " error ");
    message(signal, running);
    if (json) put("\"");
    field("signal", signal);
    if (running != nullptr) {
        as_fields(*running, [this](auto name, auto value) { field(name, value); });
    }
    put(json ? "}\n" : "\n");
}

void CrashLine::message(std::string_view signal, const Running* running) {
    put("the host crashed with ");
    put(signal);
    if (running == nullptr) return put(" on a thread that was in no call of a plugin");
    put(" in ");
    in_words(*running, [this](std::string_view piece) { value(piece); });
}

void CrashLine::field(std::string_view name, std::string_view text) {
    const bool json = format_ == LogFormat::kJson;
    put(json ? ",\"" : " ");
    put(name);
    put(json ? "\":\"" : "=");
    value(text);
    if (json) put("\"");
}

// gmtime_r takes a lock.
void CrashLine::time(std::chrono::system_clock::time_point at) {
    using namespace std::chrono;
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<milliseconds>(at - day));
    number(static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put("-");
    number(static_cast<unsigned>(date.month()), 2);
    put("-");
    number(static_cast<unsigned>(date.day()), 2);
    put("T");
    number(static_cast<unsigned>(clock.hours().count()), 2);
    put(":");
    number(static_cast<unsigned>(clock.minutes().count()), 2);
    put(":");
    number(static_cast<unsigned>(clock.seconds().count()), 2);
    put(".");
    number(static_cast<unsigned>(clock.subseconds().count()), 3);
    put("Z");
}

void CrashLine::number(unsigned value, unsigned digits) {
    std::array<char, 10> text;
    for (unsigned i = digits; i > 0; --i, value /= 10) {
        text[i - 1] = static_cast<char>('0' + value % 10);
    }
    put({text.data(), digits});
}

void CrashLine::value(std::string_view text) {
    for (const char& c : text.substr(0, kMaxValue))
        put(is_plain(c) ? std::string_view(&c, 1) : "?");
}

void CrashLine::put(std::string_view text) {
    const auto length = std::min(text.size(), text_.size() - size_);
    if (length > 0) std::memcpy(text_.data() + size_, text.data(), length);
    size_ += length;
}

}  // namespace gantry::host
