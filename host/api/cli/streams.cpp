// Only what a text may be laid out with goes through as it is: line ends and tabs.
#include "api/cli/streams.hpp"

#include "base/log.hpp"

#include <iostream>
#include <string>

namespace gantry::host {
namespace {

class Visible : public std::streambuf {
public:
    explicit Visible(std::ostream& to) : to_(to) {}
    ~Visible() override { Visible::sync(); }
    Visible(const Visible&) = delete;
    Visible& operator=(const Visible&) = delete;

protected:
    int_type overflow(int_type c) override {
        if (c != '\n' && c != '\t') {
            text_ += traits_type::to_char_type(c);
            return c;
        }
        const bool two = c == '\n' && text_.ends_with('\r');
        if (two) text_.pop_back();
        pass_on();
        to_ << (two ? "\r" : "") << traits_type::to_char_type(c);
        return to_ ? c : traits_type::eof();
    }

    int sync() override {
        pass_on();
        return to_.flush() ? 0 : -1;
    }

private:
    void pass_on() {
        to_ << visible(text_);
        text_.clear();
    }

    std::ostream& to_;
    std::string text_;
};

}  // namespace

std::ostream& to_stdout() {
    static Visible text(std::cout);
    static std::ostream stream(&text);
    return stream;
}

std::ostream& to_stderr() {
    static Visible text(std::cerr);
    static std::ostream stream(&text);
    stream.tie(&to_stdout());
    return stream << std::unitbuf;
}

}  // namespace gantry::host
