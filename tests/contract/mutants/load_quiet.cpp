// Changes the umask while it is being loaded.
#include "hooks.hpp"

#include <sys/stat.h>

namespace mutants {
namespace {

[[gnu::constructor]] void at_load() { ::umask(0); }

}  // namespace

const Hooks kHooks{};

}  // namespace mutants
