// libjq allocates through functions that its library exports, so that definitions of the program
// stand before them: what it holds is counted exactly, by what the allocator says of each piece.
#include "flow/jq_library.hpp"

#include <dlfcn.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" {
#include <jv.h>

void* jv_mem_alloc(std::size_t size);
void* jv_mem_alloc_unguarded(std::size_t size);
void* jv_mem_calloc(std::size_t count, std::size_t size);
void* jv_mem_calloc_unguarded(std::size_t count, std::size_t size);
char* jv_mem_strdup(const char* text);
char* jv_mem_strdup_unguarded(const char* text);
void* jv_mem_realloc(void* piece, std::size_t size);
void jv_mem_free(void* piece);
jv jv_load_file(const char* name, int raw);

// The beginning of libonig's OnigRegion.
struct re_registers {
    int allocated, count;
    int *begin, *end;
};
int onig_search(void* regex, const unsigned char* text, const unsigned char* end,
                const unsigned char* start, const unsigned char* range, re_registers* found,
                unsigned options);
}

namespace gantry::host {
namespace {

bool stands = false;
std::int64_t held = 0;
std::int64_t may_hold = INT64_MAX / 2;  // no limit, and sums do not overflow

std::int64_t size_of(void* piece) { return static_cast<std::int64_t>(malloc_usable_size(piece)); }

// `size` more in the place of `freed`.
void ask_for(std::size_t size, std::int64_t freed = 0) {
    const std::int64_t left = may_hold - held + freed;
    if (left < 0 || size > static_cast<std::uint64_t>(left)) ::_exit(kJqOutOfMemory);
}

void* counted(void* piece) {
    if (piece == nullptr) ::_exit(kJqOutOfMemory);
    held += size_of(piece);
    return piece;
}

}  // namespace

void stand_before_libjq() { stands = true; }
bool stands_before_libjq() { return stands; }

void limit_jq_memory(std::size_t bytes) { may_hold = held + static_cast<std::int64_t>(bytes); }

}  // namespace gantry::host

using gantry::host::ask_for;
using gantry::host::counted;
using gantry::host::stands;

void* jv_mem_alloc(std::size_t size) {
    if (!stands) return std::malloc(size);
    ask_for(size);
    return counted(std::malloc(std::max<std::size_t>(size, 1)));
}

void* jv_mem_alloc_unguarded(std::size_t size) { return jv_mem_alloc(size); }

void* jv_mem_calloc(std::size_t count, std::size_t size) {
    if (!stands) return std::calloc(count, size);
    if (size != 0 && count > SIZE_MAX / size) ::_exit(gantry::host::kJqOutOfMemory);
    void* const piece = jv_mem_alloc(count * size);
    return std::memset(piece, 0, count * size);
}

void* jv_mem_calloc_unguarded(std::size_t count, std::size_t size) {
    return jv_mem_calloc(count, size);
}

char* jv_mem_strdup(const char* text) {
    const std::size_t size = std::strlen(text) + 1;
    return static_cast<char*>(std::memcpy(jv_mem_alloc(size), text, size));
}

char* jv_mem_strdup_unguarded(const char* text) { return jv_mem_strdup(text); }

void* jv_mem_realloc(void* piece, std::size_t size) {
    if (!stands) return std::realloc(piece, size);
    const std::int64_t before = piece == nullptr ? 0 : gantry::host::size_of(piece);
    ask_for(size, before);
    void* const grown = counted(std::realloc(piece, std::max<std::size_t>(size, 1)));
    gantry::host::held -= before;
    return grown;
}

void jv_mem_free(void* piece) {
    if (stands && piece != nullptr) gantry::host::held -= gantry::host::size_of(piece);
    std::free(piece);
}

// jq 1.6 puts ~/.jq before every program, and no setting stops it. It reads the file with this.
jv jv_load_file(const char* name, int raw) {
    if (stands) return jv_string("");
    static const auto real =
        reinterpret_cast<decltype(&jv_load_file)>(dlsym(RTLD_NEXT, "jv_load_file"));
    return real(name, raw);
}

// jq 1.6 goes on one byte after where it last began when it has found nothing of no length: it
// finds the same place again, and looks into the middle of characters. And it does not look at the
// end of a text. The prelude's `match` puts a NUL behind the text, so that it does; here that NUL
// is none of the text, and the search goes on one character after what was found.
int onig_search(void* regex, const unsigned char* text, const unsigned char* end,
                const unsigned char* start, const unsigned char* range, re_registers* found,
                unsigned options) {
    static const auto real =
        reinterpret_cast<decltype(&onig_search)>(dlsym(RTLD_NEXT, "onig_search"));
    if (!stands || end == text || end[-1] != '\0') {
        return real(regex, text, end, start, range, found, options);
    }
    constexpr int kNone = -1;
    static const unsigned char* from = nullptr;
    const unsigned char* const last = end - 1;
    from = start == text ? text : std::max(from, start);
    if (from > last) return kNone;
    const int at = real(regex, text, last, from, last, found, options);
    if (at < 0) return at;
    from = text + found->end[0];
    if (found->begin[0] == found->end[0]) {
        do {
            ++from;
        } while (from < last && (*from & 0xC0) == 0x80);
    }
    return at;
}
