// Items and companies, named and sized as Business Central's API v2.0 has them.
namespace bc;

entity companies {
  key id : UUID;
  name   : String(30);
  items  : Composition of many items on items.company = $self;
}

entity items {
  key id                : UUID;
  number                : String(20) default '';
  displayName           : String(100) default '';
  displayName2          : String(50) default '';
  type                  : String(20) default 'Inventory';
  blocked               : Boolean default false;
  gtin                  : String(14) default '';
  unitPrice             : Decimal(18,5) default 0;
  baseUnitOfMeasureCode : String(10) default '';
  lastModifiedDateTime  : Timestamp @cds.on.insert: $now @cds.on.update: $now;
  company               : Association to companies;
}
