/* gantry/http.h - the extension "gantry.http/1": HTTP requests made by the host, for a plugin.
 *
 * const gantry_http* http = host->get_extension(host, GANTRY_HTTP_1); NULL: this host has none.
 *
 * The host keeps connections, does TLS and proxies, ends a request at its call's deadline, tells
 * the other side the call's idempotency key and trace, and refuses what the call may not do: a
 * write from a read method, or before record_undo has returned in a step that declares it, and any
 * host that the module's configuration does not name. The rules of abi.h hold here. */
#ifndef GANTRY_HTTP_H
#define GANTRY_HTTP_H

#include <gantry/abi.h>

GANTRY_EXTERN_C_BEGIN

#define GANTRY_HTTP_1 "gantry.http/1"

/* The request changes nothing on the other side although its method is none of GET, HEAD and
 * OPTIONS: a query by POST, a sign-in. It gets no idempotency key. */
#define GANTRY_HTTP_READS (1u << 0)

/* Sends nothing: it says that the write of this call that was answered last, with 2xx, changed
 * nothing, as a GraphQL server refuses. Say it before the next request. Then an error with
 * NOT_APPLIED keeps that flag, which the host takes away after any other write that was answered
 * 2xx. The reply is a response with status 0; MISUSE where there is no such write, and from a host
 * that does not know this flag: then the flag is taken away. All else in the request is empty. */
#define GANTRY_HTTP_UNCHANGED (1u << 1)

typedef struct gantry_http_request {
    uint32_t struct_size;
    uint32_t flags;      /* GANTRY_HTTP_* */
    gantry_str method;   /* "GET", in capitals */
    gantry_str url;      /* absolute, http or https, escaped; no user or password in it */
    gantry_str headers;  /* JSON object, name -> text; or empty */
    gantry_str body;     /* bytes; at most 16 MiB */
    gantry_str key;      /* last part of the idempotency key of a write, without "/"; empty:
                            "http#<n>", n counting the writes of this kind within the attempt */
    uint32_t timeout_ms; /* of this request; 0, or longer: what is left of the call */
    uint32_t reserved;   /* 0 */
} gantry_http_request;

/* Borrowed until the reply function returns. */
typedef struct gantry_http_response {
    uint32_t struct_size;
    uint32_t status;    /* 200, also 404 or 503: an answer is no error */
    gantry_str headers; /* JSON object, lower-case name -> text; repeated ones joined by ", " */
    gantry_str body;    /* bytes; at most 16 MiB */
} gantry_http_response;

/* Exactly once, before or after send() returns, on any thread; one of both is NULL. Without an
 * answer:
 *   UNAVAILABLE  not reached, or the reply was lost. MAYBE_APPLIED when a write was sent, else
 *                NOT_APPLIED
 *   DEADLINE     the call's time, or the request's, is over; flags as above
 *   CANCELLED    the call was told to stop; flags as above
 *   CONFIG       the certificate is not trusted; the host is not one that the module may reach
 *   TOO_LARGE    the body, or the answer
 *   MISUSE       no absolute URL, bad headers, a write where the call may not write
 *   STALE        the call is over */
typedef void(GANTRY_CALL* gantry_http_reply_fn)(void* user, const gantry_http_response* response,
                                                const gantry_error* error) GANTRY_NOEXCEPT;

typedef struct gantry_http {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */

    /* [any] Follows no redirect: a 3xx is an answer like any other. `call` is a call under way, or
     * that of create(); without one there is no HTTP. */
    void(GANTRY_CALL* send)(const gantry_host* host, gantry_call call,
                            const gantry_http_request* request, gantry_http_reply_fn reply,
                            void* user) GANTRY_NOEXCEPT;
} gantry_http;

GANTRY_EXTERN_C_END

#if UINTPTR_MAX == UINT64_MAX
GANTRY_STATIC_ASSERT(offsetof(gantry_http_request, reserved) == 92, "gantry_http_request");
GANTRY_STATIC_ASSERT(offsetof(gantry_http_response, body) == 24, "gantry_http_response");
GANTRY_STATIC_ASSERT(offsetof(gantry_http, send) == 8, "gantry_http");
#endif

#endif /* GANTRY_HTTP_H */
