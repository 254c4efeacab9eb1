// The extension "gantry.http/1": checked, admitted as a write where it is one, and sent.
#pragma once

#include <gantry/http.h>

namespace gantry::host {

/// For get_extension of every module; constant.
const gantry_http& http_extension();

}  // namespace gantry::host
