// A plugin in C++ that has another C++ library inside than the host: libc++ instead of libstdc++.
// "measure" counts words, and refuses a text that is too long; "sign" writes a text into the guest
// book.
#include <gantry/plugin.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using gantry::json;

class Measure {
public:
    explicit Measure(const json& options)
        : book_(options.at("book").get<std::string>()), limit_(options.value("limit", 40U)) {}

    gantry::StepResponse measure(gantry::Call&, const json& input) {
        const std::string text = input;
        if (text.size() > limit_) {
            throw gantry::Error(GANTRY_E_REJECTED,
                                "the text has " + std::to_string(text.size()) + " bytes; at most " +
                                    std::to_string(limit_) + " are taken",
                                GANTRY_EF_NOT_APPLIED);
        }
        std::istringstream in(text);
        std::size_t words = 0;
        for (std::string word; in >> word;) ++words;
        return json{{"words", words}, {"bytes", text.size()}};
    }

    gantry::StepResponse sign(gantry::Call& call, const json& input) {
        std::ofstream page(page_of(call));
        if (!page) throw gantry::Error(GANTRY_E_CONFIG, "cannot write to " + book_.string());
        page << input.dump() << std::flush;
        if (!page) {
            throw gantry::Error(GANTRY_E_UNAVAILABLE, "the page is not written",
                                GANTRY_EF_MAYBE_APPLIED);
        }
        return input;
    }

    void take_back(gantry::Call& call, const std::optional<json>&) {
        std::filesystem::remove(page_of(call));
    }

private:
    /// A run has one page: the same for sign and take_back, in every attempt.
    std::filesystem::path page_of(const gantry::Call& call) const {
        return book_ / (std::string(call.run_id()) + ".cxx");
    }

    std::filesystem::path book_;
    std::size_t limit_;
};

GANTRY_MANIFEST(R"({"id": "cpp-libcxx", "version": "1.0.0", "vendor": "Gantry", "license": "MIT",
 "abi": {"major": 1, "min_host_minor": 0},
 "options": {"type": "object", "required": ["book"], "additionalProperties": false, "properties": {
     "book": {"type": "string", "minLength": 1},
     "limit": {"type": "integer", "minimum": 1}}},
 "steps": [
     {"name": "measure", "effect": "none", "input": {"type": "string"}},
     {"name": "sign", "effect": "write", "compensable": true, "input": {"type": "string"}}],
 "max_concurrency": 16})");

GANTRY_PLUGIN(Measure, gantry::Step<"measure", &Measure::measure>,
              gantry::Step<"sign", &Measure::sign, &Measure::take_back>);
