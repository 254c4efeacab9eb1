// Signals: kept for their run until a write consumes them.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// Those not consumed, the oldest first.
std::vector<SignalRow> signals_of(SqliteConnection& c, const std::string& run_id);

/// See Store::put_signal. On the writer's thread, in a transaction of its own.
SignalPut put_signal(SqliteConnection& c, const std::string& run_id, const SignalRow& signal,
                     std::int64_t now);

}  // namespace gantry::host
