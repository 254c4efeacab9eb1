using { s4 } from '../db/schema';

// S/4HANA "Product" API, OData V4 (API_PRODUCT, service version 0002): path, entity set and property names, ETag on
// LastChangeDateTime, products cannot be deleted (set IsMarkedForDeletion), children are created through the parent.
@path: '/sap/opu/odata4/sap/api_product/srvd_a2x/sap/product/0002'
@requires: 'API_PRODUCT'
service PRODUCT {
  @Capabilities.DeleteRestrictions.Deletable: false
  @Capabilities.NavigationRestrictions.RestrictedProperties: [
    { NavigationProperty: _ProductDescription,   InsertRestrictions: { Insertable: true } },
    { NavigationProperty: _ProductPlant,         InsertRestrictions: { Insertable: true } },
    { NavigationProperty: _ProductSalesDelivery, InsertRestrictions: { Insertable: true } },
    { NavigationProperty: _ProductUnitOfMeasure, InsertRestrictions: { Insertable: true } },
    { NavigationProperty: _ProductValuation,     InsertRestrictions: { Insertable: true } }
  ]
  entity Product as projection on s4.Products {
    Product, ProductType, CreationDate, CreationDateTime, CreatedByUser, LastChangeDate, LastChangedByUser,
    @odata.etag LastChangeDateTime,
    IsMarkedForDeletion, CrossPlantStatus, CrossPlantStatusValidityDate, ProductOldID, GrossWeight, WeightUnit, NetWeight,
    ProductGroup, BaseUnit, ItemCategoryGroup, Division, VolumeUnit, ProductVolume, SizeOrDimensionText, IndustryStandardName,
    ProductStandardID, InternationalArticleNumberCat, ProductIsConfigurable, IsBatchManagementRequired, ExternalProductGroup,
    CrossPlantConfigurableProduct, BaseUnitSpecificProductLength, BaseUnitSpecificProductWidth, BaseUnitSpecificProductHeight,
    ProductMeasurementUnit, ArticleCategory, IndustrySector, ProductHierarchy, BasicProduct,
    Descriptions as _ProductDescription, Plants as _ProductPlant, Sales as _ProductSalesDelivery,
    Units as _ProductUnitOfMeasure, Valuations as _ProductValuation
  };
  // In S/4 the ETag of a child is its product's LastChangeDateTime.
  @Capabilities.InsertRestrictions.Insertable: false
  entity ProductDescription   as projection on s4.Descriptions  { *, to_Product as _Product, to_Product.LastChangeDateTime as ProductChangedAt @odata.etag @readonly } excluding { to_Product };
  @Capabilities: { InsertRestrictions.Insertable: false, DeleteRestrictions.Deletable: false }
  entity ProductPlant         as projection on s4.Plants        { *, to_Product as _Product, to_Product.LastChangeDateTime as ProductChangedAt @odata.etag @readonly } excluding { to_Product };
  @Capabilities: { InsertRestrictions.Insertable: false, DeleteRestrictions.Deletable: false }
  entity ProductSalesDelivery as projection on s4.SalesDelivery { *, to_Product as _Product, to_Product.LastChangeDateTime as ProductChangedAt @odata.etag @readonly } excluding { to_Product };
  @Capabilities.InsertRestrictions.Insertable: false
  entity ProductUnitOfMeasure as projection on s4.Units         { *, to_Product as _Product, to_Product.LastChangeDateTime as ProductChangedAt @odata.etag @readonly } excluding { to_Product };
  @Capabilities: { InsertRestrictions.Insertable: false, DeleteRestrictions.Deletable: false }
  entity ProductValuation     as projection on s4.Valuations    { *, to_Product as _Product, to_Product.LastChangeDateTime as ProductChangedAt @odata.etag @readonly } excluding { to_Product };
}
