// updateProducts and deleteProducts: read, at most one write each, and what Medusa answers held
// against what was meant.
#include "body.hpp"
#include "connector.hpp"
#include "content.hpp"
#include "target.hpp"
#include "view.hpp"

namespace product_medusa {
namespace {

void check_version(const json& now, const json& if_version) {
    const auto version = version_of(now);
    if (if_version.is_null() || version == if_version) return;
    throw Error(GANTRY_E_CONFLICT,
                "the product is at version " + version.dump() + " in Medusa, not at " +
                    if_version.dump() + "; read it again",
                GANTRY_EF_NOT_APPLIED, {{"found", version}, {"expected", if_version}});
}

// Where somebody wrote between our reading and our write: a version that nothing ever has, so that
// an undo by it says CHANGED and takes nobody else's change away. What was `sent` may be read
// otherwise: rounded, for example.
json version_of_ours(const json& now, const json& expected, const json& sent) {
    const std::string version = version_of(now);
    for (const auto& [name, value] : now.items()) {
        if (!sent.contains(name) && expected.value(name, json()) != value) {
            return "overtaken by " + version;
        }
    }
    return version;
}

bool is_refusal(const Error& e) {
    switch (e.code()) {
        case GANTRY_E_INVALID_DATA:
        case GANTRY_E_REJECTED:
        case GANTRY_E_NOT_FOUND:
        case GANTRY_E_CONFLICT:
            return true;
        default:
            return false;
    }
}

}  // namespace

json Connector::update(gantry::Call& call, const json& input) {
    check_relations(input);
    const auto data = by_id(call, input.at("data"));
    if (input.contains("id")) {
        const std::string id = input.at("id");
        const auto found = server_.find(call, id);
        if (found.is_null()) throw not_found(id);
        return viewed(update_one(call, found, data, input.value("if_version", json())), input,
                      true);
    }
    const auto found = pages(call, {{"filters", input.at("selector")}});
    for (const auto& product : found) target_of(content_of(product), data);  // refused before
    json out = json::array();
    try {
        for (const auto& product : found) {
            out.push_back(viewed(update_one(call, product, data, nullptr), input, true));
        }
    } catch (const Error& e) {
        if (out.empty()) throw;
        throw e.with_flags(GANTRY_EF_MAYBE_APPLIED);
    }
    return out;
}

json Connector::update_one(const gantry::Call& call, const json& found, const json& data,
                           const json& if_version) {
    const std::string id = found.at("id");
    const auto now = content_of(found);
    const auto target = target_of(now, data);
    const auto body = body_of(now, target);
    // Nothing to do, also because an earlier attempt did it: then if_version is out of date.
    const auto noted = notes_.find(call.idempotency_key(), id);
    if (body.empty() && !noted.is_null()) {
        return row_of(found, version_of_ours(now, with_made(noted, now), json::object()));
    }
    check_version(now, if_version);
    if (body.empty()) return row_of(found, version_of(now));
    notes_.note(call.idempotency_key(), id, target);
    const auto product = write(call, now, body);
    const auto after = content_of(product, true);
    return row_of(product, version_of_ours(after, with_made(target, after), body));
}

// Medusa takes back itself what it refuses half-way, but not always all of it.
json Connector::write(const gantry::Call& call, const json& now, const json& body) const {
    const std::string id = now.at("id");
    try {
        return server_.change(call, id, body);
    } catch (const Error& e) {
        if (!is_refusal(e)) throw;
        throw e.with_flags(is_still(call, now) ? GANTRY_EF_NOT_APPLIED : GANTRY_EF_MAYBE_APPLIED);
    }
}

bool Connector::is_still(const gantry::Call& call, const json& content) const {
    try {
        const auto found = server_.find(call, content.at("id"));
        return !found.is_null() && content_of(found) == content;
    } catch (const Error&) {
        return false;
    }
}

json Connector::remove(gantry::Call& call, const json& input) {
    for (const auto& id : input.at("ids")) server_.remove(call, id);
    return json::object();
}

}  // namespace product_medusa
