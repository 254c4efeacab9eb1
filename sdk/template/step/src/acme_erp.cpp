// The step "rename": changes a product's title in Acme's system, and takes it back.
#include <gantry/plugin.hpp>

namespace {

using gantry::json;

class AcmeErp {
public:
    explicit AcmeErp(const json& options) : url_(options.at("url")), token_(options.at("token")) {}

    gantry::Http http(const gantry::Call& call) const {
        return call.http(url_, {{"Authorization", "Bearer " + token_}});
    }

private:
    std::string url_;
    std::string token_;
};

std::string path_of(const json& input) {
    return gantry::url_path("products", input.at("id").get<std::string>());
}

// Every write of a step and of its compensation has a key that begins alike.
bool is_ours(const gantry::Call& call, const gantry::HttpResponse& found) {
    return gantry::key_scope(found.header("x-changed-by")) ==
           gantry::key_scope(call.idempotency_key());
}

gantry::StepResponse rename_product(AcmeErp& self, gantry::Call& call, const json& input) {
    const std::string title = input.at("title");
    const auto acme = self.http(call);
    const json before = call.record_undo([&] {
        const auto found = acme.get(path_of(input));
        return json{{"id", input.at("id")},
                    {"version", found.header("etag")},
                    {"title", found.json().value("title", json())}};
    });
    gantry::HttpOptions unchanged;
    unchanged.headers["If-Match"] = before.at("version");  // else somebody was faster: CONFLICT
    const auto answer = acme.patch(path_of(input), {{"title", title}}, unchanged);
    return json{{"title", answer.json().at("title")}, {"version", answer.header("etag")}};
}

// Also runs when the outcome of "rename" is not known, and it may run twice.
void restore(AcmeErp& self, gantry::Call& call, const std::optional<json>& before) {
    if (!before) return;  // nothing was recorded, so nothing was changed
    const auto acme = self.http(call);
    const auto now = acme.send("GET", path_of(*before), "");
    const bool is_there = now.status != 404;
    if (is_there) now.require_ok();
    const std::string version = now.header("etag");
    if (is_there && version == before->at("version")) return;
    if (!is_there || !is_ours(call, now)) {
        throw gantry::Error(GANTRY_E_CHANGED,
                            "somebody else changed product " + before->at("id").dump() +
                                " since our write; compare the two and decide which is to stay",
                            GANTRY_EF_NOT_APPLIED,
                            {{"before", *before}, {"now", is_there ? now.json() : json()}});
    }
    gantry::HttpOptions unchanged;
    unchanged.headers["If-Match"] = version;
    acme.patch(path_of(*before), {{"title", before->at("title")}}, unchanged);
}

const gantry::Workflow kRename("rename-product", [](auto& wf, auto input) {
    wf.exclusive(input["id"]);  // two edits of one product go one after another
    return wf.step("rename", input);
});

}  // namespace

GANTRY_PLUGIN(AcmeErp, gantry::Step<"rename", rename_product, restore>, gantry::Workflows<kRename>);
