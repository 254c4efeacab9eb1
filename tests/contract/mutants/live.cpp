// The template's connector with a bug that the option "bug" names.
#include <gantry/erp.hpp>
#include <gantry/plugin.hpp>

#include <cstdlib>
#include <fstream>

#pragma push_macro("GANTRY_PLUGIN")
#undef GANTRY_PLUGIN
#define GANTRY_PLUGIN(...) static_assert(true)
#include "acme_erp.cpp"
#pragma pop_macro("GANTRY_PLUGIN")

namespace {

class Damaging : public AcmeErp {
public:
    explicit Damaging(const json& options) : AcmeErp(options), options_(options) {}

    json update(gantry::Call& call, const json& input) {
        const bool is_change = has("does-more") && input.at("data").contains("title");
        const bool translates = has("keeps-language") && changes_title(call, input);
        auto answer = AcmeErp::update(call, input);
        if (is_change) patch(call, input.at("id"), {{"color", "blue"}});
        if (translates) patch(call, input.at("id"), {{"title_de", input.at("data").at("title")}});
        if (has("strays")) patch(call, "prod_beside", {{"title", "Strayed"}});
        if (has("crashes")) std::abort();
        if (has("hangs")) std::ifstream(options_.at("fifo").get<std::string>()).get();
        return answer;
    }

    json snapshot(gantry::Call& call, const json& input) {
        auto answer = gantry::detail::Erp<AcmeErp>::snapshot(*this, call, input);
        if (has("snapshot-names-another")) answer["id"] = "7";
        return answer;
    }

    json restore(gantry::Call& call, json input) {
        if (has("restore-crashes")) std::abort();
        // What its update wrote beside the title stays.
        if (has("keeps-language")) {
            const auto now = retrieve(call, {{"id", input.at("snapshot").at("id")}}).at("data");
            if (now.contains("title_de")) {
                input["snapshot"]["state"]["title_de"] = now.at("title_de");
            }
        }
        if (has("restore-forgets")) input["snapshot"]["state"].erase("description");
        return AcmeErp::restore(call, input);
    }

private:
    bool has(const char* bug) const { return options_.at("bug") == bug; }

    bool changes_title(gantry::Call& call, const json& input) {
        const auto& data = input.at("data");
        if (!data.contains("title")) return false;
        const auto now = retrieve(call, input).at("data");
        return now.value("title", json()) != data.at("title");
    }

    void patch(gantry::Call& call, const std::string& id, const json& data) const {
        call.http(options_.at("url"),
                  {{"Authorization", "Bearer " + options_.at("token").get<std::string>()}})
            .patch(gantry::url_path("products", id), data);
    }

    json options_;
};

}  // namespace

GANTRY_PLUGIN(Damaging, gantry::ErpV1);
