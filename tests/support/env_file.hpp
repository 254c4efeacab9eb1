// NAME=value lines, as the scripts that start servers for tests write them.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace gantry::test {

/// Empty where there is no such file.
inline std::map<std::string, std::string> read_env(const std::filesystem::path& file) {
    std::map<std::string, std::string> env;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const auto at = line.find('=');
        env[line.substr(0, at)] = line.substr(at + 1);
    }
    return env;
}

}  // namespace gantry::test
