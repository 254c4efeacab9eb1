// Handles: the part of a product's address that people read.
#pragma once

#include <string>

namespace catalogue {

/// Lower-case letters and digits of any script; blanks and underscores become one "-", all else is
/// left out. Empty when nothing remains.
std::string to_handle(const std::string& title);

/// Whether it is letters and digits of any script and "-", "_", ".", "~", at least one.
bool is_handle(const std::string& text);

}  // namespace catalogue
