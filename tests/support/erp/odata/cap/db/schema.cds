// Tables behind both services. Property names and lengths follow the public metadata of S/4HANA's product master API;
// only the part a shop connector needs is here. Initial values are '' / 0 as ABAP has them (the V4 API declares
// most properties not nullable).
namespace s4;

entity Products {
  key Product                   : String(40) @mandatory;
  ProductType                   : String(4)  not null @mandatory;
  CreationDate                  : Date        @cds.on.insert: $now;
  CreationDateTime              : Timestamp   @cds.on.insert: $now;
  CreatedByUser                 : String(12)  @cds.on.insert: $user;
  LastChangeDate                : Date        @cds.on.insert: $now;   // on update: srv/rules.js
  LastChangedByUser             : String(12)  @cds.on.insert: $user @cds.on.update: $user;
  LastChangeDateTime            : Timestamp   @cds.on.insert: $now  @cds.on.update: $now;
  IsMarkedForDeletion           : Boolean default false;
  CrossPlantStatus              : String(2)  default '';
  CrossPlantStatusValidityDate  : Date;
  ProductOldID                  : String(40) default '';
  GrossWeight                   : Decimal(13,3) default 0;
  NetWeight                     : Decimal(13,3) default 0;
  WeightUnit                    : String(3)  default '';
  CountryOfOrigin               : String(3)  default '';
  ProductGroup                  : String(9)  default '';
  BaseUnit                      : String(3)  not null @mandatory;
  ItemCategoryGroup             : String(4)  default '';
  Division                      : String(2)  default '';
  VolumeUnit                    : String(3)  default '';
  ProductVolume                 : Decimal(13,3) default 0;
  SizeOrDimensionText           : String(32) default '';
  IndustryStandardName          : String(18) default '';
  ProductStandardID             : String(18) default '';   // GTIN
  InternationalArticleNumberCat : String(2)  default '';
  ProductIsConfigurable         : Boolean default false;
  IsBatchManagementRequired     : Boolean default false;
  ExternalProductGroup          : String(18) default '';
  CrossPlantConfigurableProduct : String(40) default '';
  ManufacturerNumber            : String(10) default '';
  ProductManufacturerNumber     : String(40) default '';
  BaseUnitSpecificProductLength : Decimal(13,3) default 0;
  BaseUnitSpecificProductWidth  : Decimal(13,3) default 0;
  BaseUnitSpecificProductHeight : Decimal(13,3) default 0;
  ProductMeasurementUnit        : String(3)  default '';
  ArticleCategory               : String(2)  default '';
  IndustrySector                : String(1)  default '';
  Brand                         : String(4)  default '';
  ProductHierarchy              : String(18) default '';
  BasicProduct                  : String(48) default '';   // of V4 only

  Descriptions  : Composition of many Descriptions  on Descriptions.Product  = Product;
  BasicTexts    : Composition of many BasicTexts    on BasicTexts.Product    = Product;
  Plants        : Composition of many Plants        on Plants.Product        = Product;
  Sales         : Composition of many SalesDelivery on Sales.Product         = Product;
  Units         : Composition of many Units         on Units.Product         = Product;
  Valuations    : Composition of many Valuations    on Valuations.Product    = Product;
}

entity Descriptions {
  key Product        : String(40);
  key Language       : String(2);
  ProductDescription : String(40) not null @mandatory;
  to_Product         : Association to one Products on to_Product.Product = Product;
}

entity BasicTexts {
  key Product  : String(40);
  key Language : String(2);
  LongText     : LargeString;
  to_Product   : Association to one Products on to_Product.Product = Product;
}

entity Plants {
  key Product            : String(40);
  key Plant              : String(4);
  ProfileCode            : String(2)  default '';
  CountryOfOrigin        : String(3)  default '';
  Commodity              : String(17) default '';   // customs tariff number (V2 name)
  ProcurementType        : String(1)  default '';
  MRPType                : String(2)  default '';
  BaseUnit               : String(3)  default '';
  IsMarkedForDeletion    : Boolean default false;
  to_Product             : Association to one Products on to_Product.Product = Product;
}

entity SalesDelivery {
  key Product                    : String(40);
  key ProductSalesOrg            : String(4);
  key ProductDistributionChnl    : String(2);
  MinimumOrderQuantity           : Decimal(13,3) default 0;
  SupplyingPlant                 : String(4) default '';
  ItemCategoryGroup              : String(4) default '';
  ProductSalesStatus             : String(2) default '';
  ProductSalesStatusValidityDate : Date;
  SalesMeasureUnit               : String(3) default '';
  IsMarkedForDeletion            : Boolean default false;
  to_Product                     : Association to one Products on to_Product.Product = Product;
}

entity Units {
  key Product                   : String(40);
  key AlternativeUnit           : String(3);
  QuantityNumerator             : Decimal(5,0) default 1;
  QuantityDenominator           : Decimal(5,0) default 1;
  GrossWeight                   : Decimal(13,3) default 0;
  WeightUnit                    : String(3)  default '';
  GlobalTradeItemNumber         : String(18) default '';
  GlobalTradeItemNumberCategory : String(2)  default '';
  BaseUnit                      : String(3)  default '';
  to_Product                    : Association to one Products on to_Product.Product = Product;
}

entity Valuations {
  key Product                 : String(40);
  key ValuationArea           : String(4);
  key ValuationType           : String(10);
  ValuationClass              : String(4) default '';
  InventoryValuationProcedure : String(1) default '';
  StandardPrice               : Decimal(12,3) default 0;
  MovingAveragePrice          : Decimal(12,3) default 0;
  ProductPriceUnitQuantity    : Decimal(5,0) default 1;
  Currency                    : String(5) default '';
  IsMarkedForDeletion         : Boolean default false;
  to_Product                  : Association to one Products on to_Product.Product = Product;
}
