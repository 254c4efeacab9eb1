// RTLD_NOW finds a missing symbol here, not in the middle of a run; RTLD_NODELETE because no plugin
// survives being unmapped under its threads; never RTLD_DEEPBIND, which sanitizers refuse.
#include "plugin/library.hpp"

#include "base/describe.hpp"
#include "plugin/stray_export.hpp"
#include "plugin/taken_names.hpp"

#include <dlfcn.h>

#include <algorithm>

namespace gantry::host {
namespace {

constexpr auto kMode =
    static_cast<boost::dll::load_mode::type>(RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

[[noreturn]] void refuse(const std::string& why) { throw Error(GANTRY_E_CONFIG, why); }

}  // namespace

Library::Library(const std::filesystem::path& file, const std::string& module, LoadWatch* watch)
    : file_(file) {
    const std::string text = read_manifest_text(file);
    manifest_ = parse_manifest(text);
    check_abi();
    check_file();
    map(module, watch);
    check_table(text);
}

void Library::check_file() {
    const auto elf = read_elf(file_);
    for (const auto& taken : taken_names(file_, elf)) {
        const std::string what = "needs " + taken.name + ", for it " + taken.wanted.string() +
                                 ", and would get " + taken.present.string() + ", which ";
        if (!taken.of_program) {
            refuse(what +
                   "another plugin has brought under that name; link it statically, or give it "
                   "another SONAME");
        }
        warnings_.push_back(file_.string() + ": " + what +
                            "this program has under that name; link it statically, or give it "
                            "another SONAME");
    }
    if (const auto* stray = stray_export(elf)) {
        warnings_.push_back(
            file_.string() + ": exports " + stray->name +
            (stray->unique ? ", which is one for the whole process," : "") +
            " beside its entry: another plugin may get it in place of its own, and crash; hide all "
            "but the entry by a version script, as gantry_add_plugin does");
    }
}

// Runs what the plugin does before anybody calls it.
void Library::map(const std::string& module, LoadWatch* watch) {
    std::optional<LoadWatch::Loading> loading;
    if (watch != nullptr) {
        loading.emplace(
            *watch, LoadMark::Load{file_.string(), module, manifest_.id, manifest_.version, ""});
    }
    boost::dll::fs::error_code failed;
    dlerror();  // Boost.DLL's code says only "bad file descriptor"; this one says why
    library_.load(boost::dll::fs::path(file_.string()), failed, kMode);
    if (failed) {
        const char* why = dlerror();
        refuse("cannot be loaded: " + std::string(why != nullptr ? why : "unknown reason"));
    }
    const std::string entry = "gantry_plugin_entry_v" + std::to_string(GANTRY_ABI_MAJOR);
    if (!library_.has(entry)) {
        refuse("has no function " + entry + "(); declare it with GANTRY_PLUGIN of this SDK");
    }
    try {
        table_ = library_.get<const gantry_plugin*()>(entry)();
    } catch (const std::exception& e) {
        refuse("its entry threw " + in_quotes(e.what()));
    } catch (...) {
        refuse("its entry threw what is no std::exception");
    }
}

void Library::check_abi() const {
    if (manifest_.abi_major != GANTRY_ABI_MAJOR) {
        refuse("needs ABI major " + std::to_string(manifest_.abi_major) + ", this host has " +
               std::to_string(GANTRY_ABI_MAJOR) +
               (manifest_.abi_major > GANTRY_ABI_MAJOR
                    ? "; use a newer host, or a build of the plugin for this one"
                    : "; build the plugin with this host's SDK"));
    }
    if (manifest_.min_host_minor > GANTRY_ABI_MINOR) {
        refuse("needs ABI " + std::to_string(GANTRY_ABI_MAJOR) + "." +
               std::to_string(manifest_.min_host_minor) + " or later, this host has " +
               std::to_string(GANTRY_ABI_MAJOR) + "." + std::to_string(GANTRY_ABI_MINOR) +
               "; use a newer host");
    }
}

void Library::check_table(const std::string& manifest_text) const {
    if (table_ == nullptr) refuse("its entry gives no table");
    if (table_->struct_size < sizeof(gantry_plugin)) {
        refuse("its table has " + std::to_string(table_->struct_size) + " bytes, this ABI's has " +
               std::to_string(sizeof(gantry_plugin)) + "; build it with this SDK's abi.h");
    }
    if (table_->min_host_minor > GANTRY_ABI_MINOR) {
        refuse("its table needs ABI minor " + std::to_string(table_->min_host_minor) +
               ", this host has " + std::to_string(GANTRY_ABI_MINOR) + "; use a newer host");
    }
    if (table_->create == nullptr || table_->stop == nullptr || table_->destroy == nullptr ||
        table_->steps == nullptr) {
        refuse("its table lacks create, stop, destroy or steps");
    }
    if (table_->manifest == nullptr || manifest_text != table_->manifest) {
        refuse("its table points to another manifest than the file holds");
    }
    std::size_t found = 0;
    for (const gantry_step* const* s = table_->steps; *s != nullptr; ++s, ++found) {
        const auto name = std::string(view((*s)->name));
        const auto* declared = step_manifest(name);
        if (declared == nullptr)
            refuse("exports step " + in_quotes(name) + ", absent in its manifest");
        if (((*s)->compensate != nullptr) != declared->compensable) {
            refuse("step " + in_quotes(name) + ": \"compensable\" in the manifest says " +
                   (declared->compensable ? "true" : "false") + ", its table the opposite");
        }
    }
    if (found != manifest_.steps.size()) {
        refuse("its manifest declares " + std::to_string(manifest_.steps.size()) +
               " steps, its table has " + std::to_string(found));
    }
    const auto offered =
        table_->service == nullptr ? std::string_view() : view(table_->service->interface);
    const std::string declared = manifest_.service ? manifest_.service->interface : "";
    if (offered != declared) {
        refuse("offers the interface " + in_quotes(offered) + ", its manifest says " +
               in_quotes(declared));
    }
}

const gantry_step* Library::step(const std::string& name) const {
    for (const gantry_step* const* s = table_->steps; *s != nullptr; ++s) {
        if (view((*s)->name) == name) return *s;
    }
    return nullptr;
}

const StepManifest* Library::step_manifest(const std::string& name) const {
    const auto it = std::find_if(manifest_.steps.begin(), manifest_.steps.end(),
                                 [&](const auto& s) { return s.name == name; });
    return it == manifest_.steps.end() ? nullptr : &*it;
}

}  // namespace gantry::host
