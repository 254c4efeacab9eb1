// Values and names as people read them in messages.
#pragma once

#include <gantry/error.hpp>

#include <string>
#include <string_view>

namespace gantry::host {

/// In double quotes, control characters and bad bytes made visible, cut after 60 bytes.
std::string in_quotes(std::string_view text);

/// "a number (5)", "an object", "null". A string's content is not shown: it may be a secret.
std::string describe(const json& value);

/// `describe`, but a string in quotes.
std::string shown(const json& value);

/// What `describe` says without any content: "a number".
std::string kind_of(const json& value);

}  // namespace gantry::host
