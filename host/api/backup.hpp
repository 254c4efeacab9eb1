// A backup of the store and of the modules' data at one point, while the host runs.
#pragma once

#include "plugin/container.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// `body` as of POST /admin/backup. Calls of plugins that are under way are awaited, and none
/// begins until all is copied: the store, and what each module that has a method `backupTo`
/// answers. What backup.json says, with "directory". Throws Error: UNAVAILABLE, with what still
/// runs when the patience is over; INVALID_DATA; CONFIG. There is no such folder then. On a thread
/// that may block, for as long as it takes.
json make_backup(Store& store, Container& container, const std::string& body);

}  // namespace gantry::host
