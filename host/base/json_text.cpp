// A hand-written scanner of JSON's grammar: one bit per open bracket, eight bytes of plain string
// at a time.
#include "base/json_text.hpp"

#include "base/utf8.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cmath>
#include <cstring>

namespace gantry::host {
namespace {

constexpr int kDeepest = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether none of the eight bytes at `p` is a quote, a backslash, a control or a non-ASCII byte.
bool plain(const char* p) {
    constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
    std::uint64_t w = 0;
    std::memcpy(&w, p, sizeof w);
    const auto below = [](std::uint64_t x, std::uint64_t n) { return (x - kOnes * n) & ~x; };
    return ((w | below(w, 0x20) | below(w ^ kOnes * '"', 1) | below(w ^ kOnes * '\\', 1)) &
            kHigh) == 0;
}

class Scanner {
public:
    explicit Scanner(std::string_view text)
        : begin_(text.data()), p_(begin_), end_(begin_ + text.size()) {}

    std::optional<JsonFault> run(int max_depth) {
        if (all(std::min(max_depth, kDeepest))) return std::nullopt;
        return JsonFault{static_cast<std::size_t>(p_ - begin_), reason_};
    }

private:
    enum class Next { kValue, kFirst, kName, kRest };

    bool all(int max_depth) {
        std::bitset<kDeepest> objects;
        std::size_t depth = 0;
        Next next = Next::kValue;
        for (;;) {
            blanks();
            const char c = p_ < end_ ? *p_ : '\0';
            const bool in_object = depth > 0 && objects[depth - 1];
            switch (next) {
                case Next::kFirst:
                    if (c == (in_object ? '}' : ']')) {
                        next = Next::kRest;
                    } else {
                        next = in_object ? Next::kName : Next::kValue;
                    }
                    break;
                case Next::kName:
                    if (c != '"') return fail("expected the name of a member in double quotes");
                    if (!string()) return false;
                    blanks();
                    if (p_ == end_ || *p_ != ':') return fail("expected \":\"");
                    ++p_;
                    next = Next::kValue;
                    break;
                case Next::kValue:
                    if (c == '{' || c == '[') {
                        if (depth == static_cast<std::size_t>(std::max(max_depth, 0))) {
                            return fail("nested too deep");
                        }
                        objects[depth++] = c == '{';
                        ++p_;
                        next = Next::kFirst;
                    } else if (scalar(c)) {
                        next = Next::kRest;
                    } else {
                        return false;
                    }
                    break;
                case Next::kRest:
                    if (depth == 0) return p_ == end_ || fail("expected the end of the text");
                    if (p_ < end_ && c == ',') {
                        next = in_object ? Next::kName : Next::kValue;
                    } else if (p_ < end_ && c == (in_object ? '}' : ']')) {
                        --depth;
                    } else {
                        return fail(in_object ? "expected \",\" or \"}\""
                                              : "expected \",\" or \"]\"");
                    }
                    ++p_;
                    break;
            }
        }
    }

    bool scalar(char c) {
        if (c == '"') return string();
        if (c == '-' || is_digit(c)) return number();
        if (c == 't') return word("true");
        if (c == 'f') return word("false");
        if (c == 'n') return word("null");
        return fail("expected a value");
    }

    bool word(std::string_view expected) {
        const std::string_view left(p_, static_cast<std::size_t>(end_ - p_));
        if (left.substr(0, expected.size()) != expected) return fail("expected a value");
        p_ += expected.size();
        return true;
    }

    bool string() {
        const char* const start = p_++;
        for (;;) {
            while (end_ - p_ >= 8 && plain(p_)) p_ += 8;
            if (p_ == end_) {
                p_ = start;
                return fail("a string is not closed");
            }
            const auto c = static_cast<unsigned char>(*p_);
            if (c == '"') {
                ++p_;
                return true;
            }
            if (c == '\\') {
                if (!escape()) return false;
            } else if (c < 0x20) {
                return fail("a control character in a string must be escaped");
            } else {
                const auto length = utf8_length(p_, end_);
                if (length == 0) return fail("not UTF-8");
                p_ += length;
            }
        }
    }

    bool escape() {
        if (end_ - p_ < 2) return fail("a string is not closed");
        if (p_[1] != 'u') {
            if (std::strchr("\"\\/bfnrt", p_[1]) == nullptr || p_[1] == '\0') {
                return fail("unknown escape in a string");
            }
            p_ += 2;
            return true;
        }
        const int unit = hex(p_);
        if (unit < 0) return fail("\\u needs four hexadecimal digits");
        if (unit >= 0xDC00 && unit <= 0xDFFF) return fail("lone surrogate");
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            const int low = hex(p_ + 6);
            if (low < 0xDC00 || low > 0xDFFF) return fail("lone surrogate");
            p_ += 6;
        }
        p_ += 6;
        return true;
    }

    /// The code unit written "\uXXXX" at `p`, or -1.
    int hex(const char* p) const {
        if (end_ - p < 6 || p[0] != '\\' || p[1] != 'u') return -1;
        int unit = 0;
        const auto [last, error] = std::from_chars(p + 2, p + 6, unit, 16);
        return error == std::errc{} && last == p + 6 && p[2] != '-' ? unit : -1;
    }

    bool digits() {
        if (p_ == end_ || !is_digit(*p_)) return fail("a number needs a digit here");
        while (p_ < end_ && is_digit(*p_)) ++p_;
        return true;
    }

    bool number() {
        const char* const start = p_;
        if (*p_ == '-') ++p_;
        const char* const whole = p_;
        if (!digits()) return false;
        if (*whole == '0' && p_ - whole > 1) {
            p_ = start;
            return fail("a number must not begin with a zero");
        }
        if (p_ < end_ && *p_ == '.' && (++p_, !digits())) return false;
        const char* const exponent = p_;
        if (p_ < end_ && (*p_ == 'e' || *p_ == 'E')) {
            ++p_;
            if (p_ < end_ && (*p_ == '+' || *p_ == '-')) ++p_;
            if (!digits()) return false;
        }
        constexpr int kSafeLength = 300;  // so few digits stay below 1e308
        if ((exponent != p_ || p_ - start > kSafeLength) && too_large(whole, exponent)) {
            p_ = start;
            return fail("the number is beyond a double");
        }
        return true;
    }

    /// from_chars says out of range for too small as well; the weight of the first digit tells.
    bool too_large(const char* whole, const char* exponent) const {
        double value = 0;
        if (std::from_chars(whole, p_, value).ec == std::errc{}) return std::isinf(value);
        const char* const point = std::find(whole, exponent, '.');
        const char* const lead =
            std::find_if(whole, exponent, [](char c) { return c >= '1' && c <= '9'; });
        if (lead == exponent) return false;
        constexpr std::int64_t kHuge = std::int64_t{1} << 60;
        std::int64_t shift = 0;
        if (exponent != p_) {
            const char* const first = exponent + (exponent[1] == '+' ? 2 : 1);
            if (std::from_chars(first, p_, shift).ec != std::errc{}) {
                shift = *first == '-' ? -kHuge : kHuge;
            }
        }
        return point - lead + std::clamp(shift, -kHuge, kHuge) > 0;
    }

    void blanks() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
    }

    bool fail(const char* reason) {
        reason_ = reason;
        return false;
    }

    const char* begin_;
    const char* p_;
    const char* end_;
    const char* reason_ = "";
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text, int max_depth) {
    return Scanner(text).run(max_depth);
}

void check_json(std::string_view text, std::size_t max_bytes, int max_depth) {
    if (text.size() > max_bytes) {
        throw Error(GANTRY_E_TOO_LARGE, "found " + std::to_string(text.size()) +
                                            " bytes of JSON, at most " + std::to_string(max_bytes) +
                                            " are allowed");
    }
    if (const auto fault = find_json_fault(text, max_depth)) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "no valid JSON: byte " + std::to_string(fault->offset) +
                        (fault->offset == text.size() ? " (the end): " : ": ") + fault->reason);
    }
}

std::string dumped(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string canonical(const json& value) {
    try {
        return value.dump();
    } catch (const json::exception& e) {
        throw Error(GANTRY_E_INVALID_DATA, std::string("cannot be written as JSON: ") + e.what());
    }
}

json parse(std::string_view text, std::size_t max_bytes) {
    check_json(text, max_bytes);
    try {
        return json::parse(text);
    } catch (const json::exception& e) {
        throw Error(GANTRY_E_INVALID_DATA, std::string("no valid JSON: ") + e.what());
    }
}

}  // namespace gantry::host
