// A step: a function that changes something, and the one that takes it back.
#pragma once

#include <gantry/skip.h>
#include <gantry/call.hpp>
#include <gantry/input.hpp>
#include <gantry/thrown.hpp>

namespace gantry {

/// What a step answers: its output, and what compensate is given. Without `undo` that is what
/// record_undo kept, else the output.
struct StepResponse {
    StepResponse(json result) : output(std::move(result)) {}  // NOLINT: a plain value is an answer
    StepResponse(json result, json undo_data)
        : output(std::move(result)), undo(std::move(undo_data)) {}

    /// The step found nothing to do: it is shown as skipped and is not undone. Not for one that has
    /// written: that is a BUG.
    static StepResponse skip(json result = nullptr) {
        StepResponse response(std::move(result));
        response.skipped = true;
        return response;
    }

    json output;
    std::optional<json> undo;
    bool skipped = false;
};

/// A string as a template argument: Step<"update-erp", …>.
template <std::size_t N>
struct Name {
    constexpr Name(const char (&text)[N]) {  // NOLINT: a literal is a name
        for (std::size_t i = 0; i < N; ++i) chars[i] = text[i];
    }
    constexpr gantry_str str() const { return {chars, N - 1}; }
    char chars[N] = {};
};

namespace detail {

/// The plugin's object together with its host; what gantry_instance points to.
template <typename Self>
struct Instance {
    Host host;
    Self self;

    static Instance& of(gantry_instance* p) { return *reinterpret_cast<Instance*>(p); }
};

inline void fail(const gantry_host& host, gantry_call call, const Error& e) noexcept {
    std::string details;
    try {
        if (e.details().is_object()) {
            details = e.details().dump(-1, ' ', false, json::error_handler_t::replace);
        }
    } catch (...) {  // out of memory: the message alone must do
        details.clear();
    }
    const gantry_error error{sizeof error,     e.code(),
                             e.flags(),        static_cast<std::uint32_t>(e.retry_after().count()),
                             str(e.message()), str(details)};
    const gantry_result result{sizeof result, 0, {}, {}, &error};
    host.complete(&host, call, &result);
}

/// The border: runs `body`, which completes the call, and turns whatever it throws into an error.
/// An exception without a class says nothing about the effect, hence MAYBE_APPLIED.
template <typename Body>
void guarded(const gantry_host& host, gantry_call call, Body&& body) noexcept {
    try {
        try {
            body();
        } catch (const Error& e) {
            fail(host, call, e);
        } catch (const std::exception& e) {
            fail(host, call, {GANTRY_E_INTERNAL, e.what(), GANTRY_EF_MAYBE_APPLIED});
        } catch (...) {
            fail(host, call,
                 {GANTRY_E_INTERNAL, "the plugin threw " + thrown_in_words(),
                  GANTRY_EF_MAYBE_APPLIED});
        }
    } catch (...) {  // no memory even for the error
        const gantry_error error{
            sizeof error, GANTRY_E_INTERNAL, GANTRY_EF_MAYBE_APPLIED, 0, {}, {}};
        const gantry_result result{sizeof result, 0, {}, {}, &error};
        host.complete(&host, call, &result);
    }
}

inline void succeed(const gantry_host& host, gantry_call call, const json& output,
                    const std::optional<json>& undo) {
    const std::string text = output.dump();
    const std::string undo_text = undo ? undo->dump() : "";
    const gantry_result result{sizeof result, 0, str(text),
                               undo ? str(undo_text) : gantry_str{nullptr, 0}, nullptr};
    host.complete(&host, call, &result);
}

// A host that does not know of skipping takes the step as done.
inline void mark_skipped(const gantry_host& host, gantry_call call) {
    const auto* extension =
        static_cast<const gantry_skip*>(host.get_extension(&host, GANTRY_SKIP_1));
    if (extension == nullptr || extension->skip(&host, call) != GANTRY_E_MISUSE) return;
    throw Error(GANTRY_E_MISUSE, "a step that has written answered that it found nothing to do",
                GANTRY_EF_MAYBE_APPLIED);
}

}  // namespace detail

/// Exports a step under `kName`. `kInvoke` is StepResponse(Self&, Call&, const json& input), a free
/// or a member function; `kCompensate` is void(Self&, Call&, const std::optional<json>& undo),
/// where nothing means: invoke's outcome is unknown and it recorded nothing.
template <Name kName, auto kInvoke, auto kCompensate = nullptr>
struct Step {
    template <typename Self>
    static void GANTRY_CALL invoke(gantry_instance* self, const gantry_invocation* in) noexcept {
        auto& instance = detail::Instance<Self>::of(self);
        const auto& host = instance.host.table();
        detail::guarded(host, in->call, [&] {
            Call call(host, *in);
            const StepResponse response =
                std::invoke(kInvoke, instance.self, call, detail::parse_input(view(in->input)));
            if (response.skipped) detail::mark_skipped(host, in->call);
            detail::succeed(host, in->call, response.output, response.undo);
        });
    }

    template <typename Self>
    static void GANTRY_CALL compensate(gantry_instance* self,
                                       const gantry_invocation* in) noexcept {
        auto& instance = detail::Instance<Self>::of(self);
        const auto& host = instance.host.table();
        detail::guarded(host, in->call, [&] {
            Call call(host, *in);
            std::optional<json> undo;
            if (in->undo.ptr != nullptr) undo = json::parse(view(in->undo));
            std::invoke(kCompensate, instance.self, call, std::as_const(undo));
            detail::succeed(host, in->call, nullptr, std::nullopt);
        });
    }

    template <typename Self>
    static constexpr gantry_step_fn compensate_or_null() {
        if constexpr (std::is_null_pointer_v<decltype(kCompensate)>) {
            return nullptr;
        } else {
            return &compensate<Self>;
        }
    }

    template <typename Self>
    static constexpr gantry_step table{sizeof(gantry_step), 0, kName.str(), &invoke<Self>,
                                       compensate_or_null<Self>()};
};

/// One method of a service: json(Self&, Call&, const json& input), a free or a member function.
template <Name kName, auto kFunction>
struct Method {
    static constexpr gantry_str name() { return kName.str(); }

    template <typename Self>
    static json call(Self& self, Call& call, const json& input) {
        return std::invoke(kFunction, self, call, input);
    }
};

/// Offers a service of `kInterface`, "gantry.erp/1", with these methods.
template <Name kInterface, typename... Methods>
struct Serves {
    template <typename Self>
    static void GANTRY_CALL call(gantry_instance* self, gantry_str method,
                                 const gantry_invocation* in) noexcept {
        auto& instance = detail::Instance<Self>::of(self);
        const auto& host = instance.host.table();
        detail::guarded(host, in->call, [&] {
            Call call(host, *in);
            const auto input = detail::parse_input(view(in->input));
            std::optional<json> output;
            const auto offer = [&]<typename M>(M*) {
                if (view(M::name()) != view(method)) return false;
                output = M::template call<Self>(instance.self, call, input);
                return true;
            };
            if (!(offer(static_cast<Methods*>(nullptr)) || ...)) {
                throw Error(GANTRY_E_UNSUPPORTED,
                            "no method \"" + std::string(view(method)) + "\" in this service",
                            GANTRY_EF_NOT_APPLIED);
            }
            detail::succeed(host, in->call, *output, std::nullopt);
        });
    }

    template <typename Self>
    static constexpr gantry_service table{sizeof(gantry_service), 0, kInterface.str(), &call<Self>};
};

}  // namespace gantry
