/* gantry/abi.h - the whole binary contract between the host and a plugin.
 *
 * Five rules; every line below follows from them.
 *
 * GROWTH   A released struct only grows at its end. It opens with `struct_size`, which its producer
 *          sets; its reader asks GANTRY_HAS() before touching a field younger than minor 0. No
 *          implicit padding: a field must never hide in old padding. Arrays hold pointers, never
 *          structs, so that a grown struct never changes a stride. A changed meaning is a new field
 *          or a new id. A new major is a new entry symbol.
 * MEMORY   Every pointer is borrowed until the call it was passed to returns; copy to keep. Nothing
 *          allocated on one side is freed on the other. Static tables live forever.
 * ERRORS   No exception, longjmp or thread exit crosses. Every call ends in one complete().
 * THREADS  Each function carries a tag. [any] any thread, concurrently. [worker] host threads,
 *          concurrent up to the manifest's "max_concurrency" (default 1). [control] never
 *          concurrent with itself or, for one instance, with another [control] call. The host holds
 *          no lock while it calls a plugin.
 * UNLOAD   After destroy() returns, no thread may run plugin code and no host function may be
 *          called. The mapping stays until the process ends: nothing relies on dlclose.
 *
 * Strings are UTF-8 with a length; only ids and the manifest are C literals. Payloads are JSON, at
 * most 1 MiB and 200 levels deep. C11, or C++17 and newer. Includes nothing but the two headers
 * below. */
#ifndef GANTRY_ABI_H
#define GANTRY_ABI_H

#include <stddef.h>
#include <stdint.h>

#define GANTRY_ABI_MAJOR 1 /* in the entry symbol's name */
#define GANTRY_ABI_MINOR 0 /* additive; what this header describes */

/* What a plugin is compiled against. Pin the lowest minor that serves: every host at or above
 * it loads the result. The host defines it as GANTRY_ABI_MINOR. */
#ifndef GANTRY_TARGET_MINOR
#define GANTRY_TARGET_MINOR 0
#endif
#if GANTRY_TARGET_MINOR > GANTRY_ABI_MINOR
#error "GANTRY_TARGET_MINOR is newer than this header"
#endif

#ifdef __cplusplus
#define GANTRY_EXTERN_C_BEGIN extern "C" {
#define GANTRY_EXTERN_C_END }
#define GANTRY_NOEXCEPT noexcept /* part of the type: a throwing function does not compile here */
#define GANTRY_STATIC_ASSERT(c, m) static_assert(c, m)
#else
#define GANTRY_EXTERN_C_BEGIN
#define GANTRY_EXTERN_C_END
#define GANTRY_NOEXCEPT
#define GANTRY_STATIC_ASSERT(c, m) _Static_assert(c, m)
#endif

#define GANTRY_CALL
#define GANTRY_EXPORT __attribute__((visibility("default")))
#define GANTRY_IN_SECTION(name) __attribute__((section(name), used))

/* KNOWS: the producer of *p had `field`. HAS: it also set it (pointers only). */
#define GANTRY_KNOWS(p, field) \
    ((p)->struct_size >= offsetof(__typeof__(*(p)), field) + sizeof((p)->field))
#define GANTRY_HAS(p, field) (GANTRY_KNOWS(p, field) && (p)->field != NULL)

GANTRY_EXTERN_C_BEGIN

typedef struct gantry_str {
    const char* ptr; /* may be NULL when len is 0 */
    size_t len;
} gantry_str;

/* One run of one plugin function. A number with a generation, not a pointer: after complete() or
 * its deadline it is stale, and every host function answers GANTRY_E_STALE for it, never undefined.
 * A cancellation alone does not make it stale. */
typedef uint64_t gantry_call;
#define GANTRY_NO_CALL UINT64_C(0)

typedef struct gantry_instance gantry_instance; /* the plugin's own; the host only hands it back */

/* ---- Errors ------------------------------------------------------------------------------ */

/* The class decides what the host does; the number says why. An older host that meets a newer
 * number still knows its class, and an unknown class means GANTRY_CLASS_PERMANENT. */
typedef int32_t gantry_status;
#define GANTRY_ERROR(cls, n) (((cls) << 16) | (n))
#define GANTRY_CLASS(s) ((s) >> 16)
enum {
    GANTRY_CLASS_OK = 0,
    GANTRY_CLASS_RETRYABLE = 1, /* the same call may succeed later */
    GANTRY_CLASS_PERMANENT = 2, /* the same call will never succeed; compensate */
    GANTRY_CLASS_INPUT = 3,     /* the caller's data is wrong; compensate, tell the caller */
    GANTRY_CLASS_CONFIG = 4,    /* an operator must act; park the workflow */
    GANTRY_CLASS_STOPPED = 5,   /* cancelled, late or stale; the host asked for it */
    GANTRY_CLASS_BUG = 6        /* the contract was broken */
};
enum {
    GANTRY_OK = 0,
    GANTRY_E_UNAVAILABLE = GANTRY_ERROR(GANTRY_CLASS_RETRYABLE, 1),
    GANTRY_E_RATE_LIMITED = GANTRY_ERROR(GANTRY_CLASS_RETRYABLE, 2), /* see retry_after_ms */
    GANTRY_E_CONFLICT = GANTRY_ERROR(GANTRY_CLASS_RETRYABLE, 3),     /* lost a race; read again */
    GANTRY_E_REJECTED = GANTRY_ERROR(GANTRY_CLASS_PERMANENT, 1),     /* a business rule said no */
    GANTRY_E_NOT_FOUND = GANTRY_ERROR(GANTRY_CLASS_PERMANENT, 2),
    GANTRY_E_UNSUPPORTED = GANTRY_ERROR(GANTRY_CLASS_PERMANENT, 3),
    GANTRY_E_CHANGED = GANTRY_ERROR(GANTRY_CLASS_PERMANENT, 4), /* by others, since our write */
    GANTRY_E_INVALID_DATA = GANTRY_ERROR(GANTRY_CLASS_INPUT, 1),
    GANTRY_E_TOO_LARGE = GANTRY_ERROR(GANTRY_CLASS_INPUT, 2),
    GANTRY_E_CONFIG = GANTRY_ERROR(GANTRY_CLASS_CONFIG, 1),
    GANTRY_E_AUTH = GANTRY_ERROR(GANTRY_CLASS_CONFIG, 2),
    GANTRY_E_CANCELLED = GANTRY_ERROR(GANTRY_CLASS_STOPPED, 1),
    GANTRY_E_DEADLINE = GANTRY_ERROR(GANTRY_CLASS_STOPPED, 2),
    GANTRY_E_STALE = GANTRY_ERROR(GANTRY_CLASS_STOPPED, 3), /* this gantry_call is over */
    GANTRY_E_INTERNAL = GANTRY_ERROR(GANTRY_CLASS_BUG, 1),
    GANTRY_E_MISUSE = GANTRY_ERROR(GANTRY_CLASS_BUG, 2)
};

/* MAYBE_APPLIED: the effect may have happened although the call failed (a lost reply). NOT_APPLIED:
 * it certainly did not (the system refused before it changed anything). Neither: the plugin does
 * not know. A failed step that recorded undo data is undone unless NOT_APPLIED is set. */
#define GANTRY_EF_MAYBE_APPLIED (1u << 0)
#define GANTRY_EF_NOT_APPLIED (1u << 1)

typedef struct gantry_error {
    uint32_t struct_size;
    gantry_status code;
    uint32_t flags; /* GANTRY_EF_* */
    uint32_t retry_after_ms;
    gantry_str message; /* one line for operators; no secrets */
    gantry_str details; /* JSON object, or empty */
} gantry_error;

/* ---- What the host gives a plugin --------------------------------------------------------- */

typedef int32_t gantry_log_level;
enum { GANTRY_LOG_DEBUG = 0, GANTRY_LOG_INFO = 1, GANTRY_LOG_WARN = 2, GANTRY_LOG_ERROR = 3 };

/* How a call ends. */
typedef struct gantry_result {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    gantry_str output; /* JSON */
    gantry_str undo;   /* what compensate is given; ptr NULL: what record_undo kept, else output */
    const gantry_error* error; /* NULL on success */
} gantry_result;

/* A call of another service. It inherits the caller's cancellation, and its deadline less a margin
 * in which the caller can still report. */
typedef struct gantry_service_request {
    uint32_t struct_size;
    uint32_t reserved;  /* 0 */
    gantry_str service; /* a name the manifest requires; UNSUPPORTED where that is optional and no
                           module serves it */
    gantry_str method;  /* empty: nothing is called, the reply says whether the name is served */
    gantry_str input;   /* JSON */
    gantry_str key;     /* last part of the idempotency key, without "/"; empty:
                           "<service>.<method>#<n>", n counting the writes of this method within the
                           attempt */
} gantry_service_request;

/* Called exactly once, before or after the function it was given to returns, on any thread.
 * Borrowed strings. Hold no lock in complete(): a reply may run on the completer's stack. */
typedef void(GANTRY_CALL* gantry_reply_fn)(void* user, gantry_str output,
                                           const gantry_error* error) GANTRY_NOEXCEPT;

/* Valid from create() until destroy() returns. All functions are [any]. */
typedef struct gantry_host {
    uint32_t struct_size;
    uint32_t abi_minor;
    void* ctx; /* the host's own */
    gantry_str name;
    gantry_str version;

    /* Ends a call, exactly once. Copied before this returns; never runs other plugin code.
     * GANTRY_E_STALE: too late, drop it. GANTRY_E_MISUSE: not JSON; ended as a bug. */
    gantry_status(GANTRY_CALL* complete)(const struct gantry_host* host, gantry_call call,
                                         const gantry_result* result) GANTRY_NOEXCEPT;

    /* Makes `undo` (JSON) durable before the step changes anything; `done` says when it is. A crash
     * after that still knows how to undo. An earlier attempt's is in gantry_invocation.undo. */
    void(GANTRY_CALL* record_undo)(const struct gantry_host* host, gantry_call call,
                                   gantry_str undo, gantry_reply_fn done,
                                   void* user) GANTRY_NOEXCEPT;

    /* Says "alive" and learns whether to go on. GANTRY_OK, or a GANTRY_CLASS_STOPPED code: stop
     * soon. Long work beats at least once per the manifest's "heartbeat". `progress` may be empty.
     */
    gantry_status(GANTRY_CALL* heartbeat)(const struct gantry_host* host, gantry_call call,
                                          gantry_str progress) GANTRY_NOEXCEPT;

    /* Milliseconds left; 0 or less when over; INT64_MAX when unbounded. */
    int64_t(GANTRY_CALL* remaining_ms)(const struct gantry_host* host,
                                       gantry_call call) GANTRY_NOEXCEPT;

    /* `call` ties the line to a workflow; GANTRY_NO_CALL outside one. `fields`: JSON or empty.
     * A plugin never writes to stdout or stderr. */
    void(GANTRY_CALL* log)(const struct gantry_host* host, gantry_call call, gantry_log_level level,
                           gantry_str message, gantry_str fields) GANTRY_NOEXCEPT;

    void(GANTRY_CALL* service_call)(const struct gantry_host* host, gantry_call caller,
                                    const gantry_service_request* request, gantry_reply_fn reply,
                                    void* user) GANTRY_NOEXCEPT;

    /* An optional table by id, "gantry.kv/1", or NULL. Owned by the host, lives as long as it. */
    const void*(GANTRY_CALL* get_extension)(const struct gantry_host* host,
                                            const char* id)GANTRY_NOEXCEPT;
} gantry_host;

/* ---- What a plugin gives the host --------------------------------------------------------- */

typedef struct gantry_invocation {
    uint32_t struct_size;
    uint32_t attempt; /* 1, 2, ... */
    gantry_call call;
    gantry_str workflow;        /* the workflow's name; empty outside one */
    gantry_str run_id;          /* empty outside a run */
    gantry_str idempotency_key; /* equal across retries and hosts; a compensate has its own */
    gantry_str trace_parent;    /* W3C traceparent, or empty */
    gantry_str input;           /* from a host JSON that fits the manifest's schema. Refuse what
                                   does not all the same: `gantry check` and tests send it */
    gantry_str output;          /* compensate only: invoke's output; empty when not known */
    gantry_str undo;            /* compensate: what to undo with; ptr NULL: there is none. invoke:
                                   what an earlier attempt recorded; ptr NULL on the first */
} gantry_invocation;

/* [worker] Ends in one complete() on any thread; before returning unless the manifest marks the
 * step "async". The same idempotency_key twice has the effect of once. */
typedef void(GANTRY_CALL* gantry_step_fn)(gantry_instance* self,
                                          const gantry_invocation* in) GANTRY_NOEXCEPT;

typedef struct gantry_step {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    gantry_str name;   /* "order.create", as in the manifest */
    gantry_step_fn invoke;
    gantry_step_fn compensate; /* NULL when the manifest says "compensable": false. Undoes invoke;
                              succeeds when there is nothing to undo, and when run twice. */
} gantry_step;

typedef struct gantry_service {
    uint32_t struct_size;
    uint32_t reserved;    /* 0 */
    gantry_str interface; /* "gantry.erp/1", as in the manifest */
    /* [worker] Ends in one complete(in->call), like a step. */
    void(GANTRY_CALL* call)(gantry_instance* self, gantry_str method,
                            const gantry_invocation* in) GANTRY_NOEXCEPT;
} gantry_service;

/* Static and constant: filled by the compiler, reached without running plugin logic. */
typedef struct gantry_plugin {
    uint32_t struct_size;
    uint32_t abi_minor;      /* GANTRY_ABI_MINOR of the header it was built with */
    uint32_t min_host_minor; /* older hosts refuse it; GANTRY_TARGET_MINOR, or less where every
                                younger field is behind GANTRY_HAS */
    uint32_t reserved;       /* 0 */
    const char* manifest;    /* gantry_manifest_v1: what the host read from the file */
    const gantry_step* const* steps; /* NULL-terminated */
    const gantry_service* service;   /* what a module of this plugin is in the container, or NULL */

    /* [any] Optional. A JSON array of workflow definitions, composed in code, or {"error": "why"};
     * lives as long as the mapping. The same text every time. */
    const char*(GANTRY_CALL* workflows)(void)GANTRY_NOEXCEPT;

    /* [control] `config` is JSON, valid against the manifest's schema. Completes `call`
     * exactly once; NULL after an error. Many instances may exist: keep state in the instance. */
    gantry_instance*(GANTRY_CALL* create)(const gantry_host* host, gantry_call call,
                                          gantry_str config)GANTRY_NOEXCEPT;

    /* [control] No new work comes after this. Finish or fail what is open; join threads. */
    void(GANTRY_CALL* stop)(gantry_instance* self) GANTRY_NOEXCEPT;

    /* [control] Frees the instance. */
    void(GANTRY_CALL* destroy)(gantry_instance* self) GANTRY_NOEXCEPT;

    /* [any] Optional. `call` was cancelled: unblock it. It still ends in complete(). */
    void(GANTRY_CALL* cancel)(gantry_instance* self, gantry_call call) GANTRY_NOEXCEPT;

    /* [worker] Optional. Can the configured system be reached? Ends in complete(call). */
    void(GANTRY_CALL* ping)(gantry_instance* self, gantry_call call) GANTRY_NOEXCEPT;

    /* [any] Optional table by id, or NULL. Lives as long as the mapping. */
    const void*(GANTRY_CALL* get_extension)(const char* id)GANTRY_NOEXCEPT;
} gantry_plugin;

/* The one entry. Pure: no I/O, no threads, no allocation; the same pointer every time. */
GANTRY_EXPORT const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) GANTRY_NOEXCEPT;

/* The manifest, JSON, in its own section: read from the file before any plugin code is mapped.
 * Use once: GANTRY_MANIFEST("{...}") or the CMake helper, which embeds plugin.json. */
#define GANTRY_MANIFEST_SECTION ".gantry.manifest"
GANTRY_EXPORT extern const char gantry_manifest_v1[];
#define GANTRY_MANIFEST(json) \
    GANTRY_IN_SECTION(GANTRY_MANIFEST_SECTION) const char gantry_manifest_v1[] = json

GANTRY_EXTERN_C_END

/* Frozen at minor 0: a later minor adds lines here and changes none. 64-bit targets. */
#if UINTPTR_MAX == UINT64_MAX
GANTRY_STATIC_ASSERT(sizeof(gantry_str) == 16 && sizeof(gantry_call) == 8,
                     "gantry_str, gantry_call");
GANTRY_STATIC_ASSERT(offsetof(gantry_error, details) == 32, "gantry_error");
GANTRY_STATIC_ASSERT(offsetof(gantry_host, get_extension) == 96, "gantry_host");
GANTRY_STATIC_ASSERT(offsetof(gantry_invocation, undo) == 112, "gantry_invocation");
GANTRY_STATIC_ASSERT(offsetof(gantry_step, compensate) == 32, "gantry_step");
GANTRY_STATIC_ASSERT(offsetof(gantry_service, call) == 24, "gantry_service");
GANTRY_STATIC_ASSERT(offsetof(gantry_plugin, get_extension) == 88, "gantry_plugin");
#endif

#endif /* GANTRY_ABI_H */
