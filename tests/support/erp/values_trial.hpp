// A connector, loaded as the host loads it, is given random values: what it accepts reads back
// equal, what it refuses changed nothing, and each undo is exact. The values, of each direction,
// are GANTRY_VALUES many.
#pragma once

#include "support/erp/random_values.hpp"
#include "support/plugin_rig.hpp"

namespace gantry::test {

class ValuesTrial {
public:
    /// `raw` is all that the system itself says of the product, but when and by whom it was
    /// changed.
    ValuesTrial(const std::string& plugin, const json& options, std::string id,
                std::function<std::string()> raw)
        : rig_(json{{"erp", {{"plugin", plugin}, {"options", options}}}}.dump(), GANTRY_PLUGINS),
          id_(std::move(id)),
          raw_(std::move(raw)) {
        rig_.start();
        fields_ = answer("describe", json::object()).at("fields");
        const char* given = std::getenv("GANTRY_VALUES");  // NOLINT: no other thread reads it
        if (given != nullptr) wanted_ = std::stoi(given);
    }
    ~ValuesTrial() {
        std::cout << values_ << " values; " << accepted_ << " updates accepted and " << undone_
                  << " undone, " << refused_ << " refused\n";
    }
    ValuesTrial(const ValuesTrial&) = delete;
    ValuesTrial& operator=(const ValuesTrial&) = delete;

    RandomValues random{seed()};
    /// What is drawn for a field of that name instead.
    std::map<std::string, std::function<Drawn()>> drawn_otherwise;
    /// Whether an empty text is read as null.
    bool empty_is_null = false;
    /// What errors say that the system may tell with status 200: the host takes nobody's word that
    /// such a write was not carried out.
    std::string refuses_with_200;

    /// Whether to go on. Counts what is handed over.
    bool more(std::size_t values = 0) {
        values_ += static_cast<int>(values);
        return values_ < wanted_ && !testing::Test::HasFailure();
    }

    /// Ours to theirs, until there were enough values: most updates are undone at once.
    void change_and_undo_many() {
        while (more()) more(change_and_undo(!random.one_in(3)));
    }

    /// What `theirs` put there is read as it says, {name: value}, survives an update of all else,
    /// and comes back with its undo.
    void read_change_and_undo_many(const std::function<json()>& theirs) {
        while (more()) {
            const auto meant = theirs();
            const auto shown = retrieved().at("data");
            for (const auto& [name, value] : meant.items()) {
                EXPECT_EQ(shown.at(name), value) << name << " of " << raw_();
            }
            change_and_undo(true);
            more(meant.size());
        }
    }

    /// Throws for one that fails.
    json answer(const std::string& method, const json& input) {
        const auto end = rig_.call("erp", method, input);
        if (end.error) throw std::runtime_error(method + ": " + end.error->message());
        return json::parse(end.output);
    }

private:
    json asked() const { return {{"id", id_}}; }

    json read(const json& field, const json& meant) const {
        const bool whole_decimal = field.at("type") == "decimal" && meant.is_number_integer();
        if (whole_decimal) return meant.dump();
        return empty_is_null && meant == "" ? json() : meant;
    }

    json retrieved() { return answer("retrieveProductErpDetails", asked()); }

    std::size_t change_and_undo(bool undo) {
        json given = json::object();
        json meant = json::object();
        random.daring = random.one_in(3);
        for (const auto& field : fields_) {
            if (random.one_in(6)) continue;
            const std::string name = field.at("name");
            const auto other = drawn_otherwise.find(name);
            const auto value = other == drawn_otherwise.end() ? random.of(field) : other->second();
            given[name] = value.given;
            meant[name] = read(field, value.meant);
        }
        const auto before = raw_();
        const auto shown = retrieved();
        const auto snapshot = answer("snapshotProduct", asked());
        auto input = asked();
        input["data"] = given;
        const auto key = "change-" + std::to_string(accepted_ + refused_) + "/0";
        const auto end = rig_.call("erp", "updateProductErpData", input, key + "/i");
        if (end.error) {
            ++refused_;
            expect_refusal(*end.error, given);
            // As the host does where it is not certain that nothing was written.
            if ((end.error->flags() & GANTRY_EF_MAYBE_APPLIED) != 0)
                restore(snapshot, nullptr, key);
            EXPECT_EQ(raw_(), before) << "refused: " << end.error->message() << given;
            return given.size();
        }
        ++accepted_;
        const auto written = json::parse(end.output);
        auto expected = shown.at("data");
        expected.update(meant);
        const auto now = retrieved();
        for (const auto& [name, value] : expected.items()) {
            EXPECT_EQ(now.at("data").value(name, json()), value)
                << name << ", given " << given.value(name, json());
        }
        EXPECT_EQ(written.at("data"), now.at("data"));
        EXPECT_EQ(written.at("version"), now.at("version"));
        if (!undo) return given.size();
        ++undone_;
        restore(snapshot, written.at("version"), key);
        EXPECT_EQ(raw_(), before) << "undone: " << given;
        EXPECT_EQ(retrieved(), shown);
        return given.size();
    }

    void expect_refusal(const Error& error, const json& given) const {
        EXPECT_TRUE(error.code() == GANTRY_E_REJECTED || error.code() == GANTRY_E_INVALID_DATA)
            << error.message() << given;
        const auto& message = error.message();
        const bool in_200 =
            !refuses_with_200.empty() && message.find(refuses_with_200) != std::string::npos;
        const bool rounded = message.find(kRounded) != std::string::npos;
        const auto flags = rounded ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED;
        if (in_200 && error.flags() == 0) return;
        EXPECT_EQ(error.flags(), flags) << message << given;
    }

    void restore(const json& snapshot, const json& version, const std::string& key) {
        const auto end = rig_.call("erp", "restoreProduct",
                                   {{"snapshot", snapshot}, {"written", version}}, key + "/c");
        EXPECT_FALSE(end.error) << end.error->message() << snapshot;
    }

    static constexpr const char* kRounded = "keeps it as";  // what is said of a decimal

    PluginRig rig_;
    const std::string id_;
    const std::function<std::string()> raw_;
    json fields_;
    int wanted_ = 100;
    int values_ = 0;
    int accepted_ = 0;
    int undone_ = 0;
    int refused_ = 0;
};

}  // namespace gantry::test
