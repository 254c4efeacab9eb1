#include "check/stage.hpp"

#include "base/id.hpp"

namespace gantry::host::check {

Stage::Stage(Subject& subject, Product product)
    : subject_(subject), rig_(std::make_unique<Rig>(subject)), instance_(rig_->create()) {
    if (product == Product::kPut) put_product();
}

Stage::~Stage() {
    if (std::uncaught_exceptions() > 0) {
        static_cast<void>(rig_.release());
        return;
    }
    if (instance_ != nullptr) end();
}

void Stage::end() {
    rig_->destroy(instance_);
    instance_ = nullptr;
}

void Stage::create_again() {
    end();
    instance_ = rig_->create();
}

End Stage::ask(const std::string& method, const json& input, const std::string& key) {
    Ask ask;
    ask.input = input.dump();
    ask.key = key + "/" + method + "#1";
    return rig_->method(instance_, method, std::move(ask));
}

void Stage::put_product() {
    const auto& service = subject_.manifest().service;
    const auto& product = subject_.contract().product;
    if (!service || !product.is_object() || subject_.settings().live_product) return;
    const json& id = product.at("id");
    json data = product.at("data");
    End put;
    if (service->interface == "gantry.erp/1") {
        for (const auto& [field, value] : product.at("change").items())
            data.emplace(field, nullptr);
        put =
            ask("updateProductErpData", {{"id", id}, {"data", data}, {"create", true}}, new_key());
    } else if (service->interface == "gantry.product/1") {
        if (ask("retrieveProduct", {{"id", id}}, "").error) {
            data["id"] = id;
            // Under the key of a scenario's own preparation, which then finds it done.
            put = ask("createProducts", {{"products", json::array({data})}}, "prepare-1");
        } else {
            put = ask("updateProducts", {{"id", id}, {"data", data}}, new_key());
        }
    } else {
        return;
    }
    require(put.answered && !put.error,
            "the contract's product could not be written: " + in_words(put),
            "\"product\" of contract.json holds data that the plugin takes");
}

std::string new_key() { return "check-" + make_id() + "/step"; }

void live(Subject& subject) {
    Stage stage(subject);
    if (stage.rig().table().ping != nullptr) {
        stage.rig().run("ping", stage.instance(), {}, [&](const gantry_invocation& in) {
            stage.rig().table().ping(stage.instance(), in.call);
        });
    }
    for (const auto& scenario : subject.scenarios()) {
        auto action = stage.action(scenario);
        const auto key = new_key();
        action.take_back(key, action.invoke(key));
    }
}

}  // namespace gantry::host::check
