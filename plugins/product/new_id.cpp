#include "new_id.hpp"

#include "refusal.hpp"

namespace catalogue {

std::string new_id(const Write& write, const Table& table, const json& data) {
    if (!data.contains("id")) return write.ids.make(table.prefix);
    auto id = data.at("id").get<std::string>();
    if (id.empty()) throw invalid_data(std::string(table.title) + " id is required");
    return id;
}

}  // namespace catalogue
