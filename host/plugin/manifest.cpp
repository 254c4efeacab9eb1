// libelf finds the section; the manifest is checked against a schema of its own.
#include "plugin/manifest.hpp"

#include "base/duration.hpp"
#include "base/json_text.hpp"
#include "base/schema.hpp"
#include "plugin/elf_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace gantry::host {
namespace {

constexpr const char* kManifestSchema = R"({
  "type": "object", "required": ["id", "version", "abi"], "additionalProperties": false,
  "properties": {
    "id": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$", "maxLength": 64},
    "version": {"type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+"},
    "vendor": {"type": "string"}, "license": {"type": "string"}, "description": {"type": "string"},
    "abi": {"type": "object", "required": ["major"], "additionalProperties": false,
      "properties": {
        "major": {"type": "integer", "minimum": 0, "maximum": 65535},
        "min_host_minor": {"type": "integer", "minimum": 0, "maximum": 65535}}},
    "service": {"type": "object", "required": ["interface"], "additionalProperties": false,
      "properties": {"interface": {"type": "string"}, "methods": {"anyOf": [
          {"type": "array", "items": {"type": "string"}},
          {"type": "object", "additionalProperties": {"enum": ["read", "write"]}}]}}},
    "requires": {"type": "array", "items": {"type": "object", "required": ["name", "interface"],
      "additionalProperties": false, "properties": {
        "name": {"type": "string"}, "interface": {"type": "string"},
        "methods": {"type": "array", "items": {"type": "string"}},
        "optional": {"type": "boolean"}}}},
    "options": {"type": "object"},
    "steps": {"type": "array", "items": {"type": "object", "required": ["name"],
      "additionalProperties": false, "properties": {
        "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": 64},
        "compensable": {"type": "boolean"}, "effect": {"enum": ["none", "write"]},
        "repeat": {"enum": ["never"]}, "async": {"type": "boolean"},
        "records_undo": {"type": "boolean"},
        "input": {"type": "object"}, "output": {"type": "object"}}}},
    "max_concurrency": {"type": "integer", "minimum": 1, "maximum": 1024},
    "heartbeat": {"type": "string"}
  }
})";

class OpenFile {
public:
    explicit OpenFile(const std::filesystem::path& file)
        : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (fd_ < 0) throw Error(GANTRY_E_CONFIG, std::strerror(errno));  // NOLINT
        elf_version(EV_CURRENT);
        elf_ = elf_begin(fd_, ELF_C_READ, nullptr);
    }
    ~OpenFile() {
        elf_end(elf_);
        ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    Elf* get() const { return elf_; }

private:
    int fd_;
    Elf* elf_ = nullptr;
};

}  // namespace

const Requirement* Manifest::requirement(const std::string& name) const {
    for (const auto& r : requirements) {
        if (r.name == name) return &r;
    }
    return nullptr;
}

std::string read_manifest_text(const std::filesystem::path& file) {
    const OpenFile elf(file);
    GElf_Ehdr header{};
    if (elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) {
        throw Error(GANTRY_E_CONFIG, "not a shared library (no ELF file)");
    }
    if (const auto mine = own_machine(); header.e_machine != mine) {
        throw Error(GANTRY_E_CONFIG, "made for another machine: its ELF machine number is " +
                                         std::to_string(header.e_machine) + ", this host's " +
                                         std::to_string(mine) + "; build it for this architecture");
    }
    std::size_t names = 0;
    elf_getshdrstrndx(elf.get(), &names);
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section)) != nullptr;) {
        GElf_Shdr section_header{};
        if (gelf_getshdr(section, &section_header) == nullptr) continue;
        const char* name = elf_strptr(elf.get(), names, section_header.sh_name);
        if (name == nullptr || std::string_view(name) != GANTRY_MANIFEST_SECTION) continue;
        const Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr || data->d_buf == nullptr) break;
        const std::string_view bytes(static_cast<const char*>(data->d_buf), data->d_size);
        return std::string(bytes.substr(0, bytes.find('\0')));
    }
    throw Error(GANTRY_E_CONFIG,
                "no section " GANTRY_MANIFEST_SECTION
                ": not a Gantry plugin, built without gantry_add_plugin(), or an incomplete file");
}

Manifest parse_manifest(const std::string& text) {
    static const Schema schema{json::parse(kManifestSchema)};
    json source;
    try {
        source = parse(text);
    } catch (const Error& e) {
        throw Error(GANTRY_E_CONFIG, "its manifest is not JSON: " + e.message());
    }
    if (const auto violations = schema.check(text); !violations.empty()) {
        throw Error(GANTRY_E_CONFIG, "its manifest: " + joined(violations));
    }
    Manifest m;
    m.id = source.at("id");
    m.version = source.at("version");
    m.vendor = source.value("vendor", "");
    m.abi_major = source.at("abi").at("major");
    m.min_host_minor = source.at("abi").value("min_host_minor", 0);
    m.options = source.value("options", json::object());
    m.max_concurrency = source.value("max_concurrency", std::size_t{1});
    if (source.contains("heartbeat")) {
        const std::string written = source.at("heartbeat");
        m.heartbeat = parse_duration(written);
        if (!m.heartbeat) {
            throw Error(GANTRY_E_CONFIG, "its manifest: heartbeat: found " + json(written).dump() +
                                             ", expected a duration such as \"10s\"");
        }
    }
    if (const auto service = source.find("service"); service != source.end()) {
        ServiceManifest s{service->at("interface"), {}};
        const auto methods = service->value("methods", json::array());
        for (const auto& [key, value] : methods.items()) {
            if (methods.is_array()) {
                s.methods[value.get<std::string>()] = std::nullopt;
            } else {
                s.methods[key] = value != "read";
            }
        }
        m.service = std::move(s);
    }
    for (const auto& r : source.value("requires", json::array())) {
        m.requirements.push_back({r.at("name"), r.at("interface"),
                                  r.value("methods", std::vector<std::string>{}),
                                  r.value("optional", false)});
    }
    for (const auto& s : source.value("steps", json::array())) {
        StepManifest step;
        step.name = s.at("name");
        step.compensable = s.value("compensable", false);
        step.at_most_once = s.contains("repeat");
        step.async = s.value("async", false);
        step.records_undo = s.value("records_undo", false);
        step.writes = s.value("effect", "write") == "write";
        step.input = s.value("input", json(nullptr));
        step.output = s.value("output", json(nullptr));
        for (const auto& other : m.steps) {
            if (other.name != step.name) continue;
            throw Error(GANTRY_E_CONFIG,
                        "its manifest: two steps are called \"" + step.name + "\"");
        }
        m.steps.push_back(std::move(step));
    }
    return m;
}

}  // namespace gantry::host
