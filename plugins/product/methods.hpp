// The methods of gantry.product/1 by name: the nine of each entity, and those of products alone.
#pragma once

#include <functional>
#include <string_view>

#include "write.hpp"

namespace catalogue {

/// One of both.
struct Method {
    std::function<json(soci::session& sql, const json& input)> read;
    std::function<plugin_sql::Outcome(const Write& write, const json& input)> write;
};

/// Null: there is none of that name.
const Method* find_method(std::string_view name);

}  // namespace catalogue
