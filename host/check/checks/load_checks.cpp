// B: the file mapped, its entry asked, its table read; hosts older and newer than this one.
#include "check/check.hpp"
#include "check/guarded.hpp"
#include "check/process_state.hpp"
#include "check/stage.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstring>
#include <thread>

namespace gantry::host::check {
namespace {

using std::chrono::seconds;
using EntryFunction = const gantry_plugin* (*)();

constexpr auto kSlowLoad = std::chrono::milliseconds(250);
constexpr std::size_t kFirstTable = 96;  // sizeof(gantry_plugin) at minor 0

void* map(Subject& subject) {
    subject.doing("loading " + subject.settings().file.string());
    void* handle = ::dlopen(std::filesystem::absolute(subject.settings().file).c_str(),
                            RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr)
        fail(std::string("dlopen: ") + ::dlerror(), "it can be loaded");  // NOLINT
    return handle;
}

EntryFunction entry_of(void* handle) {
    void* entry = ::dlsym(handle, "gantry_plugin_entry_v1");
    require(entry != nullptr, "no function gantry_plugin_entry_v1()", "GANTRY_PLUGIN makes it");
    return reinterpret_cast<EntryFunction>(entry);
}

const gantry_plugin& table_of(Subject& subject) {
    const auto* table = entry_of(map(subject))();
    require(table != nullptr, "its entry gives no table", "one");
    return *table;
}

void now(Subject& subject) {
    const auto began = Clock::now();
    map(subject);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    if (took > kSlowLoad) {
        warn("loading took " + std::to_string(took.count()) + " ms", "at most 250 ms");
    }
}

void quiet(Subject& subject) {
    const auto before = ProcessState::now();
    entry_of(map(subject))();
    const auto changes = before.changes_to(ProcessState::now());
    require(changes.empty(), changes.empty() ? "" : changes.front(),
            "loading starts nothing and changes nothing");
}

// Whether an address belongs to the file of the plugin, and may be run.
struct Where {
    const void* address;
    std::string file;
    bool found = false;
    bool executable = false;
};

Where look_up(const void* address, const std::filesystem::path& file) {
    Where where{address, std::filesystem::canonical(file).string()};
    ::dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* data) {
            auto& w = *static_cast<Where*>(data);
            std::error_code none;
            const auto name = std::filesystem::canonical(info->dlpi_name, none);
            if (none || name != w.file) return 0;
            const auto at = reinterpret_cast<std::uintptr_t>(w.address);
            for (int i = 0; i < info->dlpi_phnum; ++i) {
                const auto& segment = info->dlpi_phdr[i];
                const auto begin = info->dlpi_addr + segment.p_vaddr;
                if (segment.p_type != PT_LOAD || at < begin || at >= begin + segment.p_memsz) {
                    continue;
                }
                w.found = true;
                w.executable = (segment.p_flags & PF_X) != 0;
            }
            return 0;
        },
        &where);
    return where;
}

void pure(Subject& subject) {
    const auto entry = entry_of(map(subject));
    const gantry_plugin* one = nullptr;
    const gantry_plugin* other = nullptr;
    std::thread first([&] { one = entry(); });
    std::thread second([&] { other = entry(); });
    first.join();
    second.join();
    require(one == other && one == entry(), "its entry gave different tables",
            "the same pointer every time");
    require(look_up(one, subject.settings().file).found, "the table is no part of the plugin",
            "a static const table of its own");
}

void table_shape(Subject& subject) {
    const auto& table = table_of(subject);
    const auto size = std::to_string(table.struct_size);
    require(table.struct_size >= kFirstTable && table.struct_size % 8 == 0,
            "a table of " + size + " bytes", "at least 96, and a multiple of 8");
    require(table.reserved == 0, "its table's reserved field is not 0", "0");
    require(table.min_host_minor <= table.abi_minor,
            "min_host_minor " + std::to_string(table.min_host_minor) + ", abi_minor " +
                std::to_string(table.abi_minor),
            "no more than it was built with");
    const auto& file = subject.settings().file;
    const auto code = [&](const char* name, const void* function, bool optional) {
        if (function == nullptr && optional) return;
        require(function != nullptr, std::string("its table has no ") + name, "one");
        require(look_up(function, file).executable,
                std::string(name) + " points to no code of the plugin", "a function of it");
    };
    const auto address = [](auto* function) { return reinterpret_cast<const void*>(function); };
    code("create()", address(table.create), false);
    code("stop()", address(table.stop), false);
    code("destroy()", address(table.destroy), false);
    code("workflows()", address(table.workflows), true);
    code("cancel()", address(table.cancel), true);
    code("ping()", address(table.ping), true);
    code("get_extension()", address(table.get_extension), true);
    require(table.steps != nullptr, "its table has no steps", "an array that NULL ends");
    constexpr int kMostSteps = 1000;
    int n = 0;
    for (const auto* const* step = table.steps; *step != nullptr; ++step, ++n) {
        require(n < kMostSteps, "no NULL within 1000 steps", "an array that NULL ends");
        require((*step)->reserved == 0, "a step's reserved field is not 0", "0");
        code("a step's invoke()", address((*step)->invoke), false);
        code("a step's compensate()", address((*step)->compensate), true);
    }
    if (table.service != nullptr) {
        require(table.service->reserved == 0, "the service's reserved field is not 0", "0");
        code("the service's call()", address(table.service->call), false);
    }
}

// What it says there the loader checks, too, with the same words.
void same_manifest(Subject& subject) { subject.library(); }

// One life of an instance with the main scenario, where there is one.
void smoke(Rig& rig) {
    auto* instance = rig.create();
    const auto scenarios = rig.subject().scenarios();
    if (!scenarios.empty()) {
        Action action(rig, instance, scenarios.front());
        const auto key = new_key();
        const auto end = action.invoke(key);
        require(end.answered, "no answer to scenario \"" + scenarios.front().name + "\"", "one");
        action.take_back(key, end);
    }
    rig.destroy(instance);
}

void older_host(Subject& subject) {
    const auto needs = subject.library().table().min_host_minor;
    // The size of gantry_host at each minor.
    constexpr std::size_t kSizes[] = {sizeof(gantry_host)};
    for (std::uint32_t minor = needs; minor <= GANTRY_ABI_MINOR; ++minor) {
        Rig rig(subject);
        rig.host().struct_size = static_cast<std::uint32_t>(kSizes[minor]);
        rig.host().abi_minor = minor;
        const std::string_view bytes(reinterpret_cast<const char*>(&rig.host()), kSizes[minor]);
        const Guarded table(bytes, alignof(gantry_host));
        rig.show_host_at(reinterpret_cast<const gantry_host*>(table.data()));
        subject.doing("with a host of minor " + std::to_string(minor));
        smoke(rig);
    }
}

void newer_host(Subject& subject) {
    Rig rig(subject);
    constexpr std::size_t kMore = 8 * sizeof(void*);  // slots of a host to come
    std::string bytes(sizeof(gantry_host) + kMore, '\x5a');
    rig.host().struct_size = static_cast<std::uint32_t>(bytes.size());
    rig.host().abi_minor = GANTRY_ABI_MINOR + 8;
    std::memcpy(bytes.data(), &rig.host(), sizeof(gantry_host));
    const Guarded table(bytes, alignof(gantry_host));
    rig.show_host_at(reinterpret_cast<const gantry_host*>(table.data()));
    subject.doing("with a newer host");
    smoke(rig);
    const auto extension = rig.table().get_extension;
    if (extension == nullptr) return;
    for (const char* id : {"", "gantry.kv/1x", "gantry.nobody-has-this/1"}) {
        require(extension(id) == nullptr,
                std::string("get_extension(\"") + id + "\") gave something",
                "NULL for what it does not know");
    }
}

}  // namespace

std::vector<Check> load_checks() {
    return {
        {"B1", "load.now", 1, "it can be loaded, all of its symbols at once",
         "Look at what dlopen says: a missing symbol, a missing library.", seconds(20), &now},
        {"B2", "load.quiet", 2, "loading it starts nothing and changes nothing in the process",
         "Have no static objects with constructors that do anything; begin in create().",
         seconds(20), &quiet},
        {"B3", "entry.pure", 2, "its entry gives the same static table every time",
         "Return the address of a static const table; GANTRY_PLUGIN does.", seconds(20), &pure},
        {"B4", "table.shape", 1, "its table has what it must have, and points into its own code",
         "Fill the table by GANTRY_PLUGIN, or in C every field in its place.", seconds(20),
         &table_shape},
        {"B5", "table.manifest", 1, "its table and its manifest say the same",
         "Name the same steps and the same service in plugin.json and in GANTRY_PLUGIN.",
         seconds(20), &same_manifest},
        {"B6", "abi.older-host", 2, "it works in the oldest host that it names",
         "Ask GANTRY_HAS() before touching a field younger than min_host_minor.", seconds(60),
         &older_host},
        {"B7", "abi.newer-host", 2, "it works in a host that knows more than it does",
         "Read no more of a struct than you know, and answer NULL for ids you do not know.",
         seconds(60), &newer_host},
    };
}

}  // namespace gantry::host::check
