// The contract's product as a plugin's own service keeps it, behind one face for gantry.erp/1 and
// gantry.product/1. Every answer is held against the interface's schema, every error against its
// list.
#pragma once

#include "check/stage.hpp"
#include "plugin/interface.hpp"

namespace gantry::host::check {

class Record {
public:
    /// skip()s where the plugin does not serve `interface`, or the contract has no product.
    Record(Subject& subject, const std::string& interface);

    Stage& stage() { return stage_; }
    const std::string& id() const { return id_; }
    /// The contract's, of which `change` is written over `data`.
    const json& data() const { return product_.at("data"); }
    const json& change() const { return product_.at("change"); }

    /// What it came to; fail()s only where the answer or the error is none of the interface's.
    End ask(const std::string& method, const json& input, const std::string& key = new_key());
    /// The answer; fail()s where it ended with an error.
    json call(const std::string& method, const json& input, const std::string& key = new_key());

    /// The answer of the read. Its fields are in fields_of().
    json read() { return call(read_method(), {{"id", id_}}); }
    /// A write of some fields under this key.
    End try_write(const json& data, const std::string& key = new_key(), const json& more = {});
    json write(const json& data, const std::string& key = new_key());
    json snapshot() { return call("snapshotProduct", {{"id", id_}}); }
    /// Takes back what was written under `key`; `written` null: its answer is not known.
    End restore(const json& snapshot, const json& written, const std::string& key);

    bool is_erp() const { return interface_.name == "gantry.erp/1"; }
    std::string read_method() const;
    std::string write_method() const;
    /// Of an answer: the product's fields as the system has them.
    json fields_of(const json& answer) const;

private:
    const std::string interface_name_;
    const json product_;
    const std::string id_;
    const Interface& interface_;  // the subject's
    Stage stage_;
};

std::string version_of(const json& answer);

/// fail()s unless two reads show the same content under the same version. `when`: "after …".
void require_equal(const Record& record, const json& before, const json& now,
                   const std::string& when);

/// A field of the product's data and change that takes any text; skip()s where there is none.
std::string text_field(const Record& record);

/// Writes `value`: read again it must be the same, or it was refused and nothing changed. Decimals
/// are the same that differ in zeros at their ends only.
void exact_or_refused(Record& record, const std::string& field, const json& value,
                      const std::string& what);

/// That this error says it changed nothing, in one of the classes of a refusal.
void require_refusal(const End& end, const std::string& what);

}  // namespace gantry::host::check
