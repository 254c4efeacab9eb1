// One host that carries out an entry of script.json with the plugin odd-calls: each of the three
// has a play() of its own.
#pragma once

#include <gantry/json.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace gantry::test {

/// What the plugin is told to do.
struct Play {
    std::string in;  // "step", "careful", "put", "look", "compensate", "create"
    json script;
    std::chrono::milliseconds timeout;
};

/// In words: "PUT KEY" of each request, then "updateProductErpData KEY" of each call of the
/// service.
struct Played {
    json did;  // how each action went, see odd-calls.cpp
    std::vector<std::string> arrived{};
    json ended = json::object();  // {}, or {"code", "flags"}
};

Played play(const Play& what);

inline json shown(const Error& e) { return {{"code", e.code()}, {"flags", e.flags()}}; }

/// "PUT KEY"; "GET" without a key.
inline std::string arrival(const std::string& what, const std::string& key) {
    return key.empty() ? what : what + ' ' + key;
}

}  // namespace gantry::test
