// Sends what it is told by the C contract of gantry/http.h. Steps and methods take a script,
// {"do": [action …]}, and answer how each action went; "see" answers that of the last script.
#include <gantry/http.h>
#include <gantry/plugin.hpp>

#include <mutex>

namespace {

using gantry::Call;
using gantry::Error;
using gantry::json;
using gantry::StepResponse;
using gantry::str;
using gantry::view;

void GANTRY_CALL take(void* user, const gantry_http_response* response,
                      const gantry_error* error) noexcept {
    auto& out = *static_cast<json*>(user);
    if (error != nullptr) {
        out = {{"code", error->code}, {"flags", error->flags}, {"message", view(error->message)}};
    } else {
        out = {{"status", response->status},
               {"headers", json::parse(view(response->headers))},
               {"body", view(response->body)}};
    }
}

class HttpProbe {
public:
    /// `options`: {"url": where to, "token": a secret, "at_start": [what create sends]}.
    HttpProbe(gantry::Host host, const json& options)
        : host_(host), url_(options.value("url", "")), token_(options.value("token", "")) {}

    /// {"send": {"method"?, "target"? or "url"?, "headers"?, "body"?, "size"?, "key"?, "reads"?,
    /// "timeout_ms"?}}, where a text as headers goes over as it is and `size` makes a body;
    /// {"undo": any}, {"complete": any}, {"log": text}, {"fail": text}: both add the token.
    json run(Call& call, const json& script) {
        json did = json::array();
        for (const auto& action : script.value("do", json::array())) {
            did.push_back(carry_out(call, action));
        }
        const std::lock_guard lock(mutex_);
        return last_ = {{"key", call.idempotency_key()}, {"did", did}};
    }

    void keep(const json& did) {
        const std::lock_guard lock(mutex_);
        last_ = {{"did", did}};
    }

    json last() const {
        const std::lock_guard lock(mutex_);
        return last_;
    }

    json send(gantry_call call, const json& what) const {
        const auto* http = static_cast<const gantry_http*>(
            host_.table().get_extension(&host_.table(), GANTRY_HTTP_1));
        if (http == nullptr) return "this host has no HTTP";
        const auto method = what.value("method", "GET");
        const auto url = what.value("url", url_ + what.value("target", "/"));
        const auto headers = what.value("headers", json(""));
        const auto text = headers.is_string() ? headers.get<std::string>() : headers.dump();
        const auto body = what.value("body", std::string(what.value("size", 0U), 'x'));
        const auto key = what.value("key", "");
        const gantry_http_request request{sizeof request,
                                          what.value("reads", false) ? GANTRY_HTTP_READS : 0,
                                          str(method),
                                          str(url),
                                          str(text),
                                          str(body),
                                          str(key),
                                          what.value("timeout_ms", 0U),
                                          0};
        json out;
        http->send(&host_.table(), call, &request, &take, &out);
        return out;
    }

private:
    json carry_out(Call& call, const json& action) {
        if (action.contains("send")) return send(call.id(), action["send"]);
        if (action.contains("undo")) return call.record_undo([&] { return action["undo"]; });
        if (action.contains("complete")) {
            const auto output = action["complete"].dump();
            const gantry_result result{sizeof result, 0, str(output), {}, nullptr};
            return host_.table().complete(&host_.table(), call.id(), &result);
        }
        const auto text = action.value("log", action.value("fail", "")) + token_;
        if (action.contains("log")) {
            call.log(GANTRY_LOG_WARN, text, {{"field", {text}}, {token_, 1}});
            return nullptr;
        }
        throw Error(GANTRY_E_REJECTED, text, GANTRY_EF_NOT_APPLIED, {{"with", {{token_, text}}}});
    }

    gantry::Host host_;
    const std::string url_, token_;
    mutable std::mutex mutex_;
    json last_;
};

StepResponse invoke(HttpProbe& probe, Call& call, const json& script) {
    return probe.run(call, script);
}

void compensate(HttpProbe& probe, Call& call, const std::optional<json>& undo) {
    probe.run(call, undo.value_or(json::object()));
}

json run(HttpProbe& probe, Call& call, const json& script) { return probe.run(call, script); }
json see(HttpProbe& probe, Call&, const json&) { return probe.last(); }

using Table = gantry::detail::PluginTable<
    HttpProbe, gantry::Step<"send", &invoke, &compensate>,
    gantry::Step<"careful", &invoke, &compensate>,
    gantry::Serves<"test.probe/1", gantry::Method<"see", &see>, gantry::Method<"look", &run>,
                   gantry::Method<"put", &run>>>;

// Sends what `at_start` says, with the call of create.
gantry_instance* GANTRY_CALL create(const gantry_host* host, gantry_call call,
                                    gantry_str config) noexcept {
    const auto options = json::parse(view(config));
    HttpProbe probe(gantry::Host(*host), options);
    json did = json::array();
    for (const auto& what : options.value("at_start", json::array())) {
        did.push_back(probe.send(call, what));
    }
    auto* made = Table::create(host, call, config);
    if (made != nullptr) gantry::detail::Instance<HttpProbe>::of(made).self.keep(did);
    return made;
}

constexpr gantry_plugin kTable = [] {
    auto table = Table::table;
    table.create = &create;
    return table;
}();

}  // namespace

extern "C" const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) noexcept {
    return &kTable;
}
