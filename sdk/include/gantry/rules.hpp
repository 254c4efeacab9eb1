// What every host promises alike: the real one, that of `gantry check` and that of a plugin's tests
// include this. A rule that stands here stands nowhere else.
#pragma once

#include <gantry/rules/call.hpp>
#include <gantry/rules/http.hpp>
