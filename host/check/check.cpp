#include "check/check.hpp"

#include <iterator>

namespace gantry::host::check {

std::string_view family_name(char letter) {
    switch (letter) {
        case 'A':
            return "The file, nothing executed";
        case 'B':
            return "Load";
        case 'C':
            return "Life cycle";
        case 'D':
            return "Steps";
        case 'E':
            return "Input";
        case 'F':
            return "Errors";
        case 'G':
            return "Time";
        case 'H':
            return "Neighbours";
        case 'L':
            return "The real system";
        default:
            return "Interface";
    }
}

bool is_named(const Check& check, std::string_view name) {
    return name == check.id || name == check.code || (name.size() == 1 && name[0] == check.code[0]);
}

const std::vector<Check>& all_checks() {
    static const std::vector<Check> all = [] {
        std::vector<Check> list;
        for (const auto& family : {file_checks(), load_checks(), lifecycle_checks(), step_checks(),
                                   undo_checks(), input_checks(), error_checks(), time_checks(),
                                   neighbour_checks(), interface_checks()}) {
            list.insert(list.end(), family.begin(), family.end());
        }
        return list;
    }();
    return all;
}

}  // namespace gantry::host::check
