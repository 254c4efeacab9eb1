// A service and a step.
#include <gantry/plugin.hpp>

using gantry::json;

class Scales {
public:
    explicit Scales(const json& options) : unit_(options.at("unit")) {}

    json weigh(gantry::Call&, const json& input) {
        return {{"weight", input.at("product").get<std::string>().size()}, {"unit", unit_}};
    }

    gantry::StepResponse label(gantry::Call& call, const json& input) {
        call.log(GANTRY_LOG_INFO, "a label for " + input.at("product").dump());
        return json{{"label", input.at("product").get<std::string>() + " (" + unit_ + ")"}};
    }

private:
    std::string unit_;
};

GANTRY_PLUGIN(Scales, gantry::Serves<"stranger.scales/1", gantry::Method<"weigh", &Scales::weigh>>,
              gantry::Step<"label", &Scales::label>);
