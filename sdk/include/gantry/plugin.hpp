// A class becomes a plugin: GANTRY_PLUGIN lists what it exports and makes the table of abi.h.
#pragma once

#include <gantry/step.hpp>
#include <gantry/workflow.hpp>

#include <array>
#include <memory>

namespace gantry {

/// Exports workflows; each argument is a gantry::Workflow object.
template <const Workflow&... kWorkflows>
struct Workflows {
    static const char* GANTRY_CALL list() noexcept {
        static const std::string text = compose();
        return text.c_str();
    }

private:
    static std::string compose() noexcept {
        std::string error;
        try {
            json all = json::array();
            (all.push_back(kWorkflows.definition()), ...);
            return all.dump();
        } catch (const std::exception& e) {
            error = e.what();
        } catch (...) {
            error = "the composer threw " + detail::thrown_in_words();
        }
        return json{{"error", error}}.dump(-1, ' ', false, json::error_handler_t::replace);
    }
};

namespace detail {

template <typename Self, typename... Items>
struct PluginTable {
    using InstanceOf = Instance<Self>;
    using PingFn = void(GANTRY_CALL*)(gantry_instance*, gantry_call) noexcept;

    static gantry_instance* GANTRY_CALL create(const gantry_host* host, gantry_call call,
                                               gantry_str config) noexcept {
        std::unique_ptr<InstanceOf> instance;
        guarded(*host, call, [&] {
            const Host handle(*host);
            const auto options = json::parse(view(config));
            if constexpr (std::is_constructible_v<Self, Host, const json&>) {
                instance.reset(new InstanceOf{handle, Self(handle, options)});
            } else {
                instance.reset(new InstanceOf{handle, Self(options)});
            }
            succeed(*host, call, nullptr, std::nullopt);
        });
        return reinterpret_cast<gantry_instance*>(instance.release());
    }

    static void GANTRY_CALL stop(gantry_instance* self) noexcept {
        if constexpr (requires(Self & s) { s.stop(); }) {
            try {
                InstanceOf::of(self).self.stop();
            } catch (const std::exception& e) {
                InstanceOf::of(self).host.error(std::string("stop: ") + e.what());
            } catch (...) {
                InstanceOf::of(self).host.error("stop: threw " + thrown_in_words());
            }
        }
    }

    static void GANTRY_CALL destroy(gantry_instance* self) noexcept {
        delete &InstanceOf::of(self);
    }

    static void GANTRY_CALL ping(gantry_instance* self, gantry_call number) noexcept {
        auto& instance = InstanceOf::of(self);
        const auto& host = instance.host.table();
        guarded(host, number, [&] {
            gantry_invocation in{};
            in.struct_size = sizeof in;
            in.attempt = 1;
            in.call = number;
            Call call(host, in);
            instance.self.ping(call);
            succeed(host, number, nullptr, std::nullopt);
        });
    }

    // A function, so that ping() is compiled only where Self has one.
    static constexpr PingFn ping_or_null() {
        if constexpr (requires(Self & s, Call & c) { s.ping(c); }) {
            return &ping;
        } else {
            return nullptr;
        }
    }

    // By type, not by comparing pointers: with -fsanitize=undefined gcc 12 takes no such comparison
    // for a constant.
    static constexpr auto steps = [] {
        std::array<const gantry_step*, sizeof...(Items) + 1> out{};
        std::size_t n = 0;
        const auto add = [&]<typename Item>(Item*) {
            if constexpr (requires { Item::template table<Self>.invoke; }) {
                out[n++] = &Item::template table<Self>;
            }
        };
        (add(static_cast<Items*>(nullptr)), ...);
        return out;
    }();

    static constexpr const gantry_service* service = [] {
        const gantry_service* found = nullptr;
        const auto look = [&]<typename Item>(Item*) {
            if constexpr (requires { Item::template table<Self>.interface; }) {
                found = &Item::template table<Self>;
            }
        };
        (look(static_cast<Items*>(nullptr)), ...);
        return found;
    }();

    using WorkflowsFn = const char*(GANTRY_CALL*)() noexcept;

    static constexpr WorkflowsFn workflows = [] {
        WorkflowsFn found = nullptr;
        const auto look = [&]<typename Item>(Item*) {
            if constexpr (requires { Item::list(); }) found = &Item::list;
        };
        (look(static_cast<Items*>(nullptr)), ...);
        return found;
    }();

    static constexpr gantry_plugin table{sizeof(gantry_plugin),
                                         GANTRY_ABI_MINOR,
                                         GANTRY_TARGET_MINOR,
                                         0,
                                         gantry_manifest_v1,
                                         steps.data(),
                                         service,
                                         workflows,
                                         &create,
                                         &stop,
                                         &destroy,
                                         nullptr,
                                         ping_or_null(),
                                         nullptr};
};

}  // namespace detail

}  // namespace gantry

/// GANTRY_PLUGIN(MyPlugin, gantry::Step<"name", invoke, compensate>, gantry::Serves<…>,
/// gantry::Workflows<…>). MyPlugin is constructed from its options, const json&, or (gantry::Host,
/// const json&); it throws gantry::Error to refuse them. An optional stop() ends its threads. An
/// optional ping(gantry::Call&) returns when the configured system is reached, and throws why not.
#define GANTRY_PLUGIN(Self, ...)                                                        \
    extern "C" const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) noexcept { \
        return &::gantry::detail::PluginTable<Self __VA_OPT__(, ) __VA_ARGS__>::table;  \
    }                                                                                   \
    static_assert(true, "a semicolon belongs here")
