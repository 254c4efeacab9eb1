#include "check/put_back.hpp"

#include "base/error_json.hpp"
#include "base/json_text.hpp"
#include "check/stage.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

namespace gantry::host::check {
namespace {

constexpr std::chrono::milliseconds kShortPause{200};
constexpr std::chrono::milliseconds kLongPause{5000};

/// What the plugin shows of a real system's products.
class Products {
public:
    explicit Products(Subject& subject)
        : erp_(subject.manifest().service->interface == "gantry.erp/1"),
          stage_(subject, Stage::Product::kLeave) {}

    /// How it ended, asked again as a host would.
    End ask(const std::string& method, const json& input) {
        const auto key = new_key();
        for (std::uint32_t attempt = 1;; ++attempt) {
            Ask ask;
            ask.input = input.dump();
            ask.key = key + "/" + method + "#1";
            ask.attempt = attempt;
            const auto end = stage_.rig().method(stage_.instance(), method, std::move(ask));
            const bool again = end.error && end.error->error_class() == GANTRY_CLASS_RETRYABLE;
            if (!again || attempt == kAttempts) return end;
            std::this_thread::sleep_for(
                std::clamp(end.error->retry_after(), kShortPause, kLongPause));
        }
    }

    json call(const std::string& method, const json& input) {
        const auto end = ask(method, input);
        require(end.answered && !end.error, method + " ended with " + in_words(end), "success",
                input);
        return json::parse(end.output);
    }

    /// {fields, version}; null where there is none.
    json look(const std::string& id) {
        const std::string method = erp_ ? "retrieveProductErpDetails" : "retrieveProduct";
        const auto end = ask(method, {{"id", id}});
        if (end.error && end.error->code() == GANTRY_E_NOT_FOUND) return nullptr;
        require(end.answered && !end.error,
                method + " of product \"" + id + "\" ended with " + in_words(end), "success");
        const auto answer = json::parse(end.output);
        const auto fields =
            erp_ ? answer.at("data") : without(answer, {"/id", "/updated_at", "/version"});
        return {{"fields", fields}, {"version", answer.at("version")}};
    }

    void write(const std::string& id, const json& data, bool create) {
        json input = {{"id", id}, {"data", data}};
        if (create && erp_) input["create"] = true;
        ask(erp_ ? "updateProductErpData" : "updateProducts", input);
    }

private:
    const bool erp_;
    Stage stage_;
};

json fields_seen(const json& seen) { return seen.is_null() ? json::object() : seen.at("fields"); }
json version_seen(const json& seen) { return seen.is_null() ? json() : seen.at("version"); }

// The fields that differ, as they were; null for those that were not there.
json way_back(const json& before, const json& now) {
    const auto wanted = fields_seen(before);
    const auto found = fields_seen(now);
    json back = json::object();
    for (const auto& [field, value] : found.items()) {
        if (!wanted.contains(field)) back[field] = nullptr;
    }
    for (const auto& [field, value] : wanted.items()) {
        if (found.value(field, json()) != value) back[field] = value;
    }
    return back;
}

std::string in_short(const json& value) {
    constexpr std::size_t kInShort = 200;
    auto text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    if (text.size() > kInShort) text = text.substr(0, kInShort) + "…";
    return text;
}

// Empty: it is as it was.
std::string difference(const std::string& id, const json& before, const json& now) {
    if (before == now) return "";
    std::string all = "product \"" + id + "\" is not as it was";
    if (now.is_null()) return all + ": it is gone";
    if (before.is_null()) return all + ": it was not there before";
    const auto back = way_back(before, now);
    if (back.empty()) {
        return all + ": its version was " + in_short(version_seen(before)) + " and is " +
               in_short(version_seen(now)) + ", though every field that a read shows is the same";
    }
    const char* separator = ": ";
    for (const auto& [field, value] : back.items()) {
        all += separator + field + " was " + in_short(value) + " and is " +
               in_short(fields_seen(now).value(field, json()));
        separator = "; ";
    }
    return all;
}

void keep(Subject& subject) {
    const auto& settings = subject.settings();
    const auto& id = *settings.live_product;
    Products products(subject);
    const auto before = products.look(id);
    require(!before.is_null(), "there is no product \"" + id + "\"",
            "one that is there: --live makes none");
    const auto snapshot = products.call("snapshotProduct", {{"id", id}});
    require(snapshot.value("id", json()) == id,
            "the snapshot of product \"" + id + "\" has another id", "the id it was asked for",
            snapshot);
    require(snapshot.at("exists") == true && snapshot.at("version") == version_seen(before),
            "the snapshot of product \"" + id + "\" has another version than a read of it",
            "the same: nobody else changes it now", {{"read", before}, {"snapshot", snapshot}});
    json kept = {{"product", id}, {"snapshot", snapshot}, {"before", before}};
    kept["watched"] = json::object();
    for (const auto& other : settings.watched) kept["watched"][other] = products.look(other);
    std::ofstream file(settings.kept, std::ios::binary);
    file << kept.dump(1) << std::flush;
    require(file.good(), "cannot write " + settings.kept.string(), "room for the product there");
}

void restore(Subject& subject) {
    const auto kept = read_kept(subject.settings());
    const std::string id = kept.at("product");
    const json& before = kept.at("before");
    Products products(subject);
    std::vector<std::string> wrong;
    if (const auto changed = products.look(id); changed != before) {
        const auto end = products.ask("restoreProduct", {{"snapshot", kept.at("snapshot")},
                                                         {"written", version_seen(changed)}});
        auto differs = difference(id, before, products.look(id));
        if (!differs.empty()) {
            wrong.push_back("restoreProduct ended with " + in_words(end) + ", and " + differs);
        }
    }
    for (const auto& [other, was] : kept.at("watched").items()) {
        auto differs = difference(other, was, products.look(other));
        if (!differs.empty()) wrong.push_back(std::move(differs));
    }
    if (wrong.empty()) return;
    std::string all;
    for (const auto& one : wrong) all += (all.empty() ? "" : "\n") + one;
    fail(all, "the product and all others as they were before");
}

void rewrite(Subject& subject) {
    const auto kept = read_kept(subject.settings());
    const std::string id = kept.at("product");
    const json& before = kept.at("before");
    Products products(subject);
    const auto now = products.look(id);
    if (now == before) return;
    products.write(id, way_back(before, now), now.is_null());
    const auto differs = difference(id, before, products.look(id));
    require(differs.empty(), differs, "every field as it was");
}

constexpr std::chrono::seconds kTimeToPutBack{120};

}  // namespace

json read_kept(const SubjectSettings& settings) {
    const auto& product = *settings.live_product;
    std::ostringstream text;
    text << std::ifstream(settings.kept, std::ios::binary).rdbuf();
    auto kept = find_json_fault(text.str()) ? json() : json::parse(text.str());
    if (!kept.is_object() || kept.value("product", json()) != product) {
        throw Error(GANTRY_E_CONFIG, settings.kept.string() + " keeps no product \"" + product +
                                         "\"; give the file that --live named when it began");
    }
    return kept;
}

const Check kKeepProduct{"L0",
                         "live.kept",
                         1,
                         "the product can be kept as it is",
                         "Answer snapshotProduct and the read of the interface.",
                         kTimeToPutBack,
                         &keep};
const Check kRestoreProduct{
    "L1",
    "live.restored",
    1,
    "the product of the real system is as it was, and so are the others",
    "Put the real system right first. Let restoreProduct put back everything, and change no "
    "product but the one that you are asked for.",
    kTimeToPutBack,
    &restore};
const Check kRewriteProduct{"L2",
                            "live.rewritten",
                            1,
                            "the fields that differ can be written",
                            "Put them right in the system itself.",
                            kTimeToPutBack,
                            &rewrite};

}  // namespace gantry::host::check
