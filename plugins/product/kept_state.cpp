#include "kept_state.hpp"

#include <zlib.h>
#include <gantry/rules/depth.hpp>
#include <gantry/rules/limits.hpp>

#include <algorithm>
#include <string>

#include "refusal.hpp"
#include "sql/base64.hpp"

namespace catalogue {

namespace {

constexpr const char* kRest = "rest";
constexpr int kDeepestRest = gantry::rules::kServicePayload.depth;

void refuse_beyond(std::size_t size, std::size_t limit, const std::string& what) {
    if (size <= limit) return;
    throw Error(GANTRY_E_TOO_LARGE,
                "the product is too large to be put back by an undo: its undo data has " +
                    std::to_string(size) + " bytes " + what + ", at most " + std::to_string(limit) +
                    " are allowed. Nothing was changed; it has to have fewer variants or less "
                    "metadata",
                GANTRY_EF_NOT_APPLIED, {{"size", size}, {"limit", limit}});
}

Error unreadable(const std::string& why) {
    return invalid_data("snapshot.state.rest " + why + "; give the snapshot as it was taken");
}

std::string deflated(const std::string& text) {
    auto size = compressBound(text.size());
    std::string packed(size, '\0');
    const auto status = compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                                 reinterpret_cast<const Bytef*>(text.data()), text.size());
    if (status != Z_OK) throw Error(GANTRY_E_INTERNAL, zError(status), GANTRY_EF_NOT_APPLIED);
    packed.resize(size);
    return packed;
}

std::string inflated(const std::string& packed, std::size_t bytes) {
    std::string text(bytes, '\0');
    auto size = static_cast<uLongf>(bytes);
    const auto status = uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                                   reinterpret_cast<const Bytef*>(packed.data()), packed.size());
    if (status != Z_OK || size != bytes) {
        throw unreadable("is no zlib data of " + std::to_string(bytes) + " bytes");
    }
    return text;
}

json parsed(const std::string& text) {
    if (gantry::rules::is_deeper(text, kDeepestRest)) throw unreadable("holds no rows");
    auto rows = json::parse(text, nullptr, /*allow_exceptions=*/false);
    const bool is_good =
        rows.is_object() && std::all_of(rows.begin(), rows.end(), [](const json& of_table) {
            return of_table.is_array() &&
                   std::all_of(of_table.begin(), of_table.end(),
                               [](const json& row) { return row.is_object(); });
        });
    if (!is_good) throw unreadable("holds no rows");
    return rows;
}

}  // namespace

json kept(json state) {
    if (state.is_null()) return state;
    json own = std::move(state.at(kProduct.name));
    state.erase(kProduct.name);
    const auto text = state.dump();
    if (text.size() + own.dump().size() <= kMostReadable) {
        state[kProduct.name] = std::move(own);
        return state;
    }
    refuse_beyond(text.size(), kMostUnpacked, "before it is packed");
    json out = {{kProduct.name, std::move(own)},
                {kRest, {{"zlib", plugin_sql::base64(deflated(text))}, {"bytes", text.size()}}}};
    refuse_beyond(out.dump().size(), kMostKept, "packed");
    return out;
}

json unkept(const json& state) {
    if (!state.is_object() || !state.contains(kRest)) return state;
    const auto& rest = state.at(kRest);
    const bool is_packed = rest.is_object() && rest.contains("bytes") && rest.contains("zlib") &&
                           rest["bytes"].is_number_unsigned() && rest["zlib"].is_string();
    if (!is_packed) throw unreadable("has no \"bytes\" and \"zlib\"");
    const auto bytes = rest.at("bytes").get<std::size_t>();
    if (bytes > kMostUnpacked) {
        throw unreadable("has " + std::to_string(bytes) + " bytes, at most " +
                         std::to_string(kMostUnpacked) + " are allowed");
    }
    const auto packed = plugin_sql::from_base64(rest.at("zlib").get_ref<const std::string&>());
    if (!packed) throw unreadable("is no base64");
    json out = parsed(inflated(*packed, bytes));
    out[kProduct.name] = state.at(kProduct.name);
    return out;
}

}  // namespace catalogue
