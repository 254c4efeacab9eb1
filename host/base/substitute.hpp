// $(env:NAME) and $(file:PATH) in the strings of a configuration.
#pragma once

#include "base/section.hpp"

namespace gantry::host {

/// A copy of the document's root with every reference in a string value filled in. What it is
/// filled with is not looked at again; a file loses the newlines at its end; a relative path
/// belongs to `directory`. A missing variable, an unreadable file or content that is no UTF-8 is a
/// problem that shows no content; that string stays as written and its pointer counts as broken.
json substituted(Reading& reading, const std::filesystem::path& directory);

}  // namespace gantry::host
