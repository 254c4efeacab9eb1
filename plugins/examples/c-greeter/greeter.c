/* A plugin in plain C. "greet" puts a greeting before a name; "sign" writes a text into the guest
 * book, a folder with a file per run, and its compensation takes that file away. Texts stay JSON
 * strings from beginning to end: nothing here needs a JSON library. */
#include <errno.h>
#include <gantry/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) \
    { (s), sizeof(s) - 1 }

struct gantry_instance {
    const gantry_host* host;
    char book[2048]; /* the folder */
};

static void succeed(const gantry_host* host, gantry_call call, gantry_str output) {
    const gantry_result result = {sizeof result, 0, output, {NULL, 0}, NULL};
    host->complete(host, call, &result);
}

static void fail(const gantry_host* host, gantry_call call, gantry_status code, uint32_t flags,
                 const char* message) {
    const gantry_error error = {sizeof error, code, flags, 0, {message, strlen(message)},
                                {NULL, 0}};
    const gantry_result result = {sizeof result, 0, {NULL, 0}, {NULL, 0}, &error};
    host->complete(host, call, &result);
}

/* The schema has made sure that the input is a string. */
static void greet(gantry_instance* self, const gantry_invocation* in) {
    static const char hello[] = "\"Hello, ";
    const size_t before = sizeof hello - 1;
    const size_t size = before + in->input.len - 1; /* without its first quotation mark */
    char* text = malloc(size);
    if (text == NULL) {
        fail(self->host, in->call, GANTRY_E_UNAVAILABLE, GANTRY_EF_NOT_APPLIED, "no memory");
        return;
    }
    memcpy(text, hello, before);
    memcpy(text + before, in->input.ptr + 1, in->input.len - 1);
    succeed(self->host, in->call, (gantry_str){text, size});
    free(text);
}

/* A run has one page. Its name is the same for invoke and compensate, in every attempt. */
static void page_of(const gantry_instance* self, const gantry_invocation* in, char* path,
                    size_t size) {
    snprintf(path, size, "%s/%.*s.c", self->book, (int)in->run_id.len, in->run_id.ptr);
}

static void sign(gantry_instance* self, const gantry_invocation* in) {
    char path[4096];
    page_of(self, in, path, sizeof path);
    FILE* page = fopen(path, "w");
    if (page == NULL) {
        fail(self->host, in->call, GANTRY_E_CONFIG, GANTRY_EF_NOT_APPLIED, strerror(errno));
        return;
    }
    const int written = fwrite(in->input.ptr, 1, in->input.len, page) == in->input.len;
    if (fclose(page) != 0 || !written) {
        fail(self->host, in->call, GANTRY_E_UNAVAILABLE, GANTRY_EF_MAYBE_APPLIED, strerror(errno));
        return;
    }
    succeed(self->host, in->call, in->input);
}

static void take_back(gantry_instance* self, const gantry_invocation* in) {
    char path[4096];
    page_of(self, in, path, sizeof path);
    if (remove(path) != 0 && errno != ENOENT) { /* ENOENT: it never came so far, or twice */
        fail(self->host, in->call, GANTRY_E_UNAVAILABLE, 0, strerror(errno));
        return;
    }
    succeed(self->host, in->call, (gantry_str)TEXT("null"));
}

/* `config` is {"book": "/a/folder"}, as the schema has it: one member, one string. */
static gantry_instance* create(const gantry_host* host, gantry_call call, gantry_str config) {
    const char* colon = memchr(config.ptr, ':', config.len);
    const char* end = config.ptr + config.len;
    const char* begin = memchr(colon, '"', (size_t)(end - colon));
    ++begin;
    while (*--end != '"') continue;
    const size_t size = (size_t)(end - begin);
    gantry_instance* self = calloc(1, sizeof *self);
    if (self == NULL) {
        fail(host, call, GANTRY_E_UNAVAILABLE, 0, "no memory");
        return NULL;
    }
    if (size >= sizeof self->book || memchr(begin, '\\', size) != NULL) {
        fail(host, call, GANTRY_E_CONFIG, 0, "book: longer than 2047 bytes, or with a \\ in it");
        free(self);
        return NULL;
    }
    self->host = host;
    memcpy(self->book, begin, size);
    succeed(host, call, (gantry_str)TEXT("null"));
    return self;
}

static void stop(gantry_instance* self) { (void)self; }
static void destroy(gantry_instance* self) { free(self); }

static const gantry_step greet_step = {sizeof greet_step, 0, TEXT("greet"), greet, NULL};
static const gantry_step sign_step = {sizeof sign_step, 0, TEXT("sign"), sign, take_back};
static const gantry_step* const steps[] = {&greet_step, &sign_step, NULL};

GANTRY_MANIFEST(
    "{\"id\": \"c-greeter\", \"version\": \"1.0.0\", \"vendor\": \"Gantry\", \"license\": \"MIT\","
    " \"abi\": {\"major\": 1, \"min_host_minor\": 0},"
    " \"options\": {\"type\": \"object\", \"required\": [\"book\"],"
    "               \"additionalProperties\": false,"
    "               \"properties\": {\"book\": {\"type\": \"string\", \"minLength\": 1}}},"
    " \"steps\": [{\"name\": \"greet\", \"effect\": \"none\", \"input\": {\"type\": \"string\"}},"
    "             {\"name\": \"sign\", \"effect\": \"write\", \"compensable\": true,"
    "              \"input\": {\"type\": \"string\"}}],"
    " \"max_concurrency\": 16}");

static const gantry_plugin table = {sizeof table,
                                    GANTRY_ABI_MINOR,
                                    GANTRY_TARGET_MINOR,
                                    0,
                                    gantry_manifest_v1,
                                    steps,
                                    NULL,
                                    NULL,
                                    create,
                                    stop,
                                    destroy,
                                    NULL,
                                    NULL,
                                    NULL};

const gantry_plugin* gantry_plugin_entry_v1(void) { return &table; }
