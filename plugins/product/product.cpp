// The plugin: every method of gantry.product/1, handed to the catalogue with the call's key.
#include <gantry/plugin.hpp>

#include "catalogue.hpp"

namespace catalogue {

class ProductPlugin {
public:
    explicit ProductPlugin(const json& options) : catalogue_(options) {}

    template <gantry::Name kName>
    json call(gantry::Call& call, const json& input) {
        return catalogue_.call(gantry::view(kName.str()), call.idempotency_key(), input);
    }

    void ping(gantry::Call&) { catalogue_.ping(); }

    json backup(gantry::Call&, const json& input) { return catalogue_.backup(input); }

private:
    Catalogue catalogue_;
};

template <gantry::Name kName>
using Method = gantry::Method<kName, &ProductPlugin::call<kName>>;

using Service = gantry::Serves<
    "gantry.product/1", Method<"retrieveProduct">, Method<"listProducts">,
    Method<"listAndCountProducts">, Method<"createProducts">, Method<"updateProducts">,
    Method<"upsertProducts">, Method<"deleteProducts">, Method<"softDeleteProducts">,
    Method<"restoreProducts">, Method<"retrieveProductVariant">, Method<"listProductVariants">,
    Method<"listAndCountProductVariants">, Method<"createProductVariants">,
    Method<"updateProductVariants">, Method<"upsertProductVariants">,
    Method<"deleteProductVariants">, Method<"softDeleteProductVariants">,
    Method<"restoreProductVariants">, Method<"retrieveProductOption">, Method<"listProductOptions">,
    Method<"listAndCountProductOptions">, Method<"createProductOptions">,
    Method<"updateProductOptions">, Method<"upsertProductOptions">, Method<"deleteProductOptions">,
    Method<"softDeleteProductOptions">, Method<"restoreProductOptions">,
    Method<"retrieveProductOptionValue">, Method<"listProductOptionValues">,
    Method<"listAndCountProductOptionValues">, Method<"createProductOptionValues">,
    Method<"updateProductOptionValues">, Method<"upsertProductOptionValues">,
    Method<"deleteProductOptionValues">, Method<"softDeleteProductOptionValues">,
    Method<"restoreProductOptionValues">, Method<"retrieveProductImage">,
    Method<"listProductImages">, Method<"listAndCountProductImages">, Method<"createProductImages">,
    Method<"updateProductImages">, Method<"upsertProductImages">, Method<"deleteProductImages">,
    Method<"softDeleteProductImages">, Method<"restoreProductImages">, Method<"retrieveProductTag">,
    Method<"listProductTags">, Method<"listAndCountProductTags">, Method<"createProductTags">,
    Method<"updateProductTags">, Method<"upsertProductTags">, Method<"deleteProductTags">,
    Method<"softDeleteProductTags">, Method<"restoreProductTags">, Method<"retrieveProductType">,
    Method<"listProductTypes">, Method<"listAndCountProductTypes">, Method<"createProductTypes">,
    Method<"updateProductTypes">, Method<"upsertProductTypes">, Method<"deleteProductTypes">,
    Method<"softDeleteProductTypes">, Method<"restoreProductTypes">,
    Method<"retrieveProductCollection">, Method<"listProductCollections">,
    Method<"listAndCountProductCollections">, Method<"createProductCollections">,
    Method<"updateProductCollections">, Method<"upsertProductCollections">,
    Method<"deleteProductCollections">, Method<"softDeleteProductCollections">,
    Method<"restoreProductCollections">, Method<"retrieveProductCategory">,
    Method<"listProductCategories">, Method<"listAndCountProductCategories">,
    Method<"createProductCategories">, Method<"updateProductCategories">,
    Method<"upsertProductCategories">, Method<"deleteProductCategories">,
    Method<"softDeleteProductCategories">, Method<"restoreProductCategories">,
    Method<"addImageToVariant">, Method<"removeImageFromVariant">, Method<"snapshotProduct">,
    Method<"restoreProduct">, Method<"listProductEvents">,
    gantry::Method<"backupTo", &ProductPlugin::backup>>;

}  // namespace catalogue

GANTRY_PLUGIN(catalogue::ProductPlugin, catalogue::Service);
