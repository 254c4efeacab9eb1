// The tables of schema.sql as data: what each column holds and whether a caller may set it.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace catalogue {

enum class Type { kText, kFlag, kInteger, kReal, kJson };

struct Column {
    const char* name;
    Type type = Type::kText;
    bool nullable = true;
    bool settable = true;  // by the caller, as it stands
};

struct Table {
    const char* name;
    const char* title;   // in messages
    const char* prefix;  // of ids
    std::span<const Column> columns;
    std::size_t key_columns = 1;  // the first ones
};

namespace columns {

inline constexpr Column kId{"id", Type::kText, false, false};
inline constexpr Column kMetadata{"metadata", Type::kJson};
inline constexpr Column kExternalId{"external_id"};
inline constexpr Column kProductId{"product_id", Type::kText, false, false};
inline constexpr Column kCreatedAt{"created_at", Type::kText, false, false};
inline constexpr Column kUpdatedAt{"updated_at", Type::kText, false, false};
inline constexpr Column kDeletedAt{"deleted_at", Type::kText, true, false};

inline constexpr std::array kProduct{kId,
                                     Column{"title", Type::kText, false},
                                     Column{"handle", Type::kText, false},
                                     Column{"subtitle"},
                                     Column{"description"},
                                     Column{"is_giftcard", Type::kFlag, false},
                                     Column{"status", Type::kText, false},
                                     Column{"thumbnail"},
                                     Column{"weight", Type::kReal},
                                     Column{"length", Type::kReal},
                                     Column{"height", Type::kReal},
                                     Column{"width", Type::kReal},
                                     Column{"origin_country"},
                                     Column{"hs_code"},
                                     Column{"mid_code"},
                                     Column{"material"},
                                     Column{"discountable", Type::kFlag, false},
                                     kExternalId,
                                     Column{"collection_id", Type::kText, true, false},
                                     Column{"type_id", Type::kText, true, false},
                                     kMetadata,
                                     Column{"version", Type::kText, false, false},
                                     kCreatedAt,
                                     kUpdatedAt,
                                     kDeletedAt};

inline constexpr std::array kVariant{kId,
                                     Column{"title", Type::kText, false},
                                     Column{"sku"},
                                     Column{"barcode"},
                                     Column{"ean"},
                                     Column{"upc"},
                                     Column{"allow_backorder", Type::kFlag, false},
                                     Column{"manage_inventory", Type::kFlag, false},
                                     Column{"hs_code"},
                                     Column{"origin_country"},
                                     Column{"mid_code"},
                                     Column{"material"},
                                     Column{"weight", Type::kReal},
                                     Column{"length", Type::kReal},
                                     Column{"height", Type::kReal},
                                     Column{"width", Type::kReal},
                                     kMetadata,
                                     Column{"variant_rank", Type::kInteger, false},
                                     Column{"thumbnail"},
                                     kProductId,
                                     kCreatedAt,
                                     kUpdatedAt,
                                     kDeletedAt};

inline constexpr std::array kOption{kId,
                                    Column{"title", Type::kText, false},
                                    Column{"is_exclusive", Type::kFlag, false},
                                    kMetadata,
                                    kProductId,
                                    kCreatedAt,
                                    kUpdatedAt,
                                    kDeletedAt};

inline constexpr std::array kOptionValue{kId,
                                         Column{"value", Type::kText, false},
                                         Column{"rank", Type::kInteger},
                                         kMetadata,
                                         Column{"option_id", Type::kText, false, false},
                                         kCreatedAt,
                                         kUpdatedAt,
                                         kDeletedAt};

inline constexpr std::array kImage{kId,
                                   Column{"url", Type::kText, false},
                                   Column{"rank", Type::kInteger, false, false},
                                   kMetadata,
                                   kProductId,
                                   kCreatedAt,
                                   kUpdatedAt,
                                   kDeletedAt};

inline constexpr std::array kValued{
    kId,       Column{"value", Type::kText, false}, kExternalId, kMetadata, kCreatedAt, kUpdatedAt,
    kDeletedAt};

inline constexpr std::array kCollection{kId,
                                        Column{"title", Type::kText, false},
                                        Column{"handle", Type::kText, false},
                                        kExternalId,
                                        kMetadata,
                                        kCreatedAt,
                                        kUpdatedAt,
                                        kDeletedAt};

inline constexpr std::array kCategory{kId,
                                      Column{"name", Type::kText, false},
                                      Column{"description", Type::kText, false},
                                      Column{"handle", Type::kText, false},
                                      Column{"mpath", Type::kText, false, false},
                                      Column{"is_active", Type::kFlag, false},
                                      Column{"is_internal", Type::kFlag, false},
                                      Column{"rank", Type::kInteger, false},
                                      kExternalId,
                                      Column{"parent_category_id"},
                                      kMetadata,
                                      kCreatedAt,
                                      kUpdatedAt,
                                      kDeletedAt};

inline constexpr std::array kVariantOption{Column{"variant_id", Type::kText, false, false},
                                           Column{"option_value_id", Type::kText, false, false}};

inline constexpr std::array kVariantImage{Column{"variant_id", Type::kText, false, false},
                                          Column{"image_id", Type::kText, false, false}};

inline constexpr std::array kTagLink{kProductId,
                                     Column{"product_tag_id", Type::kText, false, false}};

inline constexpr std::array kCategoryLink{kProductId,
                                          Column{"product_category_id", Type::kText, false, false}};

}  // namespace columns

inline constexpr Table kProduct{"product", "Product", "prod", columns::kProduct};
inline constexpr Table kVariant{"product_variant", "Product variant", "variant", columns::kVariant};
inline constexpr Table kOption{"product_option", "Product option", "opt", columns::kOption};
inline constexpr Table kOptionValue{"product_option_value", "Product option value", "optval",
                                    columns::kOptionValue};
inline constexpr Table kImage{"product_image", "Product image", "img", columns::kImage};
inline constexpr Table kTag{"product_tag", "Product tag", "ptag", columns::kValued};
inline constexpr Table kType{"product_type", "Product type", "ptyp", columns::kValued};
inline constexpr Table kCollection{"product_collection", "Product collection", "pcol",
                                   columns::kCollection};
inline constexpr Table kCategory{"product_category", "Product category", "pcat",
                                 columns::kCategory};
inline constexpr Table kVariantOption{"product_variant_option", "Variant's option", "",
                                      columns::kVariantOption, 2};
inline constexpr Table kVariantImage{"product_variant_product_image", "Variant's image", "",
                                     columns::kVariantImage, 2};
inline constexpr Table kTagLink{"product_tags", "Product's tag", "", columns::kTagLink, 2};
inline constexpr Table kCategoryLink{"product_category_product", "Product's category", "",
                                     columns::kCategoryLink, 2};

}  // namespace catalogue
