// The connector: gantry.erp/1 by Acme's HTTP interface. Its version of a product is the ETag, a tag
// of the content.
#include <gantry/erp.hpp>
#include <gantry/plugin.hpp>

namespace {

using gantry::json;

class AcmeErp {
public:
    explicit AcmeErp(const json& options)
        : url_(options.at("url")),
          token_(options.at("token")),
          // Where Acme's system cannot say who it is: its url may change while runs are open.
          system_(options.value("system", url_)) {}

    // For `gantry modules` and a host that starts: throws why Acme's system is not reached.
    void ping(gantry::Call& call) { acme(call).get("/health"); }

    json describe(gantry::Call&, const json&) {
        return {{"system", {{"kind", "acme-erp"}, {"id", system_}, {"company", "1"}}},
                {"fields",
                 {{{"name", "title"},
                   {"type", "string"},
                   {"max_length", 40},
                   {"required", false},
                   {"writable", true}},
                  {{"name", "description"},
                   {"type", "string"},
                   {"required", false},
                   {"writable", true}},
                  {{"name", "weight"},  // "0.350": a decimal is a text, never a double
                   {"type", "decimal"},
                   {"unit", "kg"},
                   {"required", false},
                   {"writable", true}}}},
                {"remove", "delete"}};
    }

    json retrieve(gantry::Call& call, const json& input) {
        return view_of(input, acme(call).get(path_of(input)));  // a 404 is NOT_FOUND
    }

    // What a field is not named stays, null clears it: as Acme's PATCH has it.
    json update(gantry::Call& call, const json& input) {
        json known = json::object();
        json ignored = json::array();
        for (const auto& [name, value] : input.at("data").items()) {
            if (name == "title" || name == "description" || name == "weight") {
                known[name] = value;
            } else {
                ignored.push_back(name);
            }
        }
        auto answer = view_of(input, save(call, input, known));
        answer["ignored"] = ignored;
        return answer;
    }

    // snapshotProduct is made of retrieve. This one can say more than the derived restoreProduct:
    // Acme tells which write changed a product last, so a lost reply needs no person.
    json restore(gantry::Call& call, const json& input) {
        const auto& before = input.at("snapshot");
        gantry::require_system(before.at("system").at("id"), system_);
        const auto http = acme(call);
        const auto now = http.send("GET", path_of(before), "");
        const bool is_there = now.status != 404;
        if (is_there) now.require_ok();
        const json version = is_there ? json(now.header("etag")) : json(nullptr);
        if (version == before.at("version")) return {{"result", "unchanged"}, {"version", version}};
        if (!is_ours(call, input, now)) {
            throw gantry::Error(GANTRY_E_CHANGED,
                                "somebody else changed product " + before.at("id").dump() +
                                    " since our write; compare the two and decide which is to stay",
                                GANTRY_EF_NOT_APPLIED,
                                {{"before", before.at("version")}, {"now", version}});
        }
        const auto as_found = is_there ? when("If-Match", version) : when("If-None-Match", "*");
        if (!before.at("exists").get<bool>()) {
            http.del(path_of(before), as_found);
            return {{"result", "restored"}, {"version", nullptr}};
        }
        const auto restored = http.put(path_of(before), before.at("state"), as_found);
        return {{"result", "restored"}, {"version", restored.header("etag")}};
    }

private:
    gantry::Http acme(const gantry::Call& call) const {
        return call.http(url_, {{"Authorization", "Bearer " + token_}});
    }

    // The keys say which write is which where an attempt makes more than one.
    gantry::HttpResponse save(gantry::Call& call, const json& input, const json& data) const {
        const auto version = input.value("if_version", json());
        const bool must_be_new = input.contains("if_version") && version.is_null();
        auto change = when("If-Match", version);
        change.key = "change";
        try {
            if (!must_be_new) return acme(call).patch(path_of(input), data, change);
        } catch (const gantry::Error& e) {
            if (e.code() != GANTRY_E_NOT_FOUND || !input.value("create", false)) throw;
        }
        auto create = when("If-None-Match", "*");
        create.key = "create";
        return acme(call).put(path_of(input), data, create);
    }

    // Every write of a step and of its compensation has a key that begins alike.
    static bool is_ours(const gantry::Call& call, const json& input,
                        const gantry::HttpResponse& now) {
        return input.value("written", json()) == now.header("etag") ||
               gantry::key_scope(now.header("x-changed-by")) ==
                   gantry::key_scope(call.idempotency_key());
    }

    static gantry::HttpOptions when(const char* header, const json& value) {
        gantry::HttpOptions options;
        if (!value.is_null()) options.headers[header] = value;
        return options;
    }

    static std::string path_of(const json& input) {
        return gantry::url_path("products", input.at("id").get<std::string>());
    }

    static json view_of(const json& input, const gantry::HttpResponse& answer) {
        return {{"id", input.at("id")},
                {"erp_ids", {{"acme-erp", input.at("id")}}},
                {"version", answer.header("etag")},
                {"data", answer.json()}};
    }

    std::string url_;
    std::string token_;
    std::string system_;
};

}  // namespace

GANTRY_PLUGIN(AcmeErp, gantry::ErpV1);
