// One of our own stores with one bug of those that the suites of interfaces must find; the option
// "bug" says which: the check's id without the interface, "exact-undo".
#pragma once

#include <gantry/plugin.hpp>

#include <atomic>
#include <condition_variable>
#include <map>
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
            return tagged(store_.retrieve(input));
        } catch (const Error& e) {
            if (!has("unknown-id")) throw;
            throw Error(GANTRY_E_REJECTED, e.message(), e.flags());
        }
    }

    json update(Call& call, const json& input) {
        if (has("concurrent") && meets_another()) {
            throw Error(GANTRY_E_REJECTED, "somebody else is writing", GANTRY_EF_NOT_APPLIED);
        }
        auto changed = real(input, "if_version");
        for (auto& [field, value] : changed.at("data").items()) {
            if (value.is_string()) value = spoilt(value);
        }
        if (has("field-absent")) changed["data"].emplace(kAside, nullptr);
        if (has("refused-whole") && !input.contains("create")) write_one_by_one(changed);
        auto answer = store_.update(call.idempotency_key(), changed);
        if (has("update-then-read")) answer["version"] = "a version of its own";
        if (has("same-key")) answer["version"] = "version " + std::to_string(++answers_);
        if (has("ignored-fields")) answer["ignored"] = json::array();
        if (has("stored-answer")) fields_of(answer).update(input.at("data"));
        return tagged(answer);
    }

    json snapshot(Call&, const json& input) {
        auto answer = store_.snapshot(input);
        if (has("field-undo") && answer.at("exists") == true) {
            answer["state"]["data"].erase(kAside);
        }
        return answer["exists"] == true ? tagged(answer, answer["state"]) : answer;
    }

    json restore(Call& call, const json& input) {
        if (has("exact-undo")) return {{"result", "restored"}, {"version", nullptr}};
        if (has("lost-reply") && input.value("written", json(nullptr)).is_null()) {
            throw Error(GANTRY_E_INVALID_DATA, "which write?", GANTRY_EF_NOT_APPLIED);
        }
        auto asked = real(input, "written");
        asked["snapshot"] = real(asked["snapshot"], "version");
        return store_.restore(call.idempotency_key(), asked);
    }

protected:
    // One that the contract's product does not change.
    static constexpr const char* kAside = "material";

    static json& fields_of(json& answer) {
        return answer.contains("data") ? answer["data"] : answer;
    }

private:
    // The version is a tag of all fields but one.
    json tagged(json answer, const json& of = nullptr) {
        if (!has("field-version")) return answer;
        json fields = of.is_null() ? answer : of;
        fields = fields_of(fields);
        fields.erase(kAside);
        const auto tag = std::to_string(std::hash<std::string>()(fields.dump()));
        const std::lock_guard lock(mutex_);
        versions_[tag] = answer.at("version");
        answer["version"] = tag;
        return answer;
    }

    // What comes before the field that is refused stays.
    void write_one_by_one(json input) {
        const auto data = input.at("data");
        for (const auto& [field, value] : data.items()) {
            input["data"] = {{field, value}};
            store_.update("", input);
        }
    }

    // With the store's own version in place of the tag.
    json real(json input, const char* name) {
        const std::lock_guard lock(mutex_);
        const auto it = input.find(name);
        if (it != input.end() && it->is_string() && versions_.contains(*it)) {
            *it = versions_.at(*it);
        }
        return input;
    }

    std::string spoilt(std::string text) const {
        constexpr std::size_t kColumn = 1000;
        if (has("huge") && text.size() > kColumn) text.resize(kColumn);
        // A system that keeps no blanks at the end.
        if (has("stored-answer")) text.erase(text.find_last_not_of(' ') + 1);
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
    std::mutex mutex_;
    std::map<std::string, json> versions_;
};

}  // namespace mutants
