/* gantry/skip.h - the extension "gantry.skip/1": a step says that it found nothing to do.
 *
 * const gantry_skip* skip = host->get_extension(host, GANTRY_SKIP_1); NULL: this host has none, and
 * the step counts as done.
 *
 * A step that was skipped is shown as such and is not undone. Where an earlier attempt of it may
 * have had an effect it counts as done all the same: what it found done may be that. The rules of
 * abi.h hold here. */
#ifndef GANTRY_SKIP_H
#define GANTRY_SKIP_H

#include <gantry/abi.h>

GANTRY_EXTERN_C_BEGIN

#define GANTRY_SKIP_1 "gantry.skip/1"

typedef struct gantry_skip {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */

    /* [any] `call`, a step's invoke, completes as skipped if it succeeds; before complete().
     * GANTRY_E_STALE: it is over. GANTRY_E_MISUSE: no invoke of a step, or it has called a write
     * that was not refused. */
    gantry_status(GANTRY_CALL* skip)(const gantry_host* host, gantry_call call) GANTRY_NOEXCEPT;
} gantry_skip;

GANTRY_EXTERN_C_END

#if UINTPTR_MAX == UINT64_MAX
GANTRY_STATIC_ASSERT(offsetof(gantry_skip, skip) == 8, "gantry_skip");
#endif

#endif /* GANTRY_SKIP_H */
