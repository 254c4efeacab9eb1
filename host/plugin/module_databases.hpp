// The databases that modules are given: each belongs to one plugin, and is used by one host.
#pragma once

#include "plugin/container.hpp"
#include "store/lock_file.hpp"

namespace gantry::host {

/// Files that are something else, a host's store or another plugin's, and addresses that are none.
void find_foreign_databases(const Config& config, const Container& container, Problems& problems);

/// Warns of files that a running host with another store uses.
void find_claimed_databases(const Config& config, const Container& container, Problems& problems);

/// Lines about PostgreSQL servers that do not listen, each with its place; connects to them.
std::vector<std::string> unreached_databases(const Config& config, const Container& container);

/// This host's claim to the files of its modules, for others to see: a lock beside each, gone with
/// the process however that ends. Two hosts of one store cannot be.
class DatabaseClaims {
public:
    /// Claims those of modules that run, and logs those that another host has.
    DatabaseClaims(const Config& config, const Container& container, Log& log);

private:
    std::vector<std::unique_ptr<LockFile>> locks_;
};

}  // namespace gantry::host
