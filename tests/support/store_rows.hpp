// Writing to a store and reading it whole, for tests that break it: the only calls they need.
#pragma once

#include "store/store.hpp"

#include <future>
#include <map>

namespace gantry::test {

constexpr const char* kDefinitionHash = "hash";

/// A run that is under way: numbered, with one step row, both of about `bytes`.
inline host::Mutation new_run(int number, std::size_t bytes) {
    const std::string text = "\"" + std::string(bytes, static_cast<char>('a' + number % 26)) + "\"";
    host::Mutation write;
    write.accept = true;
    write.run.id = "run-" + std::to_string(1'000'000 + number);
    write.run.workflow = "w";
    write.run.def_hash = kDefinitionHash;
    write.run.input = text;
    write.run.owner = "test";
    write.run.revision = 1;
    write.run.created_at = write.run.updated_at = number;
    host::StepRow step;
    step.path = "a";
    step.module = "m";
    step.name = "s";
    step.undo_input = text;
    step.started_at = number;
    write.steps.push_back(std::move(step));
    return write;
}

/// Opens the store of a file and makes known the definition of new_run.
inline std::unique_ptr<host::Store> open_store(const std::string& file) {
    auto store = host::Store::open("sqlite:" + file, "test");
    store->put_definition({kDefinitionHash, "w", R"({"name":"w"})"});
    return store;
}

inline bool write(host::Store& store, host::Mutation mutation) {
    std::promise<bool> promise;
    store.post(std::move(mutation), [&](const host::Outcome& outcome) {
        promise.set_value(std::holds_alternative<host::Committed>(outcome));
    });
    return promise.get_future().get();
}

inline std::vector<host::RunRow> all_runs(host::Store& store) {
    host::RunFilter all;
    all.limit = 1'000'000;
    return store.runs(all);
}

/// The numbers of the runs that are there, and whether all of each is.
inline std::map<int, bool> numbered_runs(host::Store& store, std::size_t bytes) {
    std::map<int, bool> found;
    for (const auto& listed : all_runs(store)) {
        const auto run = store.run(listed.id).value();
        const int number = static_cast<int>(run.created_at);
        const auto expected = new_run(number, bytes);
        const auto steps = store.steps(run.id);
        found[number] = run.id == expected.run.id && run.input == expected.run.input &&
                        steps.size() == 1 && steps[0].undo_input == expected.steps[0].undo_input;
    }
    return found;
}

}  // namespace gantry::test
