#include "plugin/elf_file.hpp"

#include <gantry/error.hpp>

#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <map>

namespace gantry::host {
namespace {

class OpenElf {
public:
    explicit OpenElf(const std::filesystem::path& file)
        : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (fd_ < 0) throw Error(GANTRY_E_CONFIG, "cannot read " + file.string());
        elf_version(EV_CURRENT);
        elf_ = elf_begin(fd_, ELF_C_READ, nullptr);
    }
    ~OpenElf() {
        elf_end(elf_);
        ::close(fd_);
    }
    OpenElf(const OpenElf&) = delete;
    OpenElf& operator=(const OpenElf&) = delete;

    Elf* get() const { return elf_; }

private:
    int fd_;
    Elf* elf_ = nullptr;
};

struct ElfSection {
    Elf_Scn* at = nullptr;
    GElf_Shdr header{};
    Elf_Data* data = nullptr;
};

std::vector<std::string> parted(const std::string& text, char at) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        auto to = text.find(at, from);
        if (to == std::string::npos) to = text.size();
        if (to > from) parts.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

class ElfReader {
public:
    explicit ElfReader(Elf* elf) : elf_(elf) {}

    void read(ElfFile& out) {
        GElf_Ehdr header{};
        if (elf_kind(elf_) != ELF_K_ELF || gelf_getehdr(elf_, &header) == nullptr) return;
        out.is_elf64 = header.e_ident[EI_CLASS] == ELFCLASS64;
        out.is_shared = header.e_type == ET_DYN;
        out.machine = header.e_machine;
        segments(out);
        std::size_t names = 0;
        elf_getshdrstrndx(elf_, &names);
        for (Elf_Scn* s = nullptr; (s = elf_nextscn(elf_, s)) != nullptr;) {
            ElfSection section{s, {}, elf_getdata(s, nullptr)};
            if (gelf_getshdr(s, &section.header) == nullptr) continue;
            const char* name = elf_strptr(elf_, names, section.header.sh_name);
            if (name != nullptr && std::string_view(name) == GANTRY_MANIFEST_SECTION) {
                manifest(section, out);
            }
            if (section.header.sh_type == SHT_DYNAMIC) dynamic(section, out);
            if (section.header.sh_type == SHT_DYNSYM) symbols_ = section;
            if (section.header.sh_type == SHT_GNU_versym) versions_ = section;
            if (section.header.sh_type == SHT_GNU_verneed) needs(section);
        }
        symbols(out);
    }

private:
    void segments(ElfFile& out) const {
        std::size_t count = 0;
        elf_getphdrnum(elf_, &count);
        for (std::size_t i = 0; i < count; ++i) {
            GElf_Phdr segment{};
            if (gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr) continue;
            if (segment.p_type == PT_GNU_STACK)
                out.executable_stack = (segment.p_flags & PF_X) != 0;
        }
    }

    static void manifest(const ElfSection& section, ElfFile& out) {
        if (section.data == nullptr || section.data->d_buf == nullptr) return;
        const std::string_view bytes(static_cast<const char*>(section.data->d_buf),
                                     section.data->d_size);
        out.manifests.emplace_back(bytes.substr(0, bytes.find('\0')));
    }

    void dynamic(const ElfSection& section, ElfFile& out) const {
        const auto text = [&](GElf_Xword at) {
            const char* found = elf_strptr(elf_, section.header.sh_link, at);
            return std::string(found != nullptr ? found : "");
        };
        const auto count =
            section.header.sh_size / std::max<GElf_Xword>(section.header.sh_entsize, 1);
        for (GElf_Xword i = 0; i < count; ++i) {
            GElf_Dyn entry{};
            if (gelf_getdyn(section.data, static_cast<int>(i), &entry) == nullptr) continue;
            if (entry.d_tag == DT_NEEDED) out.needed.push_back(text(entry.d_un.d_val));
            if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) {
                for (auto& part : parted(text(entry.d_un.d_val), ':')) {
                    out.run_paths.push_back(std::move(part));
                }
            }
            if (entry.d_tag == DT_TEXTREL) out.text_relocations = true;
            if (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0) {
                out.text_relocations = true;
            }
        }
    }

    void needs(const ElfSection& section) {
        std::size_t at = 0;
        for (GElf_Word i = 0; i < section.header.sh_info; ++i) {
            GElf_Verneed need{};
            if (gelf_getverneed(section.data, static_cast<int>(at), &need) == nullptr) return;
            std::size_t aux_at = at + need.vn_aux;
            for (int n = 0; n < need.vn_cnt; ++n) {
                GElf_Vernaux aux{};
                if (gelf_getvernaux(section.data, static_cast<int>(aux_at), &aux) == nullptr) break;
                const char* name = elf_strptr(elf_, section.header.sh_link, aux.vna_name);
                if (name != nullptr) version_names_[aux.vna_other] = name;
                aux_at += aux.vna_next;
            }
            at += need.vn_next;
        }
    }

    void symbols(ElfFile& out) const {
        if (symbols_.data == nullptr) return;
        const auto count =
            symbols_.header.sh_size / std::max<GElf_Xword>(symbols_.header.sh_entsize, 1);
        for (GElf_Xword i = 1; i < count; ++i) {
            GElf_Sym symbol{};
            if (gelf_getsym(symbols_.data, static_cast<int>(i), &symbol) == nullptr) continue;
            const char* name = elf_strptr(elf_, symbols_.header.sh_link, symbol.st_name);
            if (name == nullptr || *name == '\0') continue;
            const auto binding = GELF_ST_BIND(symbol.st_info);
            ElfSymbol one{name, "", symbol.st_shndx != SHN_UNDEF, binding == STB_GNU_UNIQUE,
                          binding == STB_WEAK};
            GElf_Versym version = 0;
            if (versions_.data != nullptr &&
                gelf_getversym(versions_.data, static_cast<int>(i), &version) != nullptr) {
                const auto it = version_names_.find(version & 0x7fff);
                if (it != version_names_.end()) one.version = it->second;
            }
            out.symbols.push_back(std::move(one));
        }
    }

    Elf* elf_;
    ElfSection symbols_;
    ElfSection versions_;
    std::map<int, std::string> version_names_;
};

}  // namespace

ElfFile read_elf(const std::filesystem::path& file) {
    const OpenElf elf(file);
    ElfFile out;
    ElfReader(elf.get()).read(out);
    return out;
}

int machine_of(const std::filesystem::path& file) {
    const OpenElf elf(file);
    GElf_Ehdr header{};
    if (elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) return 0;
    return header.e_ident[EI_CLASS] == ELFCLASS64 ? header.e_machine : 0;
}

int own_machine() { return machine_of("/proc/self/exe"); }

}  // namespace gantry::host
