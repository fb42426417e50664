#include "tools/import_prices.h"

#include <fmt/format.h>

#include <exception>
#include <istream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/price_importer.h"

namespace berth {
namespace {

using price_list::Importer;
using price_list::Json;

// Walks the file and hands the importer one small piece at a time. A piece is built as a Json value
// between its opening and its closing brace, then dropped.
class Walker : public nlohmann::json_sax<Json> {
 public:
  explicit Walker(Importer& importer) : importer_(importer) {}
  const std::string& error() const { return error_; }

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool string(string_t& value) override { return scalar(value); }
  bool binary(binary_t&) override { return true; }
  bool key(string_t& name) override {
    path_.back() = name;
    return true;
  }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    error_ = fmt::format("not valid JSON at byte {}: is the file complete?", at);
    return false;
  }

 private:
  // A price list nests 8 deep; this only stops a hostile file from exhausting the stack.
  static constexpr std::size_t kDeepest = 64;

  std::size_t depth() const { return path_.size(); }
  bool at(std::size_t level, std::string_view name) const {
    return depth() > level && path_[level] == name;
  }

  enum class Piece { none, product, plan, term, rate, spot, offer, lone_product };

  // What the object that opens now is, from the keys that lead to it.
  Piece piece() const {
    if (depth() == 2 && at(0, "products")) return path_[1] == "[]" ? Piece::plan : Piece::product;
    if (depth() == 4 && at(0, "terms") && at(1, "OnDemand")) return Piece::term;
    if (depth() == 3 && at(0, "terms") && at(1, "OnDemand") &&
        path_[2].find('.') != std::string::npos)
      return Piece::term;
    if (depth() == 5 && at(0, "terms") && at(1, "savingsPlan") && at(3, "rates"))
      return Piece::rate;
    if (depth() == 2 && at(0, "SpotPriceHistory")) return Piece::spot;
    if (depth() == 2 && at(0, "PriceList")) return Piece::offer;
    if (depth() == 1 && at(0, "[]")) return Piece::offer;
    if (depth() == 1 && at(0, "product")) return Piece::lone_product;
    return Piece::none;
  }

  bool open(Json value) {
    const bool array = value.is_array();
    if (depth() > kDeepest) return fail("nested too deeply for a price list");
    announce(array);
    if (stack_.empty() && !array) {
      collecting_ = piece();
      if (collecting_ != Piece::none) root_ = std::move(value), stack_.push_back(&root_);
    } else if (!stack_.empty()) {
      stack_.push_back(&place(std::move(value)));
    }
    path_.push_back(array ? "[]" : "");
    return true;
  }

  void announce(bool array) {
    if (depth() != 1) return;
    if (at(0, "products") || at(0, "product") || (array && at(0, "PriceList")) ||
        at(0, "SpotPriceHistory"))
      importer_.seen();
    if (at(0, "terms")) importer_.terms_begin();
  }

  bool close() {
    path_.pop_back();
    if (stack_.empty()) return true;
    stack_.pop_back();
    if (stack_.empty()) deliver();
    return true;
  }

  Json& place(Json value) {
    Json& parent = *stack_.back();
    if (!parent.is_array()) return parent[path_.back()] = std::move(value);
    parent.push_back(std::move(value));
    return parent.back();
  }

  bool scalar(Json value) {
    if (!stack_.empty()) {
      place(std::move(value));
    } else if (value.is_string()) {
      const auto& words = value.get_ref<const std::string&>();
      const bool element = (depth() == 2 && at(0, "PriceList")) || (depth() == 1 && at(0, "[]"));
      if (element) return offer_text(words);
      if (depth() == 1) importer_.fact(path_[0], words);
    }
    return true;
  }

  bool offer_text(const std::string& words) {
    try {
      importer_.offer_text(words);
      return true;
    } catch (const std::exception& broken) {
      return fail(broken.what());
    }
  }

  void deliver() {
    switch (collecting_) {
      case Piece::product:
        return importer_.product(path_.back(), root_);
      case Piece::lone_product:
        return importer_.product("", root_);
      case Piece::plan:
        return importer_.plan(root_);
      case Piece::term:
        return importer_.term(root_);
      case Piece::rate:
        return importer_.plan_rate(root_);
      case Piece::spot:
        return importer_.spot(root_);
      case Piece::offer:
        return importer_.offer(root_);
      case Piece::none:
        return;
    }
  }

  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }

  Importer& importer_;
  std::vector<std::string> path_;  // keys that lead here; "[]" inside an array
  std::vector<Json*> stack_;       // open containers of the piece being built
  Json root_;
  Piece collecting_ = Piece::none;
  std::string error_;
};

}  // namespace

PriceImport import_prices(std::istream& in, const std::string& file, Catalogue& catalogue) {
  PriceImport result{.file = file};
  Importer importer(result, catalogue);
  Walker walker(importer);
  const bool whole = Json::sax_parse(in, &walker);
  if (!whole)
    result.error = walker.error();
  else
    result.error = importer.problem();
  if (!result.error) importer.finish();
  return result;
}

std::string summary(const PriceImport& result) {
  if (result.error)
    return fmt::format("{}: error: {}; nothing was used\n", result.file, *result.error);
  std::string out =
      fmt::format("{}: {}: {} prices used", result.file, result.offer, result.used.size());
  if (result.moved_along > 0)
    out += fmt::format(", {} derived prices followed", result.moved_along);
  out += "\n";
  for (const PriceImport::Update& update : result.used)
    if (update.before && *update.before != update.after)
      out += fmt::format("  {}: {} -> {} ({:+.1f} %)\n", update.what, *update.before, update.after,
                         (update.after / *update.before - 1) * 100);
    else if (!update.before)
      out += fmt::format("  {}: {} (new)\n", update.what, update.after);
  for (const std::string& conflict : result.conflicts)
    out += fmt::format("  conflict: {}\n", conflict);
  for (const auto& [reason, count] : result.skipped)
    out += fmt::format("  skipped {}: {}\n", count, reason);
  return out;
}

}  // namespace berth
