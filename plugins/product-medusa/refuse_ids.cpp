#include "refuse_ids.hpp"

#include <algorithm>

#include "refusal.hpp"

namespace product_medusa {

void refuse_ids(const json& rows, const char* name) {
    for (const auto& row : rows) {
        if (row.contains("id")) {
            throw beyond(std::string("Medusa gives ") + name +
                         " their ids; leave out \"id\": " + row.at("id").dump());
        }
        const auto values = row.value("values", json::array());
        const auto other = std::find_if(values.begin(), values.end(),
                                        [](const json& value) { return !value.is_string(); });
        if (other == values.end()) continue;
        throw beyond("Medusa's admin API takes the values of options as texts, not " +
                     other->dump());
    }
}

}  // namespace product_medusa
