/* A library of one name and two contents. */
int acme_codec(void);
int acme_codec(void) { return ACMECODEC; }
