// Follows jq 1.6's lexer; interpolation is read by recursion, at most as deep as a program is long.
#include "flow/jq_tokens.hpp"

#include <gantry/json.hpp>

#include <algorithm>

namespace gantry::host {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<JqToken> read() {
        code(/*interpolated=*/false);
        return std::move(tokens_);
    }

private:
    char at(std::size_t ahead) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    void add(JqToken::Kind kind, std::string_view text) {
        tokens_.push_back({kind, std::string(text)});
    }

    // Up to the end, or to the parenthesis that ends an interpolation.
    void code(bool interpolated) {
        int open = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '(') ++open;
            if (c == ')' && --open < 0 && interpolated) return;
            one(c);
        }
    }

    void one(char c) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++at_;
        } else if (c == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (c == '"') {
            string();
        } else if (c == '.' && is_letter(at(1))) {
            ++at_;
            add(JqToken::kField, word());
        } else if (c == '.' && at(1) == '.') {
            at_ += 2;
            add(JqToken::kSymbol, "..");
        } else if (is_digit(c) || (c == '.' && is_digit(at(1)))) {
            number();
        } else if (is_letter(c)) {
            name();
        } else if (c == '@' && is_word(at(1))) {
            ++at_;
            add(JqToken::kFormat, word());
        } else {
            add(JqToken::kSymbol, text_.substr(at_++, 1));
        }
    }

    std::string_view word() {
        const auto begin = at_;
        while (is_word(at(0))) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    void name() {
        const auto begin = at_;
        word();
        while (at(0) == ':' && at(1) == ':' && is_letter(at(2))) {
            at_ += 2;
            word();
        }
        add(JqToken::kName, text_.substr(begin, at_ - begin));
    }

    void number() {
        const auto begin = at_;
        while (is_digit(at(0))) ++at_;
        if (at(0) == '.') ++at_;
        while (is_digit(at(0))) ++at_;
        const std::size_t sign = at(1) == '+' || at(1) == '-' ? 1 : 0;
        if ((at(0) == 'e' || at(0) == 'E') && is_digit(at(1 + sign))) {
            at_ += 1 + sign;
            while (is_digit(at(0))) ++at_;
        }
        add(JqToken::kNumber, text_.substr(begin, at_ - begin));
    }

    void string() {
        const auto begin = at_++;
        bool literal = true;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] != '\\') {
                ++at_;
            } else if (at(1) != '(') {
                at_ += 2;
            } else {
                literal = false;
                at_ += 2;
                add(JqToken::kSymbol, "(");
                code(/*interpolated=*/true);
                if (at_ < text_.size()) add(JqToken::kSymbol, text_.substr(at_++, 1));
            }
        }
        at_ = std::min(at_ + 1, text_.size());
        const auto value = json::parse(literal ? text_.substr(begin, at_ - begin) : "", nullptr,
                                       /*allow_exceptions=*/false);
        const auto* known = value.get_ptr<const std::string*>();
        add(known != nullptr ? JqToken::kString : JqToken::kComputed, known ? *known : "");
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<JqToken> tokens_;
};

}  // namespace

std::vector<JqToken> jq_tokens(std::string_view program) { return Lexer(program).read(); }

}  // namespace gantry::host
