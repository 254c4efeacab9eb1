// What is noted beside Medusa, which knows no keys: what each step's write was to leave behind, and
// which steps were undone.
#pragma once

#include "sql/journal.hpp"

namespace product_medusa {

using gantry::json;

/// By the key's part that a write and its undo share, gantry::key_scope; for thirty days. Without a
/// key nothing is noted. [any]
class Notes {
public:
    /// `url` as plugin_sql::Database has it; empty: in memory only. Throws Error CONFIG.
    explicit Notes(const std::string& url);

    /// Before the write. Throws REJECTED, NOT_APPLIED, when its step was undone.
    void note(std::string_view key, const std::string& product, const json& content);
    /// The content that was meant; null: none is known.
    json find(std::string_view key, const std::string& product);
    /// From now on `note` refuses this step's writes to the product.
    void undone(std::string_view key, const std::string& product);
    /// As backupTo.
    json backup(const json& input);

private:
    plugin_sql::Database database_;
    plugin_sql::Journal journal_;
};

}  // namespace product_medusa
