// F2 and F6: what a plugin makes of the answers of a system that is down, busy, or says no. Each
// request of each scenario is answered with the same: that of a sign-in, too, in F2.
#include "check/action.hpp"
#include "check/check.hpp"
#include "check/stage.hpp"

#include <algorithm>

namespace gantry::host::check {
namespace {

constexpr std::chrono::seconds kRetryAfter{7};

struct Played {
    std::string what;
    Fault fault;
    std::vector<int> classes;  // of the error that is expected
    bool may_succeed = false;  // to a scenario, what is missing may be an answer
};

Fault fault_of(Fault::Kind kind) {
    Fault fault;
    fault.kind = kind;
    fault.only_writes = false;
    return fault;
}

Fault answer(int status, std::string body = R"({"message": "played by the checker"})",
             json headers = {{"content-type", "application/json"}}) {
    auto fault = fault_of(Fault::Kind::kAnswer);
    fault.status = status;
    fault.headers = std::move(headers);
    fault.body = std::move(body);
    return fault;
}

const std::vector<Played>& all_played() {
    constexpr int kRetryable = GANTRY_CLASS_RETRYABLE;
    constexpr int kPermanent = GANTRY_CLASS_PERMANENT;
    constexpr int kInput = GANTRY_CLASS_INPUT;
    constexpr int kConfig = GANTRY_CLASS_CONFIG;
    static const std::string kPage = "<html><body>Bad gateway</body></html>";
    static const std::string kGarbage("{\"id\": \"\x01\xff", 10);
    static const json kHtml = {{"content-type", "text/html"}};
    static const json kLater = {{"content-type", "application/json"},
                                {"retry-after", std::to_string(kRetryAfter.count())}};
    static const std::vector<Played> kAll = {
        {"400", answer(400), {kPermanent, kInput}},
        {"401", answer(401), {kConfig}},
        {"403", answer(403), {kConfig}},
        {"404", answer(404), {kPermanent, kInput}, true},
        {"409", answer(409), {kRetryable, kPermanent}},
        {"422", answer(422), {kPermanent, kInput}},
        {"429 with Retry-After", answer(429, "{}", kLater), {kRetryable}},
        {"500", answer(500), {kRetryable}},
        {"503", answer(503), {kRetryable}},
        {"502 with a page", answer(502, kPage, kHtml), {kRetryable}},
        {"200 with a page", answer(200, kPage, kHtml), {kRetryable, kPermanent, kConfig}},
        {"200 with half a JSON", answer(200, kGarbage), {kRetryable, kPermanent}},
        {"a connection that ends", fault_of(Fault::Kind::kLoseReply), {kRetryable}},
        {"a certificate that is not trusted", fault_of(Fault::Kind::kUntrusted), {kConfig}},
    };
    return kAll;
}

std::string names_of(const std::vector<int>& classes) {
    constexpr const char* kNames[] = {"OK", "RETRYABLE", "PERMANENT", "INPUT", "CONFIG"};
    std::string names;
    for (const int one : classes)
        names += (names.empty() ? "class " : " or ") + std::string(kNames[one]);
    return names;
}

bool sends_http(Stage& stage, Action& action, const std::string& key) {
    auto& seam = stage.rig().seam();
    seam.forget();
    const auto end = action.invoke(key);
    const auto passed = seam.passed();
    action.take_back(key, end);
    return std::any_of(passed.begin(), passed.end(),
                       [](const Passed& one) { return one.what.find("://") != std::string::npos; });
}

void require_mapped(const Scenario& scenario, const Played& played, const End& end) {
    const auto where = named(scenario) + " ended with " + in_words(end) + " where its system " +
                       "answered " + played.what;
    require(end.answered,
            named(scenario) + " did not answer where its system answered " + played.what,
            names_of(played.classes));
    if (!end.error && played.may_succeed) return;
    const int found = end.error ? end.error->error_class() : GANTRY_CLASS_OK;
    const auto& wanted = played.classes;
    require(std::find(wanted.begin(), wanted.end(), found) != wanted.end(), where,
            names_of(wanted));
    if (played.fault.headers.contains("retry-after")) {
        require(
            end.error->retry_after() == kRetryAfter,
            where + " and retry_after " + std::to_string(end.error->retry_after().count()) + " ms",
            "what Retry-After says, 7000 ms");
    }
}

void mapping(Subject& subject) {
    Stage stage(subject);
    auto& seam = stage.rig().seam();
    bool sent = false;
    for (const auto& scenario : subject.good_scenarios()) {
        auto action = stage.action(scenario);
        if (!sends_http(stage, action, new_key())) continue;
        sent = true;
        for (const auto& played : all_played()) {
            const auto key = new_key();
            auto once = stage.action(scenario);
            once.record(key);
            seam.inject(played.fault);
            const auto end = once.invoke(key);
            seam.heal();
            require_mapped(scenario, played, end);
            once.take_back(key, end);
        }
    }
    if (!sent) skip("it sends nothing through gantry.http/1");
}

// Who may sign in and read may lack the right to write.
void permission(Subject& subject) {
    Stage stage(subject);
    auto& seam = stage.rig().seam();
    bool refused = false;
    for (const auto& scenario : subject.good_scenarios()) {
        auto action = stage.action(scenario);
        if (!sends_http(stage, action, new_key())) continue;
        for (const int status : {401, 403}) {
            const auto key = new_key();
            auto once = stage.action(scenario);
            once.record(key);
            auto fault = answer(status);
            fault.only_writes = true;
            seam.forget();
            seam.inject(fault);
            const auto end = once.invoke(key);
            seam.heal();
            const auto passed = seam.passed();
            const bool asked = std::any_of(passed.begin(), passed.end(),
                                           [](const Passed& one) { return one.write; });
            if (!asked) continue;
            refused = true;
            require(end.error && end.error->error_class() == GANTRY_CLASS_CONFIG,
                    named(scenario) + " ended with " + in_words(end) +
                        " where its writes were answered " + std::to_string(status),
                    "AUTH: an operator gives it the permission, and the run goes on");
            once.take_back(key, end);
        }
    }
    if (!refused) skip("it writes nothing through gantry.http/1");
}

}  // namespace

std::vector<Check> http_checks() {
    return {
        {"F2", "error.mapping", 2, "what its system answers becomes an error of the right class",
         "Let gantry::Http or HttpResponse::require_ok make the errors, or map statuses as "
         "sdk/README.md does; read the body before you call it a success.",
         std::chrono::seconds(120), &mapping},
        {"F6", "error.permission", 2,
         "a write that its system answers 401 or 403 is told as a matter of configuration",
         "Make AUTH of 401 and 403, as gantry::Http does; REJECTED is what a rule says of the "
         "input.",
         std::chrono::seconds(60), &permission},
    };
}

}  // namespace gantry::host::check
