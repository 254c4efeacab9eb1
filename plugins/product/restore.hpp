// restoreProduct: puts a product back as its snapshot has it, unless somebody else changed it
// since.
#pragma once

#include "write.hpp"

namespace catalogue {

/// `input`: {"snapshot", "written"?}. The answer {"result", "version"}, or CHANGED with what was
/// before, what we wrote and what is there now.
plugin_sql::Outcome restored(const Write& write, const json& input);

}  // namespace catalogue
