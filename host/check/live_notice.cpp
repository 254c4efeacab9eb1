#include "check/live_notice.hpp"

#include "check/live_scope.hpp"

namespace gantry::host::check {
namespace {

std::string quoted(const std::string& text) { return json(text).dump(); }

// The options that say where it is, none that is secret.
std::string addresses(Subject& subject) {
    const auto properties = subject.manifest().options.value("properties", json::object());
    const auto options = subject.options();
    std::string all;
    for (const auto& [name, value] : options.items()) {
        if (!value.is_string() || properties.value(name, json::object()).value("writeOnly", false))
            continue;
        const auto& text = value.get_ref<const std::string&>();
        const bool is_address = text.find("://") != std::string::npos;
        if (!is_address || text.find('@') != std::string::npos) continue;
        all += (all.empty() ? ", " : " and ") + name + " " + text;
    }
    return all;
}

}  // namespace

std::string live_notice(Subject& subject) {
    const auto& settings = subject.settings();
    const auto product = "product " + quoted(*settings.live_product);
    std::string text =
        "gantry check --live asks a real system" + addresses(subject) + ".\n  It changes " +
        product +
        " and no other, again and again, each time for a moment, to values of "
        "contract.json;\n  nobody else may change it meanwhile.\n  How it is now is "
        "kept in " +
        settings.kept.string() +
        ". After each check, a crash or\n  Ctrl-C it is put back and compared. Should "
        "this process be killed, the same command with\n  --put-back " +
        settings.kept.string() + " does so.\n";
    std::string watched;
    for (const auto& id : settings.watched) watched += (watched.empty() ? "" : ", ") + quoted(id);
    text += watched.empty() ? "  No other product is watched; --watch ID names one.\n"
                            : "  Only read, and compared: " + watched + ".\n";
    for (const auto& scenario : subject.contract().scenarios) {
        if (const auto why = left_out(subject, scenario)) {
            text += "  Not played: scenario " + quoted(scenario.name) + ": " + *why + ".\n";
        }
    }
    return text +
           "  What would create products, write values of its own making, try other options or\n"
           "  make many calls is skipped: whole checks, and parts of update-then-read, exact-undo\n"
           "  and unknown-id.\n";
}

}  // namespace gantry::host::check
