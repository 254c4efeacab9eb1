// The input of a call as a value: a whole number that no value holds is refused, never rounded.
#pragma once

#include <gantry/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::detail {

// Told of each token: the parser hands a number of more than 64 bits on as a double, beside its
// digits.
class WholeNumbers : public nlohmann::json_sax<json> {
public:
    bool null() override { return next(); }
    bool boolean(bool) override { return next(); }
    bool string(string_t&) override { return next(); }
    bool binary(binary_t&) override { return next(); }
    bool number_integer(number_integer_t) override { return next(); }
    bool number_unsigned(number_unsigned_t) override { return next(); }
    bool number_float(number_float_t, const string_t& digits) override {
        if (digits.find_first_of(".eE") != string_t::npos) return next();
        const auto field = path();
        throw Error(
            GANTRY_E_INVALID_DATA,
            field + " is " + digits + ", a whole number of more than 64 bits; give it as a text",
            GANTRY_EF_NOT_APPLIED, {{"field", field}, {"value", digits}});
    }
    bool start_object(std::size_t) override { return open(false); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        open_.back().name = name;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;  // whoever makes the value says so
    }

private:
    struct Part {
        bool is_array;
        std::size_t index;
        std::string name;
    };

    bool open(bool is_array) {
        open_.push_back({is_array, 0, {}});
        return true;
    }
    bool close() {
        open_.pop_back();
        return next();
    }
    bool next() {
        if (!open_.empty()) ++open_.back().index;
        return true;
    }
    std::string path() const {
        std::string text = "input";
        for (const auto& part : open_) {
            text += part.is_array ? "[" + std::to_string(part.index) + "]" : "." + part.name;
        }
        return text;
    }

    std::vector<Part> open_;
};

/// Whether `text` has so many digits in a row that a number of more than 64 bits may be among them.
inline bool has_long_number(std::string_view text) {
    constexpr std::size_t kDigits = 19;
    std::size_t row = 0;
    return std::any_of(text.begin(), text.end(), [&](char c) {
        row = c >= '0' && c <= '9' ? row + 1 : 0;
        return row == kDigits;
    });
}

/// Throws Error INVALID_DATA, NOT_APPLIED, that names the number and where it stands.
inline json parse_input(std::string_view text) {
    if (has_long_number(text)) {
        WholeNumbers check;
        json::sax_parse(text, &check);
    }
    return json::parse(text);
}

}  // namespace gantry::detail
