// Walks the tree and replaces the references in each string from left to right.
#include "base/substitute.hpp"

#include "base/describe.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cstdlib>

namespace gantry::host {
namespace {

constexpr std::uintmax_t kLargest = 1 << 20;

bool is_utf8(const std::string& text) {
    const char* p = text.data();
    for (const char* const end = p + text.size(); p < end;) {
        const auto length = utf8_length(p, end);
        if (length == 0) return false;
        p += length;
    }
    return true;
}

// Why a file is not read at all; empty: it may be. A pipe or a device may have no end.
std::string objection(const std::filesystem::path& path) {
    std::error_code none;
    const auto status = std::filesystem::status(path, none);
    if (!std::filesystem::exists(status)) return "";  // reading says it
    if (std::filesystem::is_directory(status)) return "it is a folder, expected a file";
    if (!std::filesystem::is_regular_file(status)) {
        return "it is a pipe or a device, expected a plain file";
    }
    const auto size = std::filesystem::file_size(path, none);
    if (none || size <= kLargest) return "";
    return "it has " + std::to_string(size) + " bytes, expected a secret of at most 1 MiB";
}

class Substitution {
public:
    Substitution(Reading& reading, const std::filesystem::path& directory)
        : reading_(reading), directory_(directory) {}

    json value(const json& in, const std::string& pointer) {
        json out = in;
        if (in.is_object()) {
            for (const auto& [key, member] : in.items())
                out[key] = value(member, child(pointer, key));
        } else if (in.is_array()) {
            for (std::size_t i = 0; i < in.size(); ++i) out[i] = value(in[i], child(pointer, i));
        } else if (in.is_string()) {
            const auto text = filled(in.get<std::string>(), pointer);
            if (text) {
                out = *text;
            } else {
                reading_.broken.insert(pointer);
            }
        }
        return out;
    }

private:
    std::optional<std::string> filled(const std::string& in, const std::string& pointer) {
        for (const std::string kind : {"env:", "file:"}) {
            if (in.find("${" + kind) == std::string::npos) continue;
            reading_.problem(pointer, "found \"${" + kind + "\", expected $(" + kind +
                                          "…): what stands in braces is an expression");
            return std::nullopt;
        }
        std::string out;
        std::size_t at = 0;
        for (auto open = in.find("$("); open != std::string::npos; open = in.find("$(", at)) {
            const auto close = in.find(')', open);
            if (close == std::string::npos) {
                reading_.problem(pointer,
                                 "found \"$(\" without its \")\", expected $(env:NAME) or "
                                 "$(file:PATH)");
                return std::nullopt;
            }
            const auto content = resolved(in.substr(open + 2, close - open - 2), pointer);
            if (!content) return std::nullopt;
            if (!is_utf8(*content)) {
                reading_.problem(pointer, "what " + in.substr(open, close + 1 - open) +
                                              " stands for is not UTF-8 text");
                return std::nullopt;
            }
            out += in.substr(at, open - at) + *content;
            at = close + 1;
        }
        return out + in.substr(at);
    }

    std::optional<std::string> resolved(const std::string& reference, const std::string& pointer) {
        const auto colon = std::min(reference.find(':'), reference.size());
        const auto kind = reference.substr(0, colon);
        const auto name = reference.substr(std::min(colon + 1, reference.size()));
        if (kind == "env") {
            const char* const found = std::getenv(name.c_str());
            if (found != nullptr) return found;
            reading_.problem(pointer, "the environment has no variable " + in_quotes(name));
        } else if (kind == "file") {
            const auto path = (directory_ / name).lexically_normal();
            std::string why = objection(path);
            auto text = why.empty() ? read_text(path, why) : std::nullopt;
            if (text) {
                text->erase(text->find_last_not_of("\r\n") + 1);
                return text;
            }
            reading_.problem(pointer,
                             "cannot read the file " + in_quotes(path.string()) + ": " + why);
        } else {
            reading_.problem(pointer, "found " + in_quotes("$(" + reference + ")") +
                                          ", expected $(env:NAME) or $(file:PATH)");
        }
        return std::nullopt;
    }

    Reading& reading_;
    const std::filesystem::path& directory_;
};

}  // namespace

json substituted(Reading& reading, const std::filesystem::path& directory) {
    return Substitution(reading, directory).value(reading.document.root(), "");
}

}  // namespace gantry::host
