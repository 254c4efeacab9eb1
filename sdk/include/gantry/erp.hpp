// gantry.erp/1 for a connector that can only read and write: snapshot and restore are derived.
#pragma once

#include <gantry/step.hpp>

#include <set>

namespace gantry {

/// For a restoreProduct: throws Error REJECTED (NOT_APPLIED) unless the snapshot's system.id is
/// that of the system it would be restored in.
inline void require_system(const json& found, const json& expected) {
    if (found == expected) return;
    throw Error(GANTRY_E_REJECTED,
                "the snapshot is of system " + found.dump() + ", this is " + expected.dump() +
                    "; restore it in the system it was taken from. Where that is the same one, "
                    "give the module its name: \"system\": " +
                    found.dump(),
                GANTRY_EF_NOT_APPLIED, {{"found", found}, {"expected", expected}});
}

namespace detail {

inline json erp_version(const json& found) {
    return found.is_null() ? json() : found.value("version", json());
}

/// A connector's own methods, or what is made of the others.
template <typename Self>
struct Erp {
    static json describe(Self& self, Call& call, const json& input) {
        return self.describe(call, input);
    }
    static json retrieve(Self& self, Call& call, const json& input) {
        return self.retrieve(call, input);
    }
    static json update(Self& self, Call& call, const json& input) {
        if (!input.at("data").is_object()) {
            throw Error(
                GANTRY_E_INVALID_DATA,
                "data: found " + input.at("data").dump() + ", expected the fields as an object",
                GANTRY_EF_NOT_APPLIED);
        }
        return self.update(call, input);
    }

    static json snapshot(Self& self, Call& call, const json& input) {
        if constexpr (requires { self.snapshot(call, input); }) {
            return self.snapshot(call, input);
        } else {
            const auto found = find(self, call, input);
            auto out = named(input);
            out["system"] = self.describe(call, json::object()).at("system");
            out["exists"] = !found.is_null();
            out["version"] = erp_version(found);
            out["state"] = found.is_null() ? json() : found.at("data");
            return out;
        }
    }

    static json restore(Self& self, Call& call, const json& input) {
        if constexpr (requires { self.restore(call, input); }) {
            return self.restore(call, input);
        } else {
            const auto& before = input.at("snapshot");
            const auto about = self.describe(call, json::object());
            require_system(before.at("system").at("id"), about.at("system").at("id"));
            const auto now = find(self, call, before);
            if (erp_version(now) == before.at("version")) {
                return {{"result", "unchanged"}, {"version", before.at("version")}};
            }
            check_ours(before, input.value("written", json()), erp_version(now));
            if (!before.at("exists").get<bool>()) return remove(self, call, about, now, before);
            auto change = named(before);
            change["data"] = way_back(before.at("state"), now.at("data"), about);
            change["if_version"] = now.at("version");
            const auto written = self.update(call, change);
            return {{"result", "restored"}, {"version", written.at("version")}};
        }
    }

    static json create(Self& self, Call& call, const json& input) {
        if constexpr (requires { self.create(call, input); }) {
            return self.create(call, input);
        } else {
            throw lacks("createProductErpData");
        }
    }

    static json changes(Self& self, Call& call, const json& input) {
        if constexpr (requires { self.changes(call, input); }) {
            return self.changes(call, input);
        } else {
            throw lacks("listProductErpChanges");
        }
    }

    static json backup(Self& self, Call& call, const json& input) {
        if constexpr (requires { self.backup(call, input); }) {
            return self.backup(call, input);
        } else {
            throw lacks("backupTo");
        }
    }

private:
    static Error lacks(const std::string& method) {
        return {GANTRY_E_UNSUPPORTED, "this connector has no " + method, GANTRY_EF_NOT_APPLIED};
    }

    static json named(const json& input) {
        json out = {{"id", input.at("id")}};
        if (input.contains("ref")) out["ref"] = input.at("ref");
        return out;
    }

    /// Null where there is no such product.
    static json find(Self& self, Call& call, const json& input) {
        try {
            auto found = self.retrieve(call, named(input));
            if (erp_version(found).is_string()) return found;
            throw Error(GANTRY_E_INTERNAL,
                        "retrieve answered no text as version, and without it nothing is restored",
                        GANTRY_EF_NOT_APPLIED);
        } catch (const Error& e) {
            if (e.code() != GANTRY_E_NOT_FOUND) throw;
            return nullptr;
        }
    }

    static void check_ours(const json& before, const json& written, const json& now) {
        if (!written.is_null() && now == written) return;
        throw Error(GANTRY_E_CHANGED,
                    "product " + before.at("id").dump() + " is at version " + now.dump() +
                        (written.is_null() ? ", and whether that is our write is not known"
                                           : ", we wrote " + written.dump() +
                                                 ": somebody else changed it since") +
                        "; compare the two and decide which is to stay",
                    GANTRY_EF_NOT_APPLIED,
                    {{"before", before.at("version")}, {"ours", written}, {"now", now}});
    }

    /// The fields that differ and may be written, as they were; null where there was none.
    static json way_back(const json& before, const json& now, const json& about) {
        std::set<std::string> fixed;
        for (const auto& field : about.value("fields", json::array())) {
            if (!field.value("writable", true)) fixed.insert(field.at("name"));
        }
        json out = json::object();
        for (const auto* side : {&before, &now}) {
            for (const auto& [name, value] : side->items()) {
                const auto was = before.value(name, json());
                if (was != now.value(name, json()) && !fixed.contains(name)) out[name] = was;
            }
        }
        return out;
    }

    /// What was not there before goes as `describe` says.
    static json remove(Self& self, Call& call, const json& about, const json& now,
                       const json& before) {
        if constexpr (requires { self.remove(call, now); }) {
            auto what = named(before);
            what["if_version"] = now.at("version");
            const auto left = self.remove(call, what);
            const bool marked = about.value("remove", "none") == "mark";
            return {{"result", marked ? "marked" : "restored"},
                    {"version", left.is_object() ? left.value("version", json()) : json()}};
        } else {
            throw Error(GANTRY_E_UNSUPPORTED,
                        "product " + before.at("id").dump() +
                            " did not exist before, and this connector removes nothing; remove it "
                            "in the ERP",
                        GANTRY_EF_NOT_APPLIED, {{"now", now.at("version")}});
        }
    }
};

}  // namespace detail

/// GANTRY_PLUGIN(MyErp, gantry::ErpV1) offers gantry.erp/1 by the members of MyErp, each
/// json(gantry::Call&, const json& input) with the input of that method:
///   describe, retrieve, update   needed. `version` is a tag of the content: equal content of a
///                                product has an equal one, whenever it was written
///   snapshot, restore            derived where there is none: a change is taken back by `update`
///   remove                       {id, ref?, if_version} of a product that is to go, as describe's
///                                "remove" says; answers {version} where it is marked. Without it
///                                a product that a write created is not taken back: UNSUPPORTED
///   create, changes, backup      createProductErpData, listProductErpChanges and backupTo; name
///                                them in the manifest
/// `retrieve` says NOT_FOUND for a product that is not there. A derived restore cannot know a write
/// whose answer was lost: where the product is not as before, it says CHANGED and a person decides.
struct ErpV1 {
    template <typename Self>
    using Methods = Serves<"gantry.erp/1", Method<"describe", &detail::Erp<Self>::describe>,
                           Method<"retrieveProductErpDetails", &detail::Erp<Self>::retrieve>,
                           Method<"updateProductErpData", &detail::Erp<Self>::update>,
                           Method<"snapshotProduct", &detail::Erp<Self>::snapshot>,
                           Method<"restoreProduct", &detail::Erp<Self>::restore>,
                           Method<"createProductErpData", &detail::Erp<Self>::create>,
                           Method<"listProductErpChanges", &detail::Erp<Self>::changes>,
                           Method<"backupTo", &detail::Erp<Self>::backup>>;

    template <typename Self>
    static constexpr gantry_service table = Methods<Self>::template table<Self>;
};

}  // namespace gantry
