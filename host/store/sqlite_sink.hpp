// Applies batches of mutations on the writer's connection.
#pragma once

#include "base/wall_clock.hpp"
#include "store/sqlite.hpp"
#include "store/writer.hpp"

namespace gantry::host {

class SqliteSink : public BatchSink {
public:
    /// The connection, migrated, and the store's clock outlive it.
    SqliteSink(SqliteConnection& connection, const WallClock& clock);
    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override;

private:
    Outcome apply(const Mutation& mutation);
    /// The same in a transaction of its own. `maybe_written`: an earlier try may have been.
    Outcome alone(const Mutation& mutation, bool maybe_written);
    bool insert(const RunRow& run);
    bool update(const RunRow& run);
    bool update(const RunRow& run, const char* sql);
    /// Of an accept that inserted nothing: how it ended, or nothing when it goes on as an update.
    std::optional<Outcome> met(const RunRow& run);
    /// Of a write that the row did not take.
    Outcome not_taken(const Mutation& mutation);
    void write_field(const RunRow& run, const FieldRow& field);
    void write_rest(const Mutation& mutation);
    bool settle(const RunRow& run);

    SqliteConnection& connection_;
    const WallClock& clock_;
    std::int64_t accepted_ = 0;  // how many runs the store has accepted
};

}  // namespace gantry::host
