// Checks that gantry.erp/1 and gantry.product/1 have alike.
#pragma once

#include "check/check.hpp"
#include "check/record.hpp"

#include <array>

namespace gantry::host::check {

inline constexpr std::string_view kErp = "gantry.erp/1";
inline constexpr std::string_view kProduct = "gantry.product/1";

template <const std::string_view& kInterface, void (*kCheck)(Record& record)>
void of(Subject& subject) {
    Record record(subject, std::string(kInterface));
    kCheck(record);
}

/// One check of both interfaces.
struct Shared {
    struct Side {
        std::string_view code;
        std::string_view id;
        void (*run)(Subject& subject);
    };
    Side erp;
    Side product;
    std::string_view says;
    std::string_view todo;
};

/// `erp`, `product`: code and id of the check.
template <void (*kCheck)(Record& record)>
Shared shared(std::array<std::string_view, 2> erp, std::array<std::string_view, 2> product,
              std::string_view says, std::string_view todo) {
    return {{erp[0], erp[1], &of<kErp, kCheck>},
            {product[0], product[1], &of<kProduct, kCheck>},
            says,
            todo};
}

inline std::vector<Check> checks_of(const std::vector<Shared>& all) {
    constexpr auto kLimit = std::chrono::seconds(60);
    std::vector<Check> checks;
    for (const auto& one : all) {
        for (const auto& side : {one.erp, one.product}) {
            checks.push_back({side.code, side.id, 2, one.says, one.todo, kLimit, side.run});
        }
    }
    return checks;
}

}  // namespace gantry::host::check
