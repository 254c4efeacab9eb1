// The witness of crash tests: every call is durable in a file of its own before it does anything,
// and so is its effect, under the call's key, before it answers. The input is a script:
//   {"do": "ok"|"refuse"|"unknown"|"retry:N"|"hang:MS"|"throw"|"crash"|"abort"|"exit"|
//          "terminate"|"overflow",
//    "undo": "ok"|"refuse"|"retry:N", "sleep_ms": N, "record_ms": N before it records its undo
//    data, "name": "record of write-undo"}
// All of it may be missing or null; other members are ignored.
#include "ledger_book.hpp"

#include <gantry/plugin.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace {

using gantry::Call;
using gantry::Error;
using gantry::json;
using gantry::StepResponse;
using ledger::Book;
using ledger::exec;
using ledger::now;
using ledger::Text;
using ledger::text;

struct Script {
    explicit Script(const json& input) {
        const auto member = [&](const char* key) {
            return input.is_object() && input.contains(key) ? input.at(key) : json(nullptr);
        };
        const auto word = [&](const char* key) {
            const auto value = member(key);
            return value.is_string() ? value.get<std::string>() : "";
        };
        what = word("do");
        undo = word("undo");
        name = word("name");
        const auto ms = [&](const char* key) {
            const auto value = member(key);
            return std::chrono::milliseconds(value.is_number() ? value.get<int>() : 0);
        };
        sleep = ms("sleep_ms");
        before_record = ms("record_ms");
    }

    // N of "retry:N"; 0 for another word.
    static unsigned number(const std::string& word, const std::string& prefix) {
        if (!word.starts_with(prefix)) return 0;
        return static_cast<unsigned>(std::stoul(word.substr(prefix.size())));
    }

    std::string what;
    std::string undo;
    std::string name;
    std::chrono::milliseconds sleep{};
    std::chrono::milliseconds before_record{};
};

[[noreturn]] void refuse(const Call& call) {
    throw Error(GANTRY_E_REJECTED, "refused as told, in attempt " + std::to_string(call.attempt()),
                GANTRY_EF_NOT_APPLIED);
}

void refuse_as_told(const std::string& word, const Call& call) {
    if (word == "refuse") refuse(call);
    if (call.attempt() <= Script::number(word, "retry:")) {
        throw Error(GANTRY_E_UNAVAILABLE, "not yet", GANTRY_EF_NOT_APPLIED);
    }
}

// An exception on its way across the C boundary.
void throw_through() noexcept {
    static const auto thrower = +[] { throw std::runtime_error("nobody catches it"); };
    thrower();
}

// Deep enough for any stack.
int overflow(int depth) {
    volatile char frame[4096];  // NOLINT
    frame[0] = static_cast<char>(depth);
    return depth == 0 ? 0 : overflow(depth - 1) + frame[0];
}

void die_as_told(const std::string& word) {
    if (word == "crash") std::raise(SIGSEGV);
    if (word == "abort") std::abort();
    if (word == "exit") std::exit(0);
    if (word == "terminate") throw_through();
    if (word == "overflow") overflow(1 << 20);
}

class Ledger {
public:
    explicit Ledger(const json& options)
        : book_(options.at("file").get<std::string>()),
          host_(std::to_string(getpid()) + "@" + std::to_string(now())) {}

    StepResponse write(Call& call, const json& input) {
        return invoke("write", call, input, &Ledger::apply);
    }
    StepResponse once(Call& call, const json& input) {
        return invoke("once", call, input, &Ledger::apply);
    }
    StepResponse write_undo(Call& call, const json& input) {
        return invoke("write-undo", call, input, &Ledger::apply_record);
    }
    StepResponse read(Call& call, const json& input) {
        return invoke("read", call, input, nullptr);
    }

    void undo_write(Call& call, const std::optional<json>& undo) {
        compensate("write", call, undo, false);
    }
    void undo_once(Call& call, const std::optional<json>& undo) {
        compensate("once", call, undo, false);
    }
    void undo_write_undo(Call& call, const std::optional<json>& undo) {
        compensate("write-undo", call, undo, true);
    }

private:
    using Apply = void (*)(SQLite::Database&, const std::string& key, const std::string& run,
                           const std::string& record);

    static std::string key_of(const Call& call) {
        std::string key(call.idempotency_key());
        static const std::string suffix = "/compensate";
        if (key.ends_with(suffix)) key.resize(key.size() - suffix.size());
        return key;
    }

    // What a record is called when the script says nothing: nobody else's.
    static std::string record_of(const Script& script, const Call& call) {
        return script.name.empty() ? key_of(call) : script.name;
    }

    static void apply(SQLite::Database& database, const std::string& key, const std::string& run,
                      const std::string&) {
        exec(database,
             "INSERT INTO effect (key, run, applied) VALUES (?1, ?2, ?3)"
             " ON CONFLICT DO UPDATE SET applied = ifnull(applied, excluded.applied)",
             key, run, now());
    }

    static void apply_record(SQLite::Database& database, const std::string& key,
                             const std::string& run, const std::string& record) {
        const auto applied =
            text(database, "SELECT applied FROM effect WHERE key = ?1 AND applied NOT NULL", key);
        apply(database, key, run, record);
        if (applied) return;
        exec(database,
             "INSERT INTO record (name, value) VALUES (?1, ?2)"
             " ON CONFLICT DO UPDATE SET value = excluded.value",
             record, run);
    }

    std::int64_t begin(const char* step, const char* side, const Call& call, const Text& input,
                       const Text& undo, const Text& output) {
        std::int64_t id = 0;
        book_.write([&](SQLite::Database& database) {
            exec(database,
                 "INSERT INTO call (key, side, step, attempt, run, host, input, undo, output,"
                 " began, free) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                 " iif(?2 = 'invoke' AND ?3 = 'write-undo', NULL, ?10))",
                 key_of(call), side, step, call.attempt(), std::string(call.run_id()), host_, input,
                 undo, output, now());
            id = database.getLastInsertRowid();
        });
        return id;
    }

    static void end(SQLite::Database& database, std::int64_t id, const char* answer) {
        exec(database, "UPDATE call SET ended = ?2, answer = ?3 WHERE id = ?1", id, now(), answer);
    }

    // Runs `work`; what it throws is written down before it leaves.
    template <typename Work>
    void witnessed(std::int64_t id, Work work) {
        const char* answer = "unknown";
        try {
            return work();
        } catch (const Error& e) {
            if ((e.flags() & GANTRY_EF_NOT_APPLIED) != 0) answer = "not applied";
            book_.write([&](SQLite::Database& database) { end(database, id, answer); });
            throw;
        } catch (...) {
            book_.write([&](SQLite::Database& database) { end(database, id, answer); });
            throw;
        }
    }

    StepResponse invoke(const char* step, const Call& call, const json& input, Apply effect) {
        const Script script(input);
        const auto id = begin(step, "invoke", call, input.dump(), {}, {});
        const auto take_effect = [&](SQLite::Database& database) {
            if (effect == nullptr) return;
            effect(database, key_of(call), std::string(call.run_id()), record_of(script, call));
        };
        witnessed(id, [&] {
            if (effect == &Ledger::apply_record) {
                std::this_thread::sleep_for(script.before_record);
                record(script, call);
                book_.write([&](SQLite::Database& database) {
                    exec(database, "UPDATE call SET free = ?2 WHERE id = ?1", id, now());
                });
            }
            std::this_thread::sleep_for(script.sleep);
            std::this_thread::sleep_for(
                std::chrono::milliseconds(Script::number(script.what, "hang:")));
            die_as_told(script.what);
            refuse_as_told(script.what, call);
            if (script.what == "unknown" || script.what == "throw") {
                book_.write(take_effect);
                if (script.what == "throw") throw std::runtime_error("thrown as told");
                throw Error(GANTRY_E_REJECTED, "the answer was lost, as told",
                            GANTRY_EF_MAYBE_APPLIED);
            }
            book_.write([&](SQLite::Database& database) {
                take_effect(database);
                end(database, id, "ok");
            });
        });
        return json{{"call", id}};
    }

    void record(const Script& script, const Call& call) {
        const auto name = record_of(script, call);
        call.record_undo([&] {
            Text old;
            book_.write([&](SQLite::Database& database) {
                old = text(database, "SELECT value FROM record WHERE name = ?1", name);
            });
            return json{{"name", name}, {"old", old ? json(*old) : json(nullptr)}};
        });
    }

    void compensate(const char* step, const Call& call, const std::optional<json>& undo,
                    bool records) {
        const auto output = call.output();
        const auto dumped = [](const auto& value) { return value ? Text(value->dump()) : Text(); };
        const auto id = begin(step, "compensate", call, {}, dumped(undo), dumped(output));
        witnessed(id, [&] {
            Text input;
            book_.write([&](SQLite::Database& database) {
                input = text(database,
                             "SELECT input FROM call WHERE key = ?1 AND side = 'invoke' LIMIT 1",
                             key_of(call));
            });
            refuse_as_told(Script(json::parse(input.value_or("null"))).undo, call);
            bool changed = false;
            book_.write([&](SQLite::Database& database) {
                changed = records && undo && !restore(database, *undo, std::string(call.run_id()));
                if (changed) return;
                exec(database,
                     "INSERT INTO effect (key, run, undone) VALUES (?1, ?2, ?3)"
                     " ON CONFLICT DO UPDATE SET undone = excluded.undone",
                     key_of(call), std::string(call.run_id()), now());
                end(database, id, "ok");
            });
            if (changed) {
                throw Error(GANTRY_E_CHANGED, "another run wrote the record since",
                            GANTRY_EF_NOT_APPLIED);
            }
        });
    }

    // False: somebody else wrote the record since.
    static bool restore(SQLite::Database& database, const json& undo, const std::string& run) {
        const auto name = undo.at("name").get<std::string>();
        const Text old =
            undo.at("old").is_null() ? Text() : Text(undo.at("old").get<std::string>());
        const auto current = text(database, "SELECT value FROM record WHERE name = ?1", name);
        if (current == old) return true;
        if (current != run) return false;
        exec(database, "UPDATE record SET value = ?2 WHERE name = ?1", name, old);
        return true;
    }

    Book book_;
    const std::string host_;
};

}  // namespace

GANTRY_PLUGIN(Ledger, gantry::Step<"write", &Ledger::write, &Ledger::undo_write>,
              gantry::Step<"write-undo", &Ledger::write_undo, &Ledger::undo_write_undo>,
              gantry::Step<"once", &Ledger::once, &Ledger::undo_once>,
              gantry::Step<"read", &Ledger::read>);
