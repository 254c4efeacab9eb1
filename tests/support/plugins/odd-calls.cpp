// Asks its host by the C contract, whatever it is told. Steps and methods take a script,
// {"do": [action …]}; "see" answers how each action of the last one went: {} for one that
// succeeded,
// {"status"} for an HTTP answer, {"code", "flags"} for an error.
#include <gantry/http.h>
#include <gantry/skip.h>
#include <gantry/plugin.hpp>

#include <mutex>

namespace {

using gantry::json;
using gantry::str;
using gantry::view;

json shown(const gantry_error& error) { return {{"code", error.code}, {"flags", error.flags}}; }

void GANTRY_CALL take(void* user, gantry_str, const gantry_error* error) noexcept {
    *static_cast<json*>(user) = error != nullptr ? shown(*error) : json::object();
}

void GANTRY_CALL take_answer(void* user, const gantry_http_response* response,
                             const gantry_error* error) noexcept {
    *static_cast<json*>(user) =
        error != nullptr ? shown(*error) : json{{"status", response->status}};
}

// A text as it is, or one of so many bytes or levels that is JSON.
std::string text_of(const json& what) {
    if (what.is_string()) return what;
    if (what.contains("bytes"))
        return '"' + std::string(what.at("bytes").get<int>() - 2, 'x') + '"';
    if (!what.contains("levels")) return what.dump();
    const auto levels = what.at("levels").get<std::size_t>();
    return std::string(levels, '[') + std::string(levels, ']');
}

class OddCalls {
public:
    OddCalls(const gantry_host& host, const json& options) : host_(host), url_(options.at("url")) {}

    void run(gantry_call call, const json& script) {
        json did = json::array();
        for (const auto& action : script.at("do")) {
            did.push_back(carry_out(call, action));
            const std::lock_guard lock(mutex_);
            did_ = did;
        }
    }

    json did() const {
        const std::lock_guard lock(mutex_);
        return did_;
    }

private:
    json carry_out(gantry_call call, const json& action) const {
        json out;
        if (action.contains("undo")) {
            const auto undo = text_of(action["undo"]);
            host_.record_undo(&host_, call, str(undo), &take, &out);
        } else if (action.contains("service")) {
            const auto name = action.value("name", "erp");
            const auto method = action["service"].get<std::string>();
            json usual = {{"id", "p"}};
            if (method == "updateProductErpData") {
                usual.update({{"data", {{"title", "A"}}}, {"create", true}});
            }
            const auto input = text_of(action.value("input", usual));
            const auto key = action.value("key", "");
            const gantry_service_request request{sizeof request, 0,          str(name),
                                                 str(method),    str(input), str(key)};
            host_.service_call(&host_, call, &request, &take, &out);
        } else if (action.contains("complete")) {
            const auto output = text_of(action["complete"]);
            const gantry_result result{sizeof result, 0, str(output), {}, nullptr};
            out = {{"code", host_.complete(&host_, call, &result)}};
        } else if (action.contains("skip")) {
            const auto* skip =
                static_cast<const gantry_skip*>(host_.get_extension(&host_, GANTRY_SKIP_1));
            out = {{"code", skip->skip(&host_, call)}};
        } else if (action.contains("fail")) {
            gantry_error error{};
            error.struct_size = sizeof error;
            error.code = action["fail"];
            error.flags = action.value("flags", 0U);
            error.message = str("as told");
            const gantry_result result{sizeof result, 0, {}, {}, &error};
            out = {{"code", host_.complete(&host_, call, &result)}};
        } else {
            out = send(call, action);
        }
        return out;
    }

    json send(gantry_call call, const json& what) const {
        const auto* http =
            static_cast<const gantry_http*>(host_.get_extension(&host_, GANTRY_HTTP_1));
        json out;
        if (what.contains("none")) {
            http->send(&host_, call, nullptr, &take_answer, &out);
            return out;
        }
        const auto method = what.at("send").get<std::string>();
        const auto url = what.value("url", url_ + what.value("to", "/"));
        const auto headers = text_of(what.value("headers", json("")));
        const auto body = what.value("body", std::string(what.value("size", 0U), 'x'));
        const auto key = what.value("key", "");
        const gantry_http_request request{
            static_cast<std::uint32_t>(what.value("struct_size", sizeof(gantry_http_request))),
            what.value("flags", 0U),
            str(method),
            str(url),
            str(headers),
            str(body),
            str(key),
            what.value("timeout_ms", 0U),
            0};
        http->send(&host_, call, &request, &take_answer, &out);
        return out;
    }

    const gantry_host& host_;
    const std::string url_;
    mutable std::mutex mutex_;
    json did_;
};

OddCalls& self_of(gantry_instance* instance) { return *reinterpret_cast<OddCalls*>(instance); }

void answer(const gantry_host& host, gantry_call call, const std::string& output) {
    const gantry_result result{sizeof result, 0, str(output), {}, nullptr};
    host.complete(&host, call, &result);
}

const gantry_host* table_of_host = nullptr;

gantry_instance* GANTRY_CALL create(const gantry_host* host, gantry_call call,
                                    gantry_str config) noexcept {
    table_of_host = host;
    const auto options = json::parse(view(config));
    auto* made = new OddCalls(*host, options);
    made->run(call, {{"do", options.value("at_start", json::array())}});
    answer(*host, call, "null");
    return reinterpret_cast<gantry_instance*>(made);
}

void GANTRY_CALL stop(gantry_instance*) noexcept {}
void GANTRY_CALL destroy(gantry_instance* instance) noexcept { delete &self_of(instance); }

void run(gantry_instance* instance, const gantry_invocation& in, gantry_str script) {
    self_of(instance).run(in.call, json::parse(view(script)));
    answer(*table_of_host, in.call, "null");  // unless it has ended by now
}

void GANTRY_CALL invoke(gantry_instance* instance, const gantry_invocation* in) noexcept {
    run(instance, *in, in->input);
}
void GANTRY_CALL compensate(gantry_instance* instance, const gantry_invocation* in) noexcept {
    run(instance, *in, in->undo);
}
void GANTRY_CALL call(gantry_instance* instance, gantry_str method,
                      const gantry_invocation* in) noexcept {
    if (view(method) != "see") return run(instance, *in, in->input);
    answer(*table_of_host, in->call, self_of(instance).did().dump());
}

constexpr gantry_step kStep{sizeof(gantry_step), 0, {"step", 4}, &invoke, &compensate};
constexpr gantry_step kCareful{sizeof(gantry_step), 0, {"careful", 7}, &invoke, &compensate};
constexpr const gantry_step* kSteps[] = {&kStep, &kCareful, nullptr};
constexpr gantry_service kService{sizeof(gantry_service), 0, {"test.odd/1", 10}, &call};

}  // namespace

extern "C" const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) noexcept {
    static constexpr gantry_plugin kTable{sizeof(gantry_plugin),
                                          GANTRY_ABI_MINOR,
                                          0,
                                          0,
                                          gantry_manifest_v1,
                                          kSteps,
                                          &kService,
                                          nullptr,
                                          &create,
                                          &stop,
                                          &destroy,
                                          nullptr,
                                          nullptr,
                                          nullptr};
    return &kTable;
}
