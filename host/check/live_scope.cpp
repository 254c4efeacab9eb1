#include "check/live_scope.hpp"

#include <algorithm>
#include <array>

namespace gantry::host::check {
namespace {

constexpr std::string_view kValues =
    "it writes values of its own making; a real system is given those of contract.json only";
constexpr std::string_view kOptions =
    "it makes instances with other options; a wrong token can lock an account of a real system";
constexpr std::string_view kMany =
    "it makes many calls at once or one after another, which a real system is spared";
constexpr std::string_view kRefusal =
    "it asks for what is to be refused, and a system that takes it would be changed";
constexpr std::string_view kCreates = "it makes products beside the one that it was given";
constexpr std::string_view kUnknown = "nobody has said that it leaves a real system as it is";

struct Rule {
    std::string_view check;
    std::string_view why_not;  // empty: it is made
};

// Those of the file itself are made in any case; of the interfaces' checks the second part is here.
constexpr std::array kRules = {
    Rule{"load.now", ""},
    Rule{"load.quiet", ""},
    Rule{"entry.pure", ""},
    Rule{"table.shape", ""},
    Rule{"table.manifest", ""},
    Rule{"abi.older-host", ""},
    Rule{"abi.newer-host", ""},
    Rule{"create.valid", ""},
    Rule{"create.invalid", kOptions},
    Rule{"create.offline", ""},
    Rule{"cycle.flat", kMany},
    Rule{"instances.apart", kOptions},
    Rule{"stop.drains", ""},
    Rule{"step.output", ""},
    Rule{"step.once", ""},
    Rule{"step.idempotent", ""},
    Rule{"step.effects", ""},
    Rule{"step.lost-reply", ""},
    Rule{"undo.restores", ""},
    Rule{"undo.repeat", ""},
    Rule{"undo.unknown", ""},
    Rule{"step.refused-whole", kRefusal},
    Rule{"input.invalid", kValues},
    Rule{"input.malformed", kValues},
    Rule{"input.unicode", kValues},
    Rule{"input.huge", kValues},
    Rule{"input.borrowed", ""},
    Rule{"error.shape", kValues},
    Rule{"error.mapping", ""},
    Rule{"error.contained", kValues},
    Rule{"error.secrets", kOptions},
    Rule{"error.sessions", kValues},
    Rule{"error.permission", ""},
    Rule{"deadline", ""},
    Rule{"cancel", ""},
    Rule{"heartbeat", ""},
    Rule{"late", ""},
    Rule{"threads.declared", kMany},
    Rule{"stdio", ""},
    Rule{"process", ""},
    Rule{"leak", kMany},
    Rule{"reach", ""},
    Rule{"sign-ins", ""},
    Rule{".describe", ""},
    Rule{".unknown-id", ""},
    Rule{".update-then-read", ""},
    Rule{".ignored-fields", kValues},
    Rule{".same-key", ""},
    Rule{".exact-undo", ""},
    Rule{".lost-reply", ""},
    Rule{".concurrent", kMany},
    Rule{".unicode", kValues},
    Rule{".decimals", kValues},
    Rule{".huge", kValues},
    Rule{".field-version", kValues},
    Rule{".field-undo", kValues},
    Rule{".field-absent", kValues},
    Rule{".field-types", kValues},
    Rule{".fields-described", kValues},
    Rule{".bystander", kCreates},
    Rule{".stored-answer", kValues},
    Rule{".create-once", kCreates},
    Rule{".refused-whole", kValues},
};

}  // namespace

std::string_view not_live(const Check& check) {
    const char family = check.code[0];
    if (family == 'A') return "";
    const auto id = family == 'I' ? check.id.substr(check.id.find('.')) : check.id;
    const auto* const rule = std::find_if(kRules.begin(), kRules.end(),
                                          [&](const Rule& one) { return one.check == id; });
    return rule == kRules.end() ? kUnknown : rule->why_not;
}

std::optional<std::string> strays(Subject& subject, const std::string& step,
                                  const std::string& method, const json& input) {
    const auto& product = subject.settings().live_product;
    if (!product || (step.empty() && !writes(subject, method))) return std::nullopt;
    const bool restores = method == "restoreProduct";
    if (step.empty() && !restores && method != "updateProductErpData" &&
        method != "updateProducts") {
        return method + " may change more than product \"" + *product + "\"";
    }
    const json named = input.is_object() && restores ? input.value("snapshot", json()) : input;
    const json id = named.is_object() ? named.value("id", json()) : json();
    if (id.is_null()) return "it names no product";
    if (id != *product) return "it is about product " + id.dump();
    for (const char* other : {"ref", "selector"}) {
        if (!restores && named.contains(other)) {
            return std::string("its \"") + other + "\" may name another product";
        }
    }
    return std::nullopt;
}

std::optional<std::string> left_out(Subject& subject, const Scenario& scenario) {
    if (!subject.settings().live_product) return std::nullopt;
    for (const auto& one : scenario.prepare) {
        if (auto why = strays(subject, "", one.method, one.input)) return "to prepare it: " + *why;
    }
    if (auto why = strays(subject, scenario.step, scenario.method, scenario.input)) return why;
    if (scenario.undo && scenario.undo->call != "restoreProduct") {
        return "its undo, " + scenario.undo->call + ", may change more than that product";
    }
    if (scenario.error && writes(subject, scenario)) {
        return "it expects " + *scenario.error + ", and a system that takes it would be changed";
    }
    return std::nullopt;
}

}  // namespace gantry::host::check
