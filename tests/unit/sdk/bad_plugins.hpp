// A plugin that renames a record over HTTP, and the same with one bug each.
#pragma once

#include <gantry/plugin.hpp>
#include <gantry/testing.hpp>

namespace gantry::test {

struct Renamer {
    Renamer(gantry::Host the_host, const json& options)
        : host(the_host), url(options.at("url")), token(options.at("token")) {}

    json send(const Call& call, const char* method, const json& id, const json& body = nullptr,
              std::string_view key = {}) const {
        const auto* http = static_cast<const gantry_http*>(
            host.table().get_extension(&host.table(), GANTRY_HTTP_1));
        const std::string target = url + "/products/" + id.get<std::string>();
        const std::string headers = json{{"Authorization", "Bearer " + token}}.dump();
        const std::string text = body.is_null() ? "" : body.dump();
        gantry_http_request request{};
        request.struct_size = sizeof request;
        request.method = str(method);
        request.url = str(target);
        request.headers = str(headers);
        request.body = str(text);
        request.key = str(key);
        std::optional<Error> error;
        json answer;
        std::pair<std::optional<Error>&, json&> out(error, answer);
        http->send(
            &host.table(), call.id(), &request,
            [](void* user, const gantry_http_response* response, const gantry_error* e) noexcept {
                auto& [failed, got] = *static_cast<decltype(out)*>(user);
                if (e != nullptr) {
                    failed = error_from(*e);
                } else {
                    got = json::parse(view(response->body), nullptr, false);
                }
            },
            &out);
        if (error) throw Error(*error);
        return answer;
    }

    json record(const Call& call, const json& input) const {
        return call.record_undo([&] { return send(call, "GET", input.at("id")); });
    }

    gantry::Host host;
    std::string url;
    std::string token;
};

inline json title_of(const json& input) { return {{"title", input.at("title")}}; }

inline StepResponse rename(Renamer& self, Call& call, const json& input) {
    self.record(call, input);
    return self.send(call, "PUT", input.at("id"), title_of(input));
}

inline void restore(Renamer& self, Call& call, const std::optional<json>& before) {
    if (before) self.send(call, "PUT", "p1", *before);
}

// ---- one bug each

inline StepResponse write_first(Renamer& self, Call& call, const json& input) {
    auto output = self.send(call, "PUT", input.at("id"), title_of(input));
    self.record(call, input);
    return output;
}

inline StepResponse key_of_the_attempt(Renamer& self, Call& call, const json& input) {
    self.record(call, input);
    return self.send(call, "PUT", input.at("id"), title_of(input),
                     "attempt-" + std::to_string(call.attempt()));
}

inline StepResponse read_but_not_record(Renamer& self, Call& call, const json& input) {
    auto before = self.send(call, "GET", input.at("id"));
    return {self.send(call, "PUT", input.at("id"), title_of(input)), before};
}

inline StepResponse lost_taken_for_refused(Renamer& self, Call& call, const json& input) {
    self.record(call, input);
    try {
        return self.send(call, "PUT", input.at("id"), title_of(input));
    } catch (const Error& e) {
        throw Error(GANTRY_E_REJECTED, e.message(), GANTRY_EF_NOT_APPLIED);
    }
}

inline StepResponse ask_again_and_again(Renamer& self, Call& call, const json& input) {
    self.record(call, input);
    for (int tries = 1;; ++tries) {
        try {
            return self.send(call, "PUT", input.at("id"), title_of(input));
        } catch (const Error&) {
            if (tries == 3) throw;
        }
    }
}

inline StepResponse log_the_token(Renamer& self, Call& call, const json& input) {
    call.log(GANTRY_LOG_DEBUG, "renaming", {{"with", self.token}});
    return rename(self, call, input);
}

inline StepResponse reach_for_another_host(Renamer& self, Call& call, const json& input) {
    self.url = "https://other.example";
    return rename(self, call, input);
}

inline void restore_what_is_not_there(Renamer& self, Call& call,
                                      const std::optional<json>& before) {
    self.send(call, "PUT", "p1", before.value());
}

inline constexpr const char* kRecords = R"({"id": "renamer", "version": "1.0.0", "steps": [
    {"name": "rename", "compensable": true, "effect": "write", "records_undo": true}]})";
inline constexpr const char* kDoesNotRecord = R"({"id": "renamer", "version": "1.0.0", "steps": [
    {"name": "rename", "compensable": true, "effect": "write"}]})";

template <auto kInvoke, auto kCompensate>
gantry_plugin made_of(const char* manifest) {
    auto table = detail::PluginTable<Renamer, Step<"rename", kInvoke, kCompensate>>::table;
    table.manifest = manifest;
    return table;
}

/// A plugin as one writes it in C: what its steps do is said by the test.
struct Raw {
    using Does = std::function<void(const gantry_host&, gantry_call)>;
    static inline Does does;
    static inline const gantry_host* host = nullptr;

    static gantry_status answer(const gantry_host& table, gantry_call call, std::string_view text) {
        const gantry_result result{sizeof result, 0, str(text), {}, nullptr};
        return table.complete(&table, call, &result);
    }
    static gantry_instance* GANTRY_CALL create(const gantry_host* given, gantry_call call,
                                               gantry_str) noexcept {
        host = given;
        answer(*given, call, "null");
        return reinterpret_cast<gantry_instance*>(&does);
    }
    static void GANTRY_CALL end(gantry_instance*) noexcept {}
    static void GANTRY_CALL invoke(gantry_instance*, const gantry_invocation* in) noexcept {
        does(*host, in->call);
    }

    static gantry_plugin table() {
        static constexpr gantry_step raw{sizeof raw, 0, {"raw", 3}, &invoke, &invoke};
        static constexpr gantry_step later{sizeof later, 0, {"later", 5}, &invoke, nullptr};
        static constexpr const gantry_step* steps[] = {&raw, &later, nullptr};
        gantry_plugin table{};
        table.struct_size = sizeof table;
        table.manifest = R"({"id": "raw", "version": "1.0.0", "steps": [
            {"name": "raw", "compensable": true}, {"name": "later", "async": true}]})";
        table.steps = steps;
        table.create = &create;
        table.stop = &end;
        table.destroy = &end;
        return table;
    }
};

}  // namespace gantry::test
