/* Goes to every slot of abi.h and checks every answer: what it finds wrong is the error its call
 * ends with, what it was given is its output. tests/contract/abi/members_test.sh fails when abi.h
 * has a member that is not named here; so every struct is filled by names. */
#include <gantry/abi.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) \
    { .ptr = (s), .len = sizeof(s) - 1 }
#define EXPECT(condition) \
    if (!(condition)) return "not so: " #condition
#define COVERS(p, type, last) ((p)->struct_size >= offsetof(type, last) + sizeof((p)->last))

struct gantry_instance {
    const gantry_host* host;
    const char* wrong; /* found where no call was left to say it */
    int stopped;
};

/* ---- What calls end with ------------------------------------------------------------------ */

static gantry_status succeed(const gantry_host* host, gantry_call call, gantry_str output,
                             gantry_str undo) {
    const gantry_result result = {
        .struct_size = sizeof result, .reserved = 0, .output = output, .undo = undo, .error = NULL};
    return host->complete(host, call, &result);
}

static gantry_status fail(const gantry_host* host, gantry_call call, gantry_status code,
                          const char* message) {
    const gantry_error error = {.struct_size = sizeof error,
                                .code = code,
                                .flags = GANTRY_EF_NOT_APPLIED,
                                .retry_after_ms = 1234,
                                .message = {.ptr = message, .len = strlen(message)},
                                .details = TEXT("{\"by\": \"tour\"}")};
    const gantry_result result = {.struct_size = sizeof result, .error = &error};
    return host->complete(host, call, &result);
}

static const gantry_str kNothing = {.ptr = NULL, .len = 0};
static const gantry_str kNull = TEXT("null");

/* ---- What the host answers ---------------------------------------------------------------- */

struct reply {
    sem_t come;
    gantry_status code;
    size_t output;
    const char* wrong;
};

static const char* look_at_error(const gantry_error* error) {
    EXPECT(COVERS(error, gantry_error, details));
    EXPECT(GANTRY_CLASS(error->code) > GANTRY_CLASS_OK);
    EXPECT(error->flags != (GANTRY_EF_MAYBE_APPLIED | GANTRY_EF_NOT_APPLIED));
    EXPECT(error->retry_after_ms == 0);
    EXPECT(error->message.len > 0 && memchr(error->message.ptr, '\n', error->message.len) == NULL);
    EXPECT(error->details.len == 0 || error->details.ptr[0] == '{');
    return NULL;
}

static void heard(void* user, gantry_str output, const gantry_error* error) {
    struct reply* reply = user;
    reply->code = error == NULL ? GANTRY_OK : error->code;
    reply->output = output.len;
    reply->wrong = error == NULL ? NULL : look_at_error(error);
    sem_post(&reply->come);
}

static struct reply wait_for(struct reply* reply) {
    while (sem_wait(&reply->come) != 0) continue;
    sem_destroy(&reply->come);
    return *reply;
}

static struct reply record(const gantry_host* host, gantry_call call) {
    static const gantry_str undo = TEXT("{\"before\": 1}");
    struct reply reply;
    sem_init(&reply.come, 0, 0);
    host->record_undo(host, call, undo, heard, &reply);
    return wait_for(&reply);
}

static struct reply ask(const gantry_host* host, gantry_call call, gantry_str service) {
    const gantry_service_request request = {.struct_size = sizeof request,
                                            .reserved = 0,
                                            .service = service,
                                            .method = TEXT("see"),
                                            .input = TEXT("{\"do\": []}"),
                                            .key = TEXT("tour-1")};
    struct reply reply;
    sem_init(&reply.come, 0, 0);
    host->service_call(host, call, &request, heard, &reply);
    return wait_for(&reply);
}

/* Everything that a host does for a call under way. */
static const char* visit(const gantry_host* host, gantry_call call) {
    static const gantry_str half = TEXT("{\"done\": 0.5}");
    static const gantry_str line = TEXT("on tour");
    static const gantry_str leaf = TEXT("leaf");
    static const gantry_str nobody = TEXT("nobody");
    struct reply reply;
    EXPECT(COVERS(host, gantry_host, get_extension));
    EXPECT(host->ctx != NULL);
    EXPECT(host->heartbeat(host, call, half) == GANTRY_OK);
    EXPECT(host->heartbeat(host, GANTRY_NO_CALL, half) == GANTRY_E_STALE);
    EXPECT(host->remaining_ms(host, call) > 0);
    EXPECT(host->remaining_ms(host, GANTRY_NO_CALL) <= 0);
    host->log(host, call, GANTRY_LOG_INFO, line, half);
    host->log(host, GANTRY_NO_CALL, GANTRY_LOG_DEBUG, line, kNothing);
    reply = record(host, call);
    EXPECT(reply.code == GANTRY_OK);
    reply = record(host, GANTRY_NO_CALL);
    EXPECT(reply.code == GANTRY_E_STALE && reply.wrong == NULL);
    reply = ask(host, call, leaf);
    EXPECT(reply.code == GANTRY_OK && reply.output > 0);
    reply = ask(host, call, nobody);
    EXPECT(reply.code == GANTRY_E_MISUSE && reply.output == 0);
    if (reply.wrong != NULL) return reply.wrong;
    EXPECT(host->get_extension(host, "test.nothing/1") == NULL);
    EXPECT(succeed(host, GANTRY_NO_CALL, kNull, kNothing) == GANTRY_E_STALE);
#ifdef TOUR_GREEDY /* the mutant: reads what no host has promised */
    EXPECT(((const volatile unsigned char*)host)[host->struct_size] < 256);
#endif
    return NULL;
}

/* ---- The steps ---------------------------------------------------------------------------- */

#define SHOW(s) (int)(s).len, (s).len == 0 ? "" : (s).ptr
#define SHOW_JSON(s) (s).len == 0 ? 4 : (int)(s).len, (s).len == 0 ? "null" : (s).ptr

/* What the call was given is its output. */
static void report(const gantry_host* host, const gantry_invocation* in) {
    static const gantry_str undo = TEXT("{\"undo\": \"tour\"}");
    char text[2048];
    const int size = snprintf(
        text, sizeof text,
        "{\"host\": {\"name\": \"%.*s\", \"version\": \"%.*s\", \"minor\": %u, \"size\": %u},"
        " \"size\": %u, \"attempt\": %u, \"workflow\": \"%.*s\", \"run_id\": \"%.*s\","
        " \"key\": \"%.*s\", \"trace_parent\": \"%.*s\","
        " \"input\": %.*s, \"output\": %.*s, \"undo\": %.*s}",
        SHOW(host->name), SHOW(host->version), host->abi_minor, host->struct_size, in->struct_size,
        in->attempt, SHOW(in->workflow), SHOW(in->run_id), SHOW(in->idempotency_key),
        SHOW(in->trace_parent), SHOW_JSON(in->input), SHOW_JSON(in->output), SHOW_JSON(in->undo));
    const gantry_str output = {.ptr = text, .len = (size_t)size};
    if (size < 0 || (size_t)size >= sizeof text) {
        fail(host, in->call, GANTRY_E_TOO_LARGE, "the report is longer than its buffer");
    } else {
        succeed(host, in->call, output, undo);
    }
}

static void tour(gantry_instance* self, const gantry_invocation* in) {
    const char* wrong = self->wrong != NULL ? self->wrong : visit(self->host, in->call);
    if (wrong != NULL) {
        fail(self->host, in->call, GANTRY_E_INTERNAL, wrong);
    } else {
        report(self->host, in);
    }
}

static void untour(gantry_instance* self, const gantry_invocation* in) { report(self->host, in); }

static void refuse(gantry_instance* self, const gantry_invocation* in) {
    fail(self->host, in->call, GANTRY_E_REJECTED, "the tour refuses");
}

/* Ends when it is cancelled. */
static void wait_on(gantry_instance* self, const gantry_invocation* in) {
    (void)self;
    (void)in;
}

static const gantry_step tour_step = {.struct_size = sizeof tour_step,
                                      .reserved = 0,
                                      .name = TEXT("tour"),
                                      .invoke = tour,
                                      .compensate = untour};
static const gantry_step refuse_step = {.struct_size = sizeof refuse_step,
                                        .name = TEXT("refuse"),
                                        .invoke = refuse,
                                        .compensate = NULL};
static const gantry_step wait_step = {
    .struct_size = sizeof wait_step, .name = TEXT("wait"), .invoke = wait_on, .compensate = NULL};
static const gantry_step* const steps[] = {&tour_step, &refuse_step, &wait_step, NULL};

/* ---- The rest of the table ---------------------------------------------------------------- */

static void serve(gantry_instance* self, gantry_str method, const gantry_invocation* in) {
    if (method.len == 4 && memcmp(method.ptr, "echo", 4) == 0) {
        succeed(self->host, in->call, in->input, kNothing);
    } else {
        fail(self->host, in->call, GANTRY_E_UNSUPPORTED, "no such method");
    }
}

static const gantry_service service = {
    .struct_size = sizeof service, .reserved = 0, .interface = TEXT("test.tour/1"), .call = serve};

static const char* workflows(void) {
    return "[{\"name\": \"on-tour\", \"steps\": [{\"step\": \"tour\", \"with\": \"${ .input "
           "}\"}]}]";
}

static const char* end_twice(const gantry_host* host, gantry_call call) {
    EXPECT(succeed(host, call, kNull, kNothing) == GANTRY_OK);
    EXPECT(succeed(host, call, kNull, kNothing) == GANTRY_E_STALE);
    EXPECT(host->heartbeat(host, call, kNothing) == GANTRY_E_STALE);
    return NULL;
}

static gantry_instance* create(const gantry_host* host, gantry_call call, gantry_str config) {
    gantry_instance* self = NULL;
    if (config.len < 2 || config.ptr[0] != '{') {
        fail(host, call, GANTRY_E_CONFIG, "the options are no object");
    } else if ((self = calloc(1, sizeof *self)) != NULL) {
        self->host = host;
        self->wrong = end_twice(host, call);
    } else {
        fail(host, call, GANTRY_E_UNAVAILABLE, "no memory");
    }
    return self;
}

static void stop(gantry_instance* self) { self->stopped = 1; }

static void destroy(gantry_instance* self) {
    if (!self->stopped) abort();
    free(self);
}

static void cancel(gantry_instance* self, gantry_call call) {
    fail(self->host, call, GANTRY_E_CANCELLED, "the tour was cancelled");
}

static void ping(gantry_instance* self, gantry_call call) {
    if (self->wrong != NULL) {
        fail(self->host, call, GANTRY_E_INTERNAL, self->wrong);
    } else {
        succeed(self->host, call, kNull, kNothing);
    }
}

static const void* get_extension(const char* id) {
    static const uint32_t nothing_but_its_size = sizeof nothing_but_its_size;
    return strcmp(id, "test.tour/1") == 0 ? &nothing_but_its_size : NULL;
}

#ifdef TOUR_GREEDY
#define ID "tour-greedy"
#else
#define ID "tour"
#endif
GANTRY_MANIFEST("{\"id\": \"" ID
                "\", \"version\": \"1.0.0\", \"abi\": {\"major\": 1, \"min_host_minor\": 0},"
                " \"service\": {\"interface\": \"test.tour/1\", \"methods\": {\"echo\": \"read\"}},"
                " \"requires\": [{\"name\": \"leaf\", \"interface\": \"test.probe/1\"}],"
                " \"steps\": [{\"name\": \"tour\", \"compensable\": true, \"effect\": \"write\","
                "              \"records_undo\": true},"
                "             {\"name\": \"refuse\", \"effect\": \"write\"},"
                "             {\"name\": \"wait\", \"effect\": \"none\", \"async\": true}]}");

static const gantry_plugin table = {.struct_size = sizeof table,
                                    .abi_minor = GANTRY_ABI_MINOR,
                                    .min_host_minor = GANTRY_TARGET_MINOR,
                                    .reserved = 0,
                                    .manifest = gantry_manifest_v1,
                                    .steps = steps,
                                    .service = &service,
                                    .workflows = workflows,
                                    .create = create,
                                    .stop = stop,
                                    .destroy = destroy,
                                    .cancel = cancel,
                                    .ping = ping,
                                    .get_extension = get_extension};

const gantry_plugin* gantry_plugin_entry_v1(void) { return &table; }
