// One of our own stores with one bug of those that the suites of interfaces must find; the option
// "bug" says which: the check's id without the interface, "exact-undo".
#pragma once

#include <gantry/plugin.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace mutants {

using gantry::Call;
using gantry::Error;
using gantry::json;

/// `Store` has retrieve, update, snapshot and restore, as erp_ledger::Ledger does.
template <typename Store>
class Buggy {
public:
    explicit Buggy(const json& options) : bug_(options.value("bug", "")), store_(options) {}

    Store& store() { return store_; }
    bool has(const char* bug) const { return bug_ == bug; }

    json retrieve(Call&, const json& input) {
        try {
            return store_.retrieve(input);
        } catch (const Error& e) {
            if (!has("unknown-id")) throw;
            throw Error(GANTRY_E_REJECTED, e.message(), e.flags());
        }
    }

    json update(Call& call, const json& input) {
        if (has("concurrent") && meets_another()) {
            throw Error(GANTRY_E_REJECTED, "somebody else is writing", GANTRY_EF_NOT_APPLIED);
        }
        auto changed = input;
        for (auto& [field, value] : changed.at("data").items()) {
            if (value.is_string()) value = spoilt(value);
        }
        auto answer = store_.update(call.idempotency_key(), changed);
        if (has("update-then-read")) answer["version"] = "a version of its own";
        if (has("same-key")) answer["version"] = "version " + std::to_string(++answers_);
        if (has("ignored-fields")) answer["ignored"] = json::array();
        return answer;
    }

    json snapshot(Call&, const json& input) { return store_.snapshot(input); }

    json restore(Call& call, const json& input) {
        if (has("exact-undo")) return {{"result", "restored"}, {"version", nullptr}};
        if (has("lost-reply") && input.value("written", json(nullptr)).is_null()) {
            throw Error(GANTRY_E_INVALID_DATA, "which write?", GANTRY_EF_NOT_APPLIED);
        }
        return store_.restore(call.idempotency_key(), input);
    }

private:
    std::string spoilt(std::string text) const {
        constexpr std::size_t kColumn = 1000;
        if (has("huge") && text.size() > kColumn) text.resize(kColumn);
        for (char& c : text) {
            if (has("unicode") && (c & 0x80) != 0) c = '?';
        }
        if (has("decimals") && text.find_first_not_of("-.0123456789") == std::string::npos) {
            text = json(std::stod(text)).dump();
        }
        return text;
    }

    // Whether another call came before this one was over; the first waits a second for it.
    static bool meets_another() {
        static std::mutex mutex;
        static std::condition_variable came;
        static int inside;
        std::unique_lock lock(mutex);
        ++inside;
        came.notify_all();
        const bool met = came.wait_for(lock, std::chrono::seconds(1), [] { return inside > 1; });
        --inside;
        return met;
    }

    std::string bug_;
    Store store_;
    std::atomic<int> answers_{0};
};

}  // namespace mutants
