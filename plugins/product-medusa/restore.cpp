// restoreProduct: puts a product back as its snapshot has it, unless somebody else changed it
// since.
#include "body.hpp"
#include "connector.hpp"
#include "content.hpp"
#include "target.hpp"

namespace product_medusa {
namespace {

std::string names(const json& object) {
    std::string out;
    for (const auto& [name, value] : object.items()) out += (out.empty() ? "" : ", ") + name;
    return out;
}

// The names of what two contents have otherwise.
std::string differing(const json& a, const json& b) {
    json out = json::object();
    for (const auto& [name, value] : a.items()) {
        if (b.value(name, json()) != value) out[name] = value;
    }
    return names(out);
}

Error changed(const json& input, const json& now, const std::string& why,
              std::uint32_t flags = GANTRY_EF_NOT_APPLIED) {
    const auto& snapshot = input.at("snapshot");
    return {GANTRY_E_CHANGED,
            "product " + snapshot.at("id").get<std::string>() + " is at version " +
                version_of(now).dump() + " in Medusa: " + why +
                "; compare and decide which is to stay",
            flags,
            {{"before", snapshot.at("version")},
             {"ours", input.value("written", json())},
             {"now", {{"version", version_of(now)}, {"content", now}}}}};
}

}  // namespace

json Connector::restore(gantry::Call& call, const json& input) {
    const auto& snapshot = input.at("snapshot");
    const auto from = snapshot.value("system", json());
    if (from != system_) {
        throw beyond("the snapshot is of system " + from.dump() + ", this is " + system_ +
                     "; restore it in the system it was taken from. Where that is the same one, "
                     "give the module its name: \"system\": " +
                     from.dump());
    }
    notes_.undone(call.idempotency_key(), snapshot.at("id"));
    const auto found = server_.find(call, snapshot.at("id"));
    return snapshot.at("exists").get<bool>() ? put_back(call, input, found)
                                             : take_away(call, input, found);
}

// With the version that our write left there it has to be that. Without, its outcome being unknown:
// what was noted of the write. Medusa does not say who changed a product.
void Connector::require_ours(const gantry::Call& call, const json& input, const json& now) {
    const auto written = input.value("written", json());
    if (!written.is_null()) {
        if (written == version_of(now)) return;
        throw changed(input, now,
                      "we wrote " + written.dump() + ", and somebody else changed it since");
    }
    const auto noted = notes_.find(call.idempotency_key(), input.at("snapshot").at("id"));
    if (noted.is_null()) throw changed(input, now, "whether that is our write is not known");
    if (with_made(noted, now) == now) return;
    throw changed(input, now, "it is neither as before nor as our write was to leave it");
}

json Connector::put_back(const gantry::Call& call, const json& input, const json& found) {
    const auto& before = input.at("snapshot").at("state");
    const auto& version = input.at("snapshot").at("version");
    if (found.is_null()) {
        throw changed(input, nullptr,
                      "it was deleted, and Medusa's admin API brings no product back");
    }
    const auto now = content_of(found);
    if (version_of(now) == version) return {{"result", "unchanged"}, {"version", version}};
    require_ours(call, input, now);
    const auto after = content_of(write(call, now, body_of(now, before)), true);
    if (after != before) {
        throw changed(input, after,
                      "not all is as before, since somebody else changed it meanwhile or Medusa "
                      "does not take it back: " +
                          differing(before, after),
                      GANTRY_EF_MAYBE_APPLIED);
    }
    return {{"result", "restored"}, {"version", version}};
}

json Connector::take_away(const gantry::Call& call, const json& input, const json& found) {
    if (found.is_null()) return {{"result", "unchanged"}, {"version", nullptr}};
    require_ours(call, input, content_of(found));
    server_.remove(call, input.at("snapshot").at("id"));
    return {{"result", "restored"}, {"version", nullptr}};
}

}  // namespace product_medusa
