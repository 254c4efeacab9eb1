// What is checked is the copy: whoever writes to the backup changes nothing in it any more.
#include "api/restore_copies.hpp"

#include "api/backup_contents.hpp"
#include "base/hash.hpp"
#include "store/durable_file.hpp"
#include "store/sound.hpp"

#include <gantry/error.hpp>

namespace gantry::host {
namespace {

void copy_and_check(const PutBack& place) {
    copy_durably(place.from, place.beside());
    const auto refuse = [&](const std::string& why) {
        throw Error(GANTRY_E_INVALID_DATA,
                    place.from.string() + ": " + why + "; restore a backup that is whole",
                    GANTRY_EF_NOT_APPLIED);
    };
    if (sha256_of_file(place.beside().string()) != place.sha256) {
        refuse(std::string("it is not the file that was backed up: its SHA-256 is another one "
                           "than in ") +
               kBackupFile);
    }
    if (!place.is_database) return;
    try {
        refuse_unsound(place.beside());
    } catch (const Error& e) {
        refuse(e.message());
    }
}

}  // namespace

Copies::Copies(const std::vector<PutBack>& places) : places_(places) {
    remove();  // a restore that was killed may have left some
    try {
        for (const auto& place : places_) copy_and_check(place);
    } catch (...) {
        remove();
        throw;
    }
}

Copies::~Copies() { remove(); }

void Copies::remove() const {
    std::error_code none;
    for (const auto& place : places_) {
        for (const char* part : kCompanions) {
            std::filesystem::remove(place.beside().string() + part, none);
        }
    }
}

}  // namespace gantry::host
