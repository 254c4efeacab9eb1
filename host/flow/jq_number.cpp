// A number is kept when its digits and exponent are the same after a double was written out again.
#include "flow/jq_number.hpp"

#include "base/json_text.hpp"

#include <gantry/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace gantry::host {
namespace {

constexpr double kWhole = 9223372036854775808.0;  // 2^63

struct Decimal {
    std::string digits;  // without zeros at either end; empty for 0
    long exponent = 0;

    bool operator==(const Decimal&) const = default;
};

// The sign is left out: a double has the one it was given.
Decimal decimal(std::string_view number) {
    Decimal out;
    const auto e = std::min(number.find_first_of("eE"), number.size());
    bool fraction = false;
    for (const char c : number.substr(0, e)) {
        if (c == '.') fraction = true;
        if (c < '0' || c > '9') continue;
        if (fraction) --out.exponent;
        if (c != '0' || !out.digits.empty()) out.digits += c;
    }
    if (e < number.size()) {
        const auto* begin = number.data() + e + (number.substr(e + 1, 1) == "+" ? 2 : 1);
        long given = 0;
        std::from_chars(begin, number.data() + number.size(), given);
        out.exponent += given;
    }
    while (!out.digits.empty() && out.digits.back() == '0') {
        out.digits.pop_back();
        ++out.exponent;
    }
    if (out.digits.empty()) out.exponent = 0;
    return out;
}

class NumberCheck : public nlohmann::json_sax<json> {
public:
    bool null() override { return next(); }
    bool boolean(bool) override { return next(); }
    bool string(string_t&) override { return next(); }
    bool binary(binary_t&) override { return next(); }
    bool number_integer(number_integer_t n) override { return check(std::to_string(n)); }
    bool number_unsigned(number_unsigned_t n) override { return check(std::to_string(n)); }
    bool number_float(number_float_t, const string_t& text) override { return check(text); }
    bool start_object(std::size_t) override {
        path_.emplace_back(std::string());
        return true;
    }
    bool key(string_t& key) override {
        path_.back() = key;
        return true;
    }
    bool end_object() override {
        path_.pop_back();
        return next();
    }
    bool start_array(std::size_t) override {
        path_.emplace_back(std::int64_t{0});
        return true;
    }
    bool end_array() override { return end_object(); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;  // jq finds it, too
    }

private:
    bool check(const std::string& number) {
        if (jq_keeps(number)) return next();
        throw Error(GANTRY_E_INVALID_DATA,
                    to_text(path_) + " is " + number +
                        ", which has more digits than jq's numbers keep; make it a string, or use "
                        "plain paths, which are exact");
    }

    bool next() {
        if (path_.empty()) return true;
        if (auto* index = std::get_if<std::int64_t>(&path_.back())) ++*index;
        return true;
    }

    JsonPath path_;
};

}  // namespace

bool jq_keeps(std::string_view number) {
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    return read.ec == std::errc() && decimal(jq_number(value)) == decimal(number);
}

std::string jq_number(double number) {
    std::array<char, 32> out{};
    const auto size = std::abs(number);
    if (size < kWhole && std::trunc(number) == number) {
        return std::to_string(static_cast<std::int64_t>(number));
    }
    const auto form =
        size >= 1e-6 && size < kWhole ? std::chars_format::fixed : std::chars_format::scientific;
    return {out.begin(), std::to_chars(out.begin(), out.end(), number, form).ptr};
}

void check_jq_numbers(std::string_view text) {
    NumberCheck check;
    json::sax_parse(text, &check);
}

}  // namespace gantry::host
