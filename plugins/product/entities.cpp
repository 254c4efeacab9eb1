// The entities as data; what they do with it stands in find, filters, owned_writes and
// shared_writes.
#include "entities.hpp"

#include <algorithm>

namespace catalogue {

namespace {

using enum Relation::Kind;

constexpr std::array kOfProduct{
    Relation{"variants", kOwned, &kVariants, "product_id", "variant_rank, id", nullptr, nullptr,
             "options"},
    Relation{"options", kOwned, &kOptions, "product_id", "id", nullptr, nullptr, "values"},
    Relation{"images", kOwned, &kImages, "product_id", "rank, id"},
    Relation{"tags", kLinked, &kTags, "product_id", "id", &kTagLink, "product_tag_id"},
    Relation{"categories", kLinked, &kCategories, "product_id", "id", &kCategoryLink,
             "product_category_id"},
    Relation{"type", kReferred, &kTypes, "type_id"},
    Relation{"collection", kReferred, &kCollections, "collection_id"}};

constexpr std::array kOfVariant{
    Relation{"product", kReferred, &kProducts, "product_id"},
    Relation{"options", kLinked, &kOptionValues, "variant_id", "id", &kVariantOption,
             "option_value_id", "option"},
    Relation{"images", kShared, &kImages, "variant_id", "rank, id", &kVariantImage, "image_id"}};

constexpr std::array kOfOption{Relation{"product", kReferred, &kProducts, "product_id"},
                               Relation{"values", kOwned, &kOptionValues, "option_id"}};

constexpr std::array kOfOptionValue{Relation{"option", kReferred, &kOptions, "option_id"},
                                    Relation{"variants", kLinked, &kVariants, "option_value_id",
                                             "variant_rank, id", &kVariantOption, "variant_id"}};

constexpr std::array kOfImage{Relation{"product", kReferred, &kProducts, "product_id"},
                              Relation{"variants", kLinked, &kVariants, "image_id",
                                       "variant_rank, id", &kVariantImage, "variant_id"}};

constexpr std::array kOfTag{
    Relation{"products", kLinked, &kProducts, "product_tag_id", "id", &kTagLink, "product_id"}};

constexpr std::array kOfType{Relation{"products", kOwned, &kProducts, "type_id"}};

constexpr std::array kOfCollection{Relation{"products", kOwned, &kProducts, "collection_id"}};

constexpr std::array kOfCategory{
    Relation{"parent_category", kReferred, &kCategories, "parent_category_id"},
    Relation{"category_children", kOwned, &kCategories, "parent_category_id", "rank, id"},
    Relation{"products", kLinked, &kProducts, "product_category_id", "id", &kCategoryLink,
             "product_id"}};

constexpr std::array kInProduct{"title", "subtitle", "description", "handle"};
constexpr std::array kInVariant{"title", "sku", "barcode", "ean", "upc"};
constexpr std::array kInTitle{"title"};
constexpr std::array kInValue{"value"};
constexpr std::array kInUrl{"url"};
constexpr std::array kInCollection{"title", "handle"};
constexpr std::array kInCategory{"name", "description", "handle"};

}  // namespace

const Entity kProducts{"Product", "Products", kProduct, kOfProduct, kInProduct};
const Entity kVariants{"ProductVariant", "ProductVariants", kVariant, kOfVariant, kInVariant};
const Entity kOptions{"ProductOption", "ProductOptions", kOption, kOfOption, kInTitle};
const Entity kOptionValues{"ProductOptionValue", "ProductOptionValues", kOptionValue,
                           kOfOptionValue, kInValue};
const Entity kImages{"ProductImage", "ProductImages", kImage, kOfImage, kInUrl};
const Entity kTags{"ProductTag", "ProductTags", kTag, kOfTag, kInValue};
const Entity kTypes{"ProductType", "ProductTypes", kType, kOfType, kInValue};
const Entity kCollections{"ProductCollection", "ProductCollections", kCollection, kOfCollection,
                          kInCollection};
const Entity kCategories{"ProductCategory", "ProductCategories", kCategory, kOfCategory,
                         kInCategory};

std::span<const Entity* const> all_entities() {
    static constexpr std::array kAll{&kProducts,     &kVariants,    &kOptions,
                                     &kOptionValues, &kImages,      &kTags,
                                     &kTypes,        &kCollections, &kCategories};
    return kAll;
}

const Relation* find_relation(const Entity& entity, std::string_view name) {
    const auto found = std::find_if(entity.relations.begin(), entity.relations.end(),
                                    [&](const Relation& r) { return name == r.name; });
    return found == entity.relations.end() ? nullptr : &*found;
}

}  // namespace catalogue
