// The body of a request: an object whose members are known, or nothing at all.
#pragma once

#include "base/json_text.hpp"
#include "flow/asker.hpp"

#include <gantry/json.hpp>

namespace gantry::host {

/// Functions throw Error INVALID_DATA that names the member.
class Body {
public:
    /// `text` has passed check_json or is empty; it outlives this.
    Body(std::string_view text, const std::vector<std::string>& known);

    bool has(const std::string& name) const { return members_.contains(name); }
    /// A text that is not empty.
    std::string text(const std::string& name) const;
    /// The same, or `otherwise` where there is no such member.
    std::string text_or(const std::string& name, const std::string& otherwise) const;
    /// The texts of an array, none of them empty; none where there is no such member.
    std::vector<std::string> texts(const std::string& name) const;
    bool flag(const std::string& name) const;  // false where there is no such member
    /// As it was written, so that numbers stay exact; `null` where there is no such member.
    std::string raw(const std::string& name) const;

private:
    std::string_view text_;
    json members_;
};

/// Its "by", `asker` where it has none, and "note": at most kMaxBy and kMaxNote characters.
Asker asked_in(const Body& body, const std::string& asker);

}  // namespace gantry::host
