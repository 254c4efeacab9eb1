// Values drawn for a connector: of every type that `describe` lists, many at a limit or one beyond,
// some of another type.
#pragma once

#include "support/seed.hpp"

#include <gantry/json.hpp>

#include <array>
#include <limits>

namespace gantry::test {

/// A value as it is given, and as it is to be read.
struct Drawn {
    json given;
    json meant;
};

class RandomValues {
public:
    explicit RandomValues(unsigned seed) : random_(seed) {}

    template <typename Number>
    Number from_to(Number least, Number most) {
        return draw(random_, least, most);
    }
    /// Whether values are drawn that may be refused.
    bool daring = true;
    bool dares(int one_in_n) { return daring && one_in(one_in_n); }
    bool one_in(int n) { return from_to(1, n) == 1; }
    template <typename All>
    auto one_of(const All& all) {
        return all[from_to<std::size_t>(0, std::size(all) - 1)];
    }

    /// Whether the system counts UTF-16 units, of which a character beyond U+FFFF has two.
    bool utf16 = false;

    /// Of so many characters, of one to four bytes each.
    std::string text(std::size_t characters) {
        const bool mixed = one_in(2);
        const auto alphabet = one_of(kAlphabets);
        std::string out;
        while (characters > 0) {
            const auto& from = mixed ? one_of(kAlphabets) : alphabet;
            const auto c = from_to(from.first, from.second);
            const std::size_t size = utf16 && c > 0xffff ? 2 : 1;
            append(out, size > characters ? U'x' : c);
            characters -= std::min(size, characters);
        }
        return out;
    }

    /// A character that some systems take and others do not.
    std::string oddity() {
        std::string out;
        append(out,
               one_of(std::array<char32_t, 12>{U'\t', U'\n', U'\r', U'\x1b', U'\x7f', 0x85, 0xa0,
                                               0x2028, 0xfeff, 0xfffe, 0xffff, 0x10ffff}));
        return out;
    }

    std::string digits(std::size_t least, std::size_t most) {
        std::string out;
        for (auto left = from_to(least, most); left > 0; --left) {
            out += static_cast<char>('0' + from_to(0, 9));
        }
        return out;
    }

    /// Given also with zeros and signs that say nothing; meant without.
    Drawn decimal(std::size_t most_in_front, std::size_t most_behind) {
        auto whole = digits(1, one_in(3) ? most_in_front : 3);
        auto behind = digits(0, most_behind);
        whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
        const bool negative = one_in(2);
        const auto written = [&](const std::string& zeros, bool minus) {
            return (minus ? "-" : "") + zeros + whole + (behind.empty() ? "" : "." + behind);
        };
        auto given = written(one_in(8) ? "00" : "", negative);
        if (!behind.empty() && one_in(8)) given += "0";
        behind.erase(behind.find_last_not_of('0') + 1);  // npos + 1 is 0
        return {given, written("", negative && (whole != "0" || !behind.empty()))};
    }

    json whole() {
        if (!dares(2)) return from_to(-1000, 100'000);
        return one_of(std::array<std::int64_t, 8>{
            0, -1, std::numeric_limits<std::int32_t>::max(), std::int64_t{1} << 31,
            std::numeric_limits<std::int32_t>::min(), (std::int64_t{1} << 53) + 1,
            std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()});
    }

    std::string day() {
        const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
        if (one_in(10))
            return one_of(
                std::array<const char*, 4>{"0001-01-01", "9999-12-31", "2024-02-29", "1969-12-31"});
        return std::to_string(from_to(1000, 9999)) + '-' + two(from_to(1, 12)) + '-' +
               two(from_to(1, 28));
    }

    /// For a field as `describe` lists it.
    Drawn of(const json& field) {
        const std::string type = field.at("type");
        if (dares(40) || (!field.at("required").get<bool>() && one_in(20))) return same(nullptr);
        if (dares(40)) {
            return same(one_of(std::array<json, 6>{true, 7, 0.5, "x", json::array(), ""}));
        }
        if (type == "boolean") return same(one_in(2));
        if (type == "integer") return same(whole());
        if (type == "decimal") return dares(6) ? decimal(32, 12) : decimal(8, 2);
        if (type == "date") return same(dares(10) ? "2026-02-30" : day());
        return text_of(field);
    }

private:
    Drawn text_of(const json& field) {
        const auto limit = field.value("max_length", json());
        auto most = limit.is_null() ? std::size_t{60} : limit.get<std::size_t>();
        if (limit.is_null() && one_in(20)) most = 3000;
        if (dares(20)) return same(text(most + 1));
        if (dares(20)) return same(text(most - 1) + oddity());
        if (one_in(5)) return same(text(most));
        return same(text(from_to<std::size_t>(field.at("required").get<bool>() ? 1 : 0, most)));
    }

    using Range = std::pair<char32_t, char32_t>;
    static constexpr std::array kAlphabets{Range{U' ', U'~'},       Range{0xa1, 0x17f},
                                           Range{0x300, 0x36f},     Range{0x590, 0x6ff},
                                           Range{0x2010, 0x2044},   Range{0x4e00, 0x9fff},
                                           Range{0xe000, 0xf8ff},   Range{0x1d11e, 0x1d126},
                                           Range{0x1f600, 0x1f64f}, Range{0x20000, 0x2a6df}};

    static Drawn same(json value) { return {value, value}; }

    static void append(std::string& out, char32_t c) {
        const auto byte = [&](char32_t bits) { out += static_cast<char>(bits); };
        if (c < 0x80) return byte(c);
        if (c < 0x800) {
            byte(0xc0 | c >> 6);
        } else if (c < 0x10000) {
            byte(0xe0 | c >> 12);
            byte(0x80 | (c >> 6 & 0x3f));
        } else {
            byte(0xf0 | c >> 18);
            byte(0x80 | (c >> 12 & 0x3f));
            byte(0x80 | (c >> 6 & 0x3f));
        }
        byte(0x80 | (c & 0x3f));
    }

    std::mt19937 random_;
};

}  // namespace gantry::test
