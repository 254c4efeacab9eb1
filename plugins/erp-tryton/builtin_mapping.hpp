// The mapping that is used where no file is named; of it what the server has no field for is left
// out. Tryton indexes names, and PostgreSQL takes no longer ones into an index.
#pragma once

#include <gantry/json.hpp>

namespace erp_tryton {

inline gantry::json builtin_mapping() {
    return gantry::json::parse(R"({
        "fields": {
            "title": {"to": "template.name", "required": true, "max_length": 500},
            "description": {"to": "product.description", "type": "text"},
            "status": {"to": "template.active", "required": true,
                       "values": {"published": true, "draft": false}},
            "price": {"to": "template.list_price", "type": "decimal", "decimals": 4},
            "weight": {"to": "template.weight", "type": "integer", "unit": "g"},
            "length": {"to": "template.length", "type": "integer", "unit": "mm"},
            "height": {"to": "template.height", "type": "integer", "unit": "mm"},
            "width": {"to": "template.width", "type": "integer", "unit": "mm"},
            "subtitle": {"to": "attributes.subtitle"},
            "material": {"to": "attributes.material"},
            "hs_code": {"to": "attributes.hs_code"},
            "origin_country": {"to": "attributes.origin_country"},
            "mid_code": {"to": "attributes.mid_code"}
        },
        "constants": {"template.type": "goods", "template.default_uom": "u"}
    })");
}

}  // namespace erp_tryton
