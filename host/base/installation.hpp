// What was installed beside the program.
#pragma once

#include <filesystem>
#include <string>

namespace gantry::host {

/// The folder that the program was installed under, "/usr" of "/usr/bin/gantry"; empty: unknown.
std::filesystem::path installed_under();

/// Where packages put plugins; empty where there is no such folder.
std::filesystem::path installed_plugins();

/// A line for each page of the packages that is there, with its place; empty where there is none.
std::string installed_pages();

}  // namespace gantry::host
