// What stands around such a text in other languages, as in "{{ .input.id }}", is taken off.
#include "flow/meant.hpp"

#include "base/describe.hpp"

#include <gantry/json.hpp>

#include <utility>

namespace gantry::host {
namespace {

// Whether `text` has `word` at `at`, and no longer one.
bool is_word(std::string_view text, std::size_t at, std::string_view word) {
    if (text.substr(at, word.size()) != word) return false;
    const auto end = at + word.size();
    return end == text.size() ||
           std::string_view(".[ |)").find(text[end]) != std::string_view::npos;
}

std::string meant_by(std::string_view text) {
    using Pair = std::pair<std::string_view, std::string_view>;
    if (text.starts_with("${")) return {};
    for (const auto& [open, close] : {Pair{"{{", "}}"}, {"{", "}"}, {"$(", ")"}, {"$", ""}}) {
        if (!text.starts_with(open) || !text.ends_with(close)) continue;
        text = text.substr(open.size(), text.size() - open.size() - close.size());
        break;
    }
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    text = text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
    for (const std::string_view root :
         {"input", "steps", "errors", "item", "index", "output", "undo"}) {
        if (is_word(text, 0, root)) return "." + std::string(text);
        for (auto at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
            if (is_word(text, at + 1, root)) return std::string(text);
        }
    }
    return {};
}

}  // namespace

std::string did_you_mean_expression(const json& value) {
    if (value.is_string()) {
        const auto meant = meant_by(value.get_ref<const std::string&>());
        return meant.empty() ? "" : " Did you mean " + in_quotes("${ " + meant + " }") + "?";
    }
    if (!value.is_structured()) return {};
    for (const auto& part : value) {
        if (auto meant = did_you_mean_expression(part); !meant.empty()) return meant;
    }
    return {};
}

}  // namespace gantry::host
