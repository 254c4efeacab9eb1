using { bc } from '../db/bc';

// Business Central's API v2.0 as far as a connector sees it: the keys are GUIDs that the service makes, all is below a
// company, and a change needs an ETag.
@path: '/api/v2.0'
@requires: 'API_PRODUCT'
service BusinessCentral {
  entity companies as projection on bc.companies;
  entity items as projection on bc.items { *, @odata.etag lastModifiedDateTime };
}
