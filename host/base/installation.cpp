#include "base/installation.hpp"

#include <array>

namespace gantry::host {
namespace {

namespace fs = std::filesystem;

struct Page {
    const char* about;
    const char* file;
};

constexpr std::array<Page, 4> kPages = {
    Page{"running a host", "gantry-host/README.md"},
    Page{"the plugins that come with it", "gantry-host/plugins/README.md"},
    Page{"writing a plugin", "gantry-sdk/README.md"},
    Page{"what gantry.erp/1 demands", "gantry-sdk/ERP.md"},
};

}  // namespace

fs::path installed_under() {
    std::error_code unknown;
    return fs::read_symlink("/proc/self/exe", unknown).parent_path().parent_path();
}

fs::path installed_plugins() {
    std::error_code none;
    auto folder = installed_under() / "lib/gantry/plugins";
    return fs::is_directory(folder, none) ? folder : fs::path();
}

std::string installed_pages() {
    std::string lines;
    for (const auto& [about, file] : kPages) {
        const auto page = installed_under() / "share/doc" / file;
        std::error_code none;
        if (fs::exists(page, none)) lines += "\n  " + page.string() + "  " + about;
    }
    return lines.empty() ? "" : "Pages:" + lines;
}

}  // namespace gantry::host
