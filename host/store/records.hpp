// What stands beside the runs: definitions, events, failed undos, the host's own notes, and
// retention.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// See the functions of Store with these names. What fails throws SQLite::Exception.
void put_definition(SqliteConnection& c, const DefinitionRow& definition, std::int64_t now);
std::optional<DefinitionRow> definition(SqliteConnection& c, const std::string& hash);
std::vector<EventRow> events(SqliteConnection& c, const std::string& run_id);
std::vector<FieldRow> fields(SqliteConnection& c, const std::string& run_id);
/// Writes it unless the run has as many as it keeps (EventRow::stays).
void put_event(SqliteConnection& c, const std::string& run_id, const EventRow& event);
std::vector<std::string> unreverted(SqliteConnection& c, const std::string& run_id);
std::size_t erase(SqliteConnection& c, RunStatus status, std::int64_t before, std::int64_t limit,
                  std::int64_t now);
std::optional<std::int64_t> oldest(SqliteConnection& c, RunStatus status);
std::optional<std::int64_t> newest(SqliteConnection& c);
std::string note(SqliteConnection& c, const std::string& key);
void put_note(SqliteConnection& c, const std::string& key, const std::string& value);

}  // namespace gantry::host
