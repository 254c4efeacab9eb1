// A connector with a session of its own to a system that keeps no keys. It keeps the contract; the
// option "bug" names the check that must find what it does wrong.
#include <gantry/erp.hpp>
#include <gantry/plugin.hpp>

#include <mutex>
#include <set>

namespace {

using gantry::Call;
using gantry::Error;
using gantry::json;

class Shop {
public:
    explicit Shop(const json& options)
        : url_(options.at("url")),
          password_(options.at("password")),
          bug_(options.value("bug", "none")) {}

    json describe(Call&, const json&) {
        const auto field = [](const char* name, bool required) {
            return json{
                {"name", name}, {"type", "string"}, {"writable", true}, {"required", required}};
        };
        json title = field("title", true);
        title["max_length"] = 40;
        return {{"system", {{"kind", "shop"}, {"id", url_}}},
                {"fields", {title, field("color", false)}},
                {"remove", "delete"}};
    }

    json retrieve(Call& call, const json& input) {
        const auto found = find(call, input.at("id"));
        if (found.is_null()) {
            throw Error(GANTRY_E_NOT_FOUND, "no such product", GANTRY_EF_NOT_APPLIED);
        }
        return view_of(input, found);
    }

    json update(Call& call, const json& input) {
        json known = json::object();
        json ignored = json::array();
        for (const auto& [name, value] : input.at("data").items()) {
            if (name == "title" || name == "color") {
                known[name] = value;
            } else {
                ignored.push_back(name);
            }
        }
        auto answer = view_of(input, save(call, input, known));
        answer["ignored"] = ignored;
        return answer;
    }

    json restore(Call& call, const json& input) {
        const auto& before = input.at("snapshot");
        gantry::require_system(before.at("system").at("id"), url_);
        const auto now = find(call, before.at("id"));
        const json version = now.is_null() ? json() : now.at("tag");
        if (version == before.at("version")) return {{"result", "unchanged"}, {"version", version}};
        if (now.is_null() || (version != input.value("written", json()) &&
                              now.at("changed_by") != gantry::key_scope(call.idempotency_key()))) {
            throw Error(GANTRY_E_CHANGED, "somebody else changed it", GANTRY_EF_NOT_APPLIED);
        }
        if (before.at("state").is_null()) {
            ask(call, "DELETE", path_of(now, version), json::object());
            return {{"result", "restored"}, {"version", nullptr}};
        }
        json fields = before.at("state");
        for (const auto& [name, value] : now.at("fields").items()) fields.emplace(name, nullptr);
        const auto restored = ask(call, "PATCH", path_of(now, version), written(call, fields));
        return {{"result", "restored"}, {"version", restored.at("tag")}};
    }

private:
    bool has(const char* bug) const { return bug_ == bug; }

    json save(Call& call, const json& input, const json& fields) {
        const std::lock_guard one_after_another(writes_);
        const std::string id = input.at("id");
        // What it once missed it takes for missing in a second attempt, too.
        const auto found = has("create-once") && is_missing(id) ? json() : find(call, id);
        const json version = found.is_null() ? json() : found.at("tag");
        if (input.contains("if_version") && input.at("if_version") != version) {
            throw Error(GANTRY_E_CONFLICT, "it is another by now", GANTRY_EF_NOT_APPLIED);
        }
        if (!found.is_null()) {
            // Adds to what is there, whoever wrote that.
            if (has("adds")) {
                auto more = fields;
                more["color"] = found.at("fields").value("color", "") + "+";
                return ask(call, "PATCH", path_of(found, version), written(call, more));
            }
            return ask(call, "PATCH", path_of(found, version), written(call, fields));
        }
        if (!input.value("create", false)) {
            throw Error(GANTRY_E_NOT_FOUND, "no such product", GANTRY_EF_NOT_APPLIED);
        }
        note_missing(id, true);
        auto record = written(call, fields);
        record["id"] = id;
        auto made = ask(call, "POST", "/records", record);
        note_missing(id, false);
        return made;
    }

    json find(Call& call, const std::string& id) {
        const auto found = ask(call, "GET", "/records" + gantry::url_query({{"id", id}}), nullptr);
        return found.empty() ? json() : found.at(0);
    }

    // As a session that has ended is answered 401, it signs in once more then.
    json ask(Call& call, const std::string& method, const std::string& path, const json& body) {
        for (bool again = false;; again = true) {
            const gantry::HttpHeaders headers = {{"X-Session", session(call, again)}};
            const auto answer =
                call.http(url_, headers).send(method, path, body.is_null() ? "" : body.dump());
            if (answer.status == 401 && !again) continue;
            if (answer.status == 403 && has("error.permission")) {
                throw Error(GANTRY_E_REJECTED, "the shop refuses this", GANTRY_EF_NOT_APPLIED);
            }
            if (answer.status >= 500 && has("error.sessions")) {
                throw Error(GANTRY_E_UNAVAILABLE, "the shop is out of order",
                            GANTRY_EF_MAYBE_APPLIED, {{"sent", headers}});
            }
            answer.require_ok();
            return answer.json();
        }
    }

    std::string session(Call& call, bool anew) {
        const std::lock_guard lock(mutex_);
        if (session_.empty() || anew || has("sign-ins")) {
            gantry::HttpOptions reads;
            reads.reads = true;
            session_ = call.http(url_)
                           .post("/session", {{"password", password_}}, reads)
                           .json()
                           .at("session");
        }
        return session_;
    }

    static json written(const Call& call, const json& fields) {
        return {{"changed_by", gantry::key_scope(call.idempotency_key())}, {"fields", fields}};
    }

    std::string path_of(const json& record, const json& version) const {
        const std::string tag = version;
        return gantry::url_path("records", std::to_string(record.at("number").get<int>())) +
               (has("step.refused-whole") ? gantry::url_query({{"tag", tag}})
                                          : gantry::url_query({{"tag", tag}, {"atomic", "1"}}));
    }

    static json view_of(const json& input, const json& record) {
        return {{"id", input.at("id")},
                {"erp_ids", {{"shop", std::to_string(record.at("number").get<int>())}}},
                {"version", record.at("tag")},
                {"data", record.at("fields")}};
    }

    bool is_missing(const std::string& id) {
        const std::lock_guard lock(mutex_);
        return missing_.contains(id);
    }
    void note_missing(const std::string& id, bool missing) {
        const std::lock_guard lock(mutex_);
        missing ? void(missing_.insert(id)) : void(missing_.erase(id));
    }

    std::string url_, password_, bug_;
    std::mutex writes_;  // the shop would make two records of two attempts at once
    std::mutex mutex_;
    std::string session_;
    std::set<std::string> missing_;
};

}  // namespace

GANTRY_PLUGIN(Shop, gantry::ErpV1);
