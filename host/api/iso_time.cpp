// The calendar is that of std::chrono; the text is read from left to right.
#include "api/iso_time.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace gantry::host {
namespace {

// Takes one part after the other; what does not fit is remembered.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    int digits(int count) {
        int value = 0;
        for (; count > 0; --count) {
            if (!at_digit()) return fail();
            value = value * 10 + (rest_[0] - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    // Any number of digits; those after the third do not count.
    std::chrono::milliseconds fraction() {
        if (!at_digit()) fail();
        int value = 0;
        for (int weight = 100; at_digit(); weight /= 10) value += digits(1) * weight;
        return std::chrono::milliseconds(value);
    }

    bool next(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char c) {
        if (!next(c)) fail();
    }

    bool at_end() const { return rest_.empty(); }
    bool failed() const { return failed_; }

private:
    bool at_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }

    int fail() {
        failed_ = true;
        return 0;
    }

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace

std::string iso_time(std::int64_t ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds(ms)};
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(at - day);
    std::array<char, 64> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",  // NOLINT
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()),
                  static_cast<int>(time.subseconds().count()));
    return out.data();
}

std::optional<std::int64_t> parse_iso_time(const std::string& text) {
    using namespace std::chrono;
    Reader in(text);
    const int y = in.digits(4);
    in.expect('-');
    const int m = in.digits(2);
    in.expect('-');
    const year_month_day date{year(y), month(static_cast<unsigned>(m)),
                              day(static_cast<unsigned>(in.digits(2)))};
    if (in.failed() || !date.ok()) return std::nullopt;
    milliseconds at = sys_days(date).time_since_epoch();
    if (in.next('T')) {
        const int h = in.digits(2);
        in.expect(':');
        const int min = in.digits(2);
        const int s = in.next(':') ? in.digits(2) : 0;
        if (h > 23 || min > 59 || s > 60) return std::nullopt;
        at += hours(h) + minutes(min) + seconds(s);
        if (in.next('.')) at += in.fraction();
        const bool east = in.next('+');
        if (east || in.next('-')) {
            auto offset = milliseconds(hours(in.digits(2)));
            in.next(':');
            offset += minutes(in.digits(2));
            at += east ? -offset : offset;
        } else {
            in.next('Z');
        }
    }
    return in.failed() || !in.at_end() ? std::nullopt : std::optional(at.count());
}

}  // namespace gantry::host
