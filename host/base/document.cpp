// Recursive descent over the text; finished strings, numbers and words are given to nlohmann.
#include "base/document.hpp"

#include "base/describe.hpp"
#include "base/json_text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace gantry::host {
namespace {

constexpr std::size_t kLargestText = std::size_t{64} << 20;  // a device may have no end

}  // namespace

class DocumentParser {
public:
    DocumentParser(Document& out, std::string_view text, Problems& problems)
        : out_(out), text_(text), problems_(problems) {}

    bool run() {
        try {
            check_utf8();
            skip();
            out_.places_[""] = position(at_);
            out_.root_ = value("", 0);
            skip();
            if (at_ < text_.size()) expected("the end of the file");
            return true;
        } catch (const Fault& fault) {
            const auto [line, column] = position(fault.offset);
            problems_.add({out_.file_, line, column}, "", fault.message);
            return false;
        }
    }

private:
    struct Fault {
        std::size_t offset;
        std::string message;
    };

    [[noreturn]] void expected(const std::string& what) const {
        throw Fault{at_, "found " + found() + ", expected " + what};
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool ahead(std::string_view s) const { return text_.substr(at_, s.size()) == s; }

    static bool in_word(char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '+' ||
               c == '-' || c == '.';
    }

    std::string_view word() const {
        const auto* const end = std::find_if_not(text_.begin() + at_, text_.end(), in_word);
        return {text_.data() + at_, static_cast<std::size_t>(end - (text_.data() + at_))};
    }

    std::string found() const {
        if (at_ >= text_.size()) return "the end of the file";
        if (!word().empty()) return in_quotes(word());
        if (peek() == '"') return "a string";
        return in_quotes(
            text_.substr(at_, utf8_length(text_.data() + at_, text_.data() + text_.size())));
    }

    std::pair<int, int> position(std::size_t offset) const {
        const auto before = text_.substr(0, offset);
        const auto line_start = before.rfind('\n') + 1;  // npos + 1 == 0
        const auto starts_code_point = [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        };
        return {1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
                1 + static_cast<int>(std::count_if(before.begin() + line_start, before.end(),
                                                   starts_code_point))};
    }

    void check_utf8() const {
        const char* const end = text_.data() + text_.size();
        for (const char* p = text_.data(); p < end;) {
            const auto length = utf8_length(p, end);
            if (length == 0) {
                throw Fault{static_cast<std::size_t>(p - text_.data()),
                            "found a byte that is not UTF-8, expected text in UTF-8"};
            }
            p += length;
        }
    }

    void skip() {
        for (;;) {
            while (at_ < text_.size() &&
                   std::string_view(" \t\r\n").find(peek()) != std::string::npos) {
                ++at_;
            }
            if (ahead("//")) {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (ahead("/*")) {
                const auto end = text_.find("*/", at_ + 2);
                if (end == std::string_view::npos) throw Fault{at_, "this comment is not closed"};
                at_ = end + 2;
            } else {
                return;
            }
        }
    }

    json value(const std::string& pointer, int depth) {
        if (peek() == '{' || peek() == '[') {
            if (depth == kMaxDepth) {
                throw Fault{at_, "nested deeper than " + std::to_string(kMaxDepth)};
            }
            return peek() == '{' ? object(pointer, depth + 1) : array(pointer, depth + 1);
        }
        return scalar();
    }

    json scalar() {
        if (peek() == '"') return string();
        const auto token = word();
        const auto fault = find_json_fault(token);
        if (fault && (std::isdigit(static_cast<unsigned char>(peek())) != 0 || peek() == '-')) {
            throw Fault{at_, "found " + in_quotes(token) + ", expected a number: " + fault->reason};
        }
        if (peek() == '\'') expected("a value; strings stand in double quotes");
        if (fault) expected("a value (a string, number, object, array, true, false or null)");
        at_ += token.size();
        return json::parse(token);
    }

    json string() {
        auto end = at_ + 1;
        while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') {
            end += text_[end] == '\\' ? 2 : 1;
        }
        if (end >= text_.size() || text_[end] != '"') {
            throw Fault{at_, "this string is not closed in its line"};
        }
        const auto token = text_.substr(at_, end + 1 - at_);
        if (const auto fault = find_json_fault(token))
            throw Fault{at_ + fault->offset, fault->reason};
        at_ = end + 1;
        return json::parse(token);
    }

    json array(const std::string& pointer, int depth) {
        json out = json::array();
        ++at_;
        for (skip(); peek() != ']'; skip()) {
            const auto element = child(pointer, out.size());
            out_.places_[element] = position(at_);
            out.push_back(value(element, depth));
            skip();
            if (peek() == ']') break;
            comma(']');
        }
        ++at_;
        return out;
    }

    json object(const std::string& pointer, int depth) {
        json out = json::object();
        ++at_;
        for (skip(); peek() != '}'; skip()) {
            if (peek() != '"') expected("the name of a member in double quotes");
            const auto place = position(at_);
            const auto key = string().get<std::string>();
            const auto member = child(pointer, key);
            if (out.contains(key)) twice(member, key, place);
            out_.places_[member] = place;
            skip();
            if (peek() != ':') expected("\":\" after " + in_quotes(key));
            ++at_;
            skip();
            out[key] = value(member, depth);
            skip();
            if (peek() == '}') break;
            comma('}');
        }
        ++at_;
        return out;
    }

    void comma(char closing) {
        if (peek() != ',') expected(std::string("\",\" or \"") + closing + "\"");
        ++at_;
        skip();
        if (peek() == closing) {
            expected("another value after the comma; the last one takes no comma");
        }
    }

    void twice(const std::string& pointer, const std::string& key, std::pair<int, int> place) {
        const auto [line, column] = out_.places_.at(pointer);
        problems_.add({out_.file_, place.first, place.second}, dotted(pointer),
                      "found " + in_quotes(key) + " again, first at " + std::to_string(line) + ":" +
                          std::to_string(column) + "; expected every key once");
        // The last one counts: what stands in the first has no place any more.
        const auto from = out_.places_.lower_bound(pointer + "/");
        auto to = from;
        while (to != out_.places_.end() && to->first.starts_with(pointer + "/")) ++to;
        out_.places_.erase(from, to);
    }

    Document& out_;
    std::string_view text_;
    Problems& problems_;
    std::size_t at_ = 0;
};

std::optional<std::string> read_text(const std::filesystem::path& path, std::string& why) {
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::string text;
    char block[1 << 14];
    while (in && (in.read(block, sizeof block), in.gcount() > 0)) {
        text.append(block, static_cast<std::size_t>(in.gcount()));
        if (text.size() <= kLargestText) continue;
        why = "it has more than 64 MiB";
        return std::nullopt;
    }
    if (in.eof() && !in.bad()) return text;
    why = std::generic_category().message(errno);
    return std::nullopt;
}

std::string child(const std::string& pointer, std::string_view member) {
    std::string out = pointer + '/';
    for (const char c : member) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

std::string child(const std::string& pointer, std::size_t index) {
    return pointer + '/' + std::to_string(index);
}

std::string dotted(const std::string& pointer) {
    constexpr std::string_view kDigits = "0123456789", kOther = "_-";
    std::string out;
    for (json::json_pointer rest(pointer); !rest.empty();) {
        const auto token = rest.back();
        rest.pop_back();
        std::string part;
        if (!token.empty() && token.find_first_not_of(kDigits) == std::string::npos) {
            part = '[' + token + ']';
        } else if (!token.empty() && std::all_of(token.begin(), token.end(), [&](unsigned char c) {
                       return c >= 0x80 || std::isalnum(c) != 0 ||
                              kOther.find(static_cast<char>(c)) != std::string::npos;
                   })) {
            part = rest.empty() ? token : '.' + token;
        } else {
            part = '[' + in_quotes(token) + ']';
        }
        out.insert(0, part);
    }
    return out;
}

std::optional<Document> Document::read(const std::filesystem::path& path, Problems& problems) {
    std::string why;
    if (const auto text = read_text(path, why)) return parse(path.string(), *text, problems);
    problems.add({path.string()}, "", "cannot read the file: " + why);
    return std::nullopt;
}

std::optional<Document> Document::parse(std::string file_name, std::string_view text,
                                        Problems& problems) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
        text.remove_prefix(kByteOrderMark.size());
    }
    Document document;
    document.file_ = std::move(file_name);
    if (!DocumentParser(document, text, problems).run()) return std::nullopt;
    return document;
}

Place Document::place(const std::string& pointer) const {
    auto found = places_.find(pointer);
    for (auto rest = pointer; found == places_.end() && !rest.empty();) {
        rest.erase(rest.rfind('/'));
        found = places_.find(rest);
    }
    if (found == places_.end()) return {file_};
    return {file_, found->second.first, found->second.second};
}

}  // namespace gantry::host
