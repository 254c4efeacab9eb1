// A SAX handler that builds the value: the parser hands it the digits of a number beside the
// double.
#include "exact_json.hpp"

#include <vector>

namespace erp_odata {
namespace {

constexpr std::size_t kDeepest = 200;

class Builder : public nlohmann::json_sax<json> {
public:
    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t, const string_t& digits) override { return add(digits); }
    bool string(string_t& text) override { return add(std::move(text)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        name_ = std::move(name);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

    json take() { return std::move(root_); }

private:
    json* place(json value) {
        if (open_.empty()) return &(root_ = std::move(value));
        auto& parent = *open_.back();
        if (parent.is_object()) return &(parent[name_] = std::move(value));
        parent.push_back(std::move(value));
        return &parent.back();
    }
    bool add(json value) {
        place(std::move(value));
        return true;
    }
    bool open(json value) {
        if (open_.size() >= kDeepest) return false;
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    json root_;
    std::vector<json*> open_;  // a parent does not move while its child is open
    std::string name_;
};

}  // namespace

json parse_exact(const std::string& text) {
    Builder builder;
    if (!json::sax_parse(text, &builder)) return json(json::value_t::discarded);
    return builder.take();
}

}  // namespace erp_odata
