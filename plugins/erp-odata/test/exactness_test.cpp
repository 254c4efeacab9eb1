// Random values of every type, each way, against a service that keeps what its types hold and says
// nothing of the rest: what we write is refused or comes back as it was; what it has and we put
// back is what it had.
#include "exact_json.hpp"
#include "forms.hpp"
#include "mapping/decimal.hpp"
#include "site.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>

namespace erp_odata::test {
namespace {

using gantry::Error;

constexpr int kDraws = 400;  // of values, for each version and way

// Our field has the name of theirs, and is of type `ours`.
struct Pair {
    const char* name;
    const char* ours;
    const char* theirs;
    const char* facets = "";
    int shift = 0;
};

const std::vector<Pair>& pairs() {
    static const std::vector<Pair> all = {
        {"Short", "string", "Edm.String", R"(MaxLength="8")"},
        {"Long", "text", "Edm.String"},
        {"Guid", "string", "Edm.Guid"},
        {"Flag", "boolean", "Edm.Boolean"},
        {"Byte", "integer", "Edm.Byte"},
        {"SByte", "integer", "Edm.SByte"},
        {"Int16", "integer", "Edm.Int16"},
        {"Int32", "integer", "Edm.Int32"},
        {"Int64", "integer", "Edm.Int64"},
        {"Tons", "integer", "Edm.Int32", "", -3},
        {"Grams", "integer", "Edm.Decimal", R"(Precision="13" Scale="3")", -3},
        {"Rough", "integer", "Edm.Decimal", R"(Precision="13" Scale="2")", -3},
        {"Pieces", "integer", "Edm.Decimal", R"(Precision="5" Scale="0")"},
        {"Price", "decimal", "Edm.Decimal", R"(Precision="23" Scale="4")"},
        {"Cents", "decimal", "Edm.Decimal", R"(Precision="9" Scale="1")", 2},
        {"Amount", "decimal", "Edm.Decimal", R"(Precision="9" Scale="variable")"},
        {"Double", "decimal", "Edm.Double"},
        {"Single", "decimal", "Edm.Single"},
        {"Day", "date", "the day"}};
    return all;
}

std::string edmx(int version) {
    std::string properties =
        R"(<Key><PropertyRef Name="K"/></Key><Property Name="K" Type="Edm.String"/>)";
    for (const auto& pair : pairs()) {
        const std::string day = version == 2 ? "Edm.DateTime" : "Edm.Date";
        const std::string type = pair.ours == std::string("date") ? day : pair.theirs;
        properties += "<Property Name=\"" + std::string(pair.name) + "\" Type=\"" + type + "\" " +
                      pair.facets + "/>";
    }
    return "<Edmx Version=\"" + std::string(version == 2 ? "1.0" : "4.0") +
           "\"><DataServices><Schema><EntityType Name=\"T\">" + properties +
           "</EntityType><EntityContainer><EntitySet Name=\"Things\" EntityType=\"N.T\"/>"
           "</EntityContainer></Schema></DataServices></Edmx>";
}

json things() {
    json fields = json::object();
    for (const auto& pair : pairs()) {
        fields[pair.name] = {{"to", pair.name}, {"type", pair.ours}};
        if (pair.shift != 0) fields[pair.name]["shift"] = pair.shift;
    }
    return {{"entity_set", "Things"}, {"key", "K"}, {"fields", fields}};
}

unsigned drawn_seed() {
    const char* given = std::getenv("GANTRY_SEED");  // NOLINT: no other thread runs
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    std::cout << "again with: GANTRY_SEED=" << seed << '\n';
    return seed;
}

// Keeps what its types hold, and says nothing of the rest.
class Careless {
public:
    explicit Careless(int version) : v4_(version == 4) {}

    // The value of a property, as JSON, after it was given so.
    std::string kept(const json& given, const Property& property) const {
        if (given.is_null()) return "null";
        const auto text = given.is_string() ? given.get<std::string>() : given.dump();
        if (property.is_text()) return json(first_characters(text, property.max_length)).dump();
        if (property.type == kGuid) return json(upper(text)).dump();
        if (property.type == "Edm.Boolean") return text == "true" ? "true" : "false";
        if (property.is_integer()) return number(whole(text, property.type), "Edm.Int64", property);
        if (property.type == "Edm.Decimal") {
            return number(fixed(text, property), "Edm.Decimal", property);
        }
        if (property.is_decimal()) return number(binary(text, property), property.type, property);
        return json(v4_ ? day(text) : ticks(text)).dump();
    }

private:
    static std::string first_characters(const std::string& text,
                                        const std::optional<std::size_t>& most) {
        std::size_t n = 0;
        for (std::size_t at = 0; at < text.size(); ++at) {
            if ((text[at] & 0xc0) == 0x80) continue;
            n += (text[at] & 0xf8) == 0xf0 ? 2 : 1;  // UTF-16 units
            if (most && n > *most) return text.substr(0, at);
        }
        return text;
    }
    static std::string upper(std::string text) {
        for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return text;
    }
    static std::string whole(const std::string& text, const std::string& type) {
        const auto value = std::strtoll(text.c_str(), nullptr, 10);
        if (type == "Edm.Byte") return std::to_string(static_cast<std::uint8_t>(value));
        if (type == "Edm.SByte") return std::to_string(static_cast<std::int8_t>(value));
        if (type == "Edm.Int16") return std::to_string(static_cast<std::int16_t>(value));
        if (type == "Edm.Int32") return std::to_string(static_cast<std::int32_t>(value));
        return std::to_string(value);
    }
    // The last digits of what is too long, and as many decimals as there are, with zeros.
    static std::string fixed(const std::string& text, const Property& property) {
        const auto point = std::min(text.find('.'), text.size());
        const bool negative = text.starts_with('-');
        auto in_front = text.substr(negative ? 1 : 0, point - (negative ? 1 : 0));
        auto behind = point < text.size() ? text.substr(point + 1) : "";
        const auto room = *property.precision - property.scale.value_or(0);
        if (in_front.size() > room) in_front = in_front.substr(in_front.size() - room);
        in_front.erase(0, std::min(in_front.find_first_not_of('0'), in_front.size() - 1));
        const auto left = *property.precision - (in_front == "0" ? 0 : in_front.size());
        behind.resize(property.scale.value_or(std::min(behind.size(), left)), '0');
        return (negative ? "-" : "") + in_front + (behind.empty() ? "" : "." + behind);
    }
    static std::string binary(const std::string& text, const Property& property) {
        std::array<char, 64> out{};
        if (property.type == "Edm.Double") {
            std::snprintf(out.data(), out.size(), "%.15g", std::strtod(text.c_str(), nullptr));
        } else {
            std::snprintf(out.data(), out.size(), "%.6g",
                          static_cast<double>(std::strtof(text.c_str(), nullptr)));
        }
        return out.data();
    }
    static std::string day(const std::string& text) {
        std::tm at{};
        std::sscanf(text.c_str(), "%d-%d-%d", &at.tm_year, &at.tm_mon, &at.tm_mday);
        at.tm_year -= 1900;
        --at.tm_mon;
        const auto seconds = timegm(&at);
        gmtime_r(&seconds, &at);
        std::array<char, 64> out{};
        std::snprintf(out.data(), out.size(), "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1,
                      at.tm_mday);
        return out.data();
    }
    static std::string ticks(const std::string& text) {
        long long at = 0;
        std::sscanf(text.c_str(), "/Date(%lld", &at);
        return "/Date(" + std::to_string(at) + ")/";
    }
    // Of V2 some are texts.
    std::string number(const std::string& digits, const std::string& texted,
                       const Property& property) const {
        return v4_ || property.type != texted ? digits : json(digits).dump();
    }

    bool v4_;
};

class Drawn {
public:
    explicit Drawn(unsigned seed) : random_(seed) {}

    int from_to(int least, int most) {
        return std::uniform_int_distribution<int>(least, most)(random_);
    }
    bool one_in(int n) { return from_to(1, n) == 1; }
    template <typename All>
    const auto& one_of(const All& all) {
        return all[static_cast<std::size_t>(from_to(0, static_cast<int>(std::size(all)) - 1))];
    }
    std::string digits(int least, int most) {
        std::string out;
        for (int left = from_to(least, most); left > 0; --left) {
            out += static_cast<char>('0' + from_to(0, 9));
        }
        return out;
    }
    const Pair& any_pair() { return one_of(pairs()); }

    std::string text(int most) {
        static const std::array<std::string, 9> kLetters = {"a", "Z", "0",  "'", "\"",
                                                            "é", "ß", "棉", "𝄞"};
        std::string out;
        for (int left = from_to(0, most); left > 0; --left) out += one_of(kLetters);
        return out;
    }
    std::string guid() {
        std::string out = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
        for (char& c : out) {
            if (c == 'x') c = one_of(std::string("0123456789abcdefABCDEF"));
        }
        return out;
    }
    json whole() {
        auto text = digits(1, one_in(2) ? 3 : 20) + (one_in(3) ? "000" : "");
        text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
        const auto number = json::parse((one_in(2) ? "-" : "") + text, nullptr, false);
        return number.is_number_integer() ? number : json(0);
    }
    std::string decimal() {
        auto out = (one_in(2) ? "-" : "") + digits(1, one_in(3) ? 25 : 6);
        if (!one_in(3)) out += "." + digits(1, one_in(3) ? 20 : 3);
        return one_in(6) ? out + (one_in(2) ? "e" : "E-") + digits(1, 1) : out;
    }
    std::string day() {
        std::array<char, 40> out{};
        const int year = one_in(4) ? from_to(0, 9999) : from_to(1990, 2030);
        std::snprintf(out.data(), out.size(), "%04d-%02d-%02d", year, from_to(0, 13),
                      from_to(0, 32));
        static const std::array<std::string, 4> kMore = {"T10:00:00", "T22:00:00-05:00", "Z", " "};
        return one_in(8) ? out.data() + one_of(kMore) : out.data();
    }

    json ours(const Pair& pair) {
        const std::string type = one_in(10) ? any_pair().ours : pair.ours;
        if (type == "boolean") return one_in(2);
        if (type == "integer") return whole();
        if (type == "decimal") return decimal();
        if (type == "date") return day();
        return pair.theirs == std::string(kGuid) && !one_in(8) ? guid() : text(12);
    }

    // As a service of that version has it, in JSON.
    std::string theirs(const Property& property, int version) {
        const auto in_v2 = [&](const std::string& number, bool texted) {
            return version == 2 && texted ? json(number).dump() : number;
        };
        if (one_in(10)) return "null";
        if (property.is_text()) return json(text(12)).dump();
        if (property.type == kGuid) return json(guid()).dump();
        if (property.type == "Edm.Boolean") return one_in(2) ? "true" : "false";
        if (property.is_integer()) {
            return in_v2(std::to_string(from_to(-100, 1'000'000'000)),
                         property.type == "Edm.Int64");
        }
        if (property.is_decimal()) {
            if (property.type != "Edm.Decimal" && one_in(5)) return R"("INF")";
            auto number = std::to_string(from_to(-1000, 1000)) + digits(0, 20);
            if (number.starts_with("0") || number.starts_with("-0")) number = "0";
            if (!one_in(3)) number += "." + digits(1, 20);
            if (one_in(8)) number += one_in(2) ? "E-7" : "e+150";
            return in_v2(number, true);
        }
        if (version == 4) return json(day()).dump();
        const auto midnight = std::to_string(from_to(-100'000, 100'000) * 86'400'000LL);
        const auto any = std::to_string(from_to(-100'000, 100'000)) + digits(5, 8);
        const auto zone = one_in(3) ? (one_in(2) ? "+0" : "-0") + std::to_string(from_to(100, 900))
                                    : std::string();
        return json("/Date(" + (one_in(2) ? midnight : any) + zone + ")/").dump();
    }

private:
    std::mt19937 random_;
};

class Exactness : public testing::TestWithParam<int> {
protected:
    const Property& property(const Pair& pair) const { return site_.property(pair.name); }

    // What our field shows after it was written; nothing: it was refused.
    std::optional<json> written(const Pair& pair, const json& value) const {
        json ignored;
        json theirs;
        try {
            theirs = site_.to_theirs({{pair.name, value}}, ignored);
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_REJECTED) << e.message();
            EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED) << e.message();
            return std::nullopt;
        }
        auto all = nothing_;
        const auto changes = site_.changes(all, theirs);
        const auto sent = parse_exact(body_of(site_.protocol(), site_.product(), changes));
        for (const auto& [name, given] : sent.items()) {
            const auto& of = site_.property(name);
            all[name] = site_.protocol().value(parse_exact(careless_.kept(given, of)), of);
        }
        return site_.to_ours(all).at(pair.name);
    }

    // As our field shows it.
    json meant(const Pair& pair, const json& value) const {
        if (value == "") return nullptr;
        if (pair.ours == std::string("decimal")) {
            const auto text = value.is_string() ? value.get<std::string>() : value.dump();
            return mapping::canonical_decimal(text).value_or("no decimal");
        }
        return property(pair).type == kGuid ? canonical(value, property(pair)) : value;
    }

    static json nothing() {
        json out = json::object();
        for (const auto& pair : pairs()) out[pair.name] = nullptr;
        return out;
    }

    const Site site_{things(), edmx(GetParam())};
    const Careless careless_{GetParam()};
    const json nothing_ = nothing();
    Drawn drawn_{drawn_seed()};
};

INSTANTIATE_TEST_SUITE_P(V, Exactness, testing::Values(4, 2));

TEST_P(Exactness, what_is_written_is_refused_or_comes_back_as_it_was) {
    std::array<int, 2> seen{};  // refused and kept
    for (int n = 0; n < kDraws; ++n) {
        const auto& pair = drawn_.any_pair();
        const auto value = drawn_.ours(pair);
        const auto shown = written(pair, value);
        ++seen.at(shown ? 1 : 0);
        ASSERT_EQ(shown.value_or(meant(pair, value)), meant(pair, value)) << pair.name << value;
    }
    EXPECT_GT(seen.at(0), 0);
    EXPECT_GT(seen.at(1), 0);
}

TEST_P(Exactness, what_was_read_is_put_back_as_it_was) {
    for (int n = 0; n < kDraws; ++n) {
        const auto& pair = drawn_.any_pair();
        const auto& of = property(pair);
        const auto before = parse_exact(drawn_.theirs(of, GetParam()));
        const auto held = site_.protocol().value(before, of);
        const auto back = parse_exact(site_.protocol().literal(held, of));
        // Equal but for the zeros of decimals, and the letters of GUIDs.
        ASSERT_EQ(canonical(back, of), canonical(before, of)) << pair.name;
    }
}

// By construction within what theirs holds: none of them may be refused.
TEST_P(Exactness, what_theirs_holds_is_taken) {
    for (int n = 0; n < kDraws / 20; ++n) {
        const auto days = std::chrono::days(drawn_.from_to(-700'000, 2'900'000));
        const json all = {{"Short", drawn_.text(4)},  // each may count as two
                          {"Guid", drawn_.guid()},
                          {"Byte", drawn_.from_to(0, 255)},
                          {"SByte", drawn_.from_to(-128, 127)},
                          {"Int16", drawn_.from_to(-32'768, 32'767)},
                          {"Int32", drawn_.from_to(-2'147'483'647, 2'147'483'647)},
                          {"Grams", drawn_.from_to(-2'147'483'647, 2'147'483'647)},
                          {"Price", "1" + drawn_.digits(0, 18) + "." + drawn_.digits(1, 4)},
                          {"Double", "0." + drawn_.digits(1, 15)},
                          {"Single", "0." + drawn_.digits(1, 6)},
                          {"Day", iso_of(std::chrono::sys_days(days))}};
        for (const auto& pair : pairs()) {
            if (!all.contains(pair.name)) continue;
            ASSERT_TRUE(written(pair, all.at(pair.name))) << pair.name << all.at(pair.name);
        }
    }
}

}  // namespace
}  // namespace erp_odata::test
