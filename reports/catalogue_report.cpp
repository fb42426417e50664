#include "reports/catalogue_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/csv.h"
#include "reports/grid.h"
#include "reports/markdown.h"
#include "reports/numbers.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using enum Column::Align;
using Row = std::vector<std::string>;

// ---- One table, four ways ----------------------------------------------------------------------

struct Sheet {
  std::vector<std::string> titles;
  std::vector<Row> rows;
  std::size_t texts = 1;  // that many first columns are words, the rest are numbers
};

std::string as_table(const Sheet& sheet, bool color) {
  std::vector<Column> columns;
  columns.reserve(sheet.titles.size());
  for (std::size_t i = 0; i < sheet.titles.size(); ++i)
    columns.push_back({sheet.titles[i], i < sheet.texts ? left : right, 56});
  Grid grid(columns);
  for (const Row& row : sheet.rows) {
    std::vector<Cell> cells;
    for (const std::string& field : row) cells.push_back({field});
    grid.add(std::move(cells));
  }
  return grid.text("", color);
}

std::string as_csv(const Sheet& sheet) {
  std::string text;
  const auto add = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(row[i]);
    text += "\n";
  };
  add(sheet.titles);
  for (const Row& row : sheet.rows) add(row);
  return text;
}

std::string as_markdown(const Sheet& sheet) {
  std::string text, rule;
  const auto add = [&](const Row& row) {
    text += "|";
    for (const std::string& field : row) text += " " + markdown_text(field) + " |";
    text += "\n";
  };
  add(sheet.titles);
  for (std::size_t i = 0; i < sheet.titles.size(); ++i)
    rule += i < sheet.texts ? "| :-- " : "| --: ";
  text += rule + "|\n";
  for (const Row& row : sheet.rows) add(row);
  return text;
}

std::string as_json(const Json& json) { return json.dump(2) + "\n"; }

// ---- Fields ------------------------------------------------------------------------------------

std::string plain(double value) { return shortest(value); }

double gib(Bytes bytes) { return static_cast<double>(bytes.count) / static_cast<double>(kGiB); }

std::string accelerators(const InstanceType& type) {
  return type.gpus == 0 ? "" : fmt::format("{} {}", type.gpus, type.gpu_model);
}

std::string price_cell(const std::optional<PriceTag>& tag) {
  if (!tag) return "-";
  return (tag->status == PriceStatus::derived ? "~" : "") + fmt::format("{:.4g}", tag->usd);
}

Json price_json(const std::optional<PriceTag>& tag) {
  if (!tag) return {};
  return {{"usd", tag->usd},
          {"as_of", tag->as_of},
          {"status", name_of(tag->status)},
          {"source", tag->source}};
}

Json type_json(const InstanceType& type) {
  Json prices = Json::object();
  for (const PriceColumn& column : price_columns())
    prices[std::string{column.name} + "_usd_per_hour"] = price_json(type.*(column.tag));
  return {{"name", type.name},
          {"family", type.family},
          {"vcpu", type.vcpu},
          {"memory_bytes", type.memory.count},
          {"accelerators", type.gpus},
          {"accelerator_model", type.gpu_model.empty() ? Json() : Json(type.gpu_model)},
          {"accelerator_memory_gib", type.gpu_mem_gib},
          {"network_bytes_per_s", type.net_baseline.rate},
          {"network_burst_bytes_per_s", type.net_burst.rate},
          {"ebs_bytes_per_s", type.ebs_max.rate},
          {"nvme_bytes", type.nvme.count},
          {"arm", type.arm},
          {"allocatable_cpu_milli", type.allocatable.cpu_milli},
          {"allocatable_memory_bytes", type.allocatable.memory.count},
          {"max_pods", type.max_pods},
          {"sagemaker_training", type.sagemaker_training_offered},
          {"sagemaker_hosting", type.sagemaker_hosting_offered},
          {"spot_reclaim_per_month",
           type.spot_reclaim_per_month ? Json(*type.spot_reclaim_per_month) : Json()},
          {"prices", prices}};
}

Json head_json(const Catalogue& catalogue) {
  return {{"schema", "berth/catalogue/1"},
          {"catalogue", catalogue.name},
          {"region", catalogue.region},
          {"date", catalogue.date}};
}

std::string month_of_price(const InstanceType& type) {
  return type.ec2_on_demand ? type.ec2_on_demand->as_of.substr(0, 7) : "-";
}

std::string footer(const Catalogue& catalogue) {
  return wrapped("", "",
                 fmt::format("{}, {}. CPU* and GiB*: what EKS leaves for pods. EC2, spot and SM* (SageMaker "
                             "training): USD per hour; ~ derived, - unknown or not sold. `berth "
                             "catalog show TYPE` names day and source of each price.",
                             catalogue.name, catalogue.date));
}

// ---- Lists -------------------------------------------------------------------------------------

Sheet short_sheet(const std::vector<const InstanceType*>& types) {
  Sheet sheet{{"type", "GPU", "vCPU", "GiB", "CPU*", "GiB*", "pods", "EC2", "spot", "SM*", "as of"},
              {},
              2};
  for (const InstanceType* type : types)
    sheet.rows.push_back({type->name, shortened(accelerators(*type), 12), std::to_string(type->vcpu),
                          fmt::format("{:.4g}", gib(type->memory)),
                          fmt::format("{:.4g}", static_cast<double>(type->allocatable.cpu_milli) / 1000),
                          fmt::format("{:.4g}", gib(type->allocatable.memory)),
                          std::to_string(type->max_pods), price_cell(type->ec2_on_demand),
                          price_cell(type->ec2_spot), price_cell(type->sagemaker_training),
                          month_of_price(*type)});
  return sheet;
}

// Every price of every type with its origin, a row a price.
Sheet long_sheet(const std::vector<const InstanceType*>& types) {
  Sheet sheet{{"type", "price", "as_of", "status", "source", "usd_per_hour", "vcpu", "memory_gib",
               "gpus", "max_pods"},
              {},
              5};
  for (const InstanceType* type : types)
    for (const PriceColumn& column : price_columns())
      if (const auto& tag = type->*(column.tag))
        sheet.rows.push_back({type->name, std::string{column.name}, tag->as_of,
                              std::string{name_of(tag->status)}, tag->source, plain(tag->usd),
                              std::to_string(type->vcpu), plain(gib(type->memory)),
                              std::to_string(type->gpus), std::to_string(type->max_pods)});
  return sheet;
}

Sheet other_sheet(const Catalogue& catalogue) {
  Sheet sheet{{"price", "USD", "per", "as of", "status", "source"}, {}, 6};
  for (int i = 0; i < kSimplePrices; ++i) {
    const auto what = static_cast<SimplePrice>(i);
    const auto& tag = catalogue.price(what);
    sheet.rows.push_back({std::string{name_of(what)}, tag ? plain(tag->usd) : "-",
                          std::string{unit_of(what)}, tag ? tag->as_of : "-",
                          tag ? std::string{name_of(tag->status)} : "unknown",
                          tag ? tag->source : "-"});
  }
  return sheet;
}

Json other_json(const Catalogue& catalogue) {
  Json json = head_json(catalogue);
  json["prices"] = Json::array();
  for (int i = 0; i < kSimplePrices; ++i) {
    const auto what = static_cast<SimplePrice>(i);
    json["prices"].push_back({{"name", name_of(what)},
                              {"unit", unit_of(what)},
                              {"price", price_json(catalogue.price(what))}});
  }
  return json;
}

// ---- One type ----------------------------------------------------------------------------------

Sheet facts_sheet(const InstanceType& type) {
  const auto gbit = [](BytesPerSecond speed) { return fmt::format("{:.4g}", speed.rate * 8 / 1e9); };
  const auto yes = [](bool value) { return std::string{value ? "yes" : "no"}; };
  Sheet sheet{{"fact", "value"}, {}, 2};
  sheet.rows = {
      {"vCPU", std::to_string(type.vcpu)},
      {"memory", fmt::format("{:.4g} GiB", gib(type.memory))},
      {"accelerators", type.gpus == 0 ? "none"
                                      : fmt::format("{}, {:.4g} GiB each", accelerators(type),
                                                    type.gpu_mem_gib)},
      {"network", fmt::format("{} Gbit/s, up to {}", gbit(type.net_baseline), gbit(type.net_burst))},
      {"EBS", gbit(type.ebs_max) + " Gbit/s"},
      {"local NVMe", type.nvme.count == 0 ? "none" : fmt::format("{:.4g} GiB", gib(type.nvme))},
      {"processor", type.arm ? "arm64" : "x86-64"},
      {"allocatable on EKS", fmt::format("{:.4g} vCPU, {:.4g} GiB, {} pods",
                                         static_cast<double>(type.allocatable.cpu_milli) / 1000,
                                         gib(type.allocatable.memory), type.max_pods)},
      {"SageMaker training", yes(type.sagemaker_training_offered)},
      {"SageMaker hosting", yes(type.sagemaker_hosting_offered)},
      {"spot reclaims", type.spot_reclaim_per_month
                            ? percent(*type.spot_reclaim_per_month) + " of instances a month"
                            : "unknown"}};
  return sheet;
}

// Sources are sentences: in a table they stand below it, numbered.
std::string as_table_with_notes(Sheet sheet, bool color) {
  std::vector<std::string> sources;
  for (Row& row : sheet.rows) {
    std::string& source = row.back();
    if (source == "-") continue;
    auto at = std::ranges::find(sources, source);
    if (at == sources.end()) at = sources.insert(sources.end(), source);
    source = fmt::format("[{}]", at - sources.begin() + 1);
  }
  std::string text = as_table(sheet, color) + "\n";
  for (std::size_t i = 0; i < sources.size(); ++i)
    text += wrapped(fmt::format("[{}] ", i + 1), "    ", sources[i]);
  return text;
}

Sheet prices_sheet(const InstanceType& type) {
  Sheet sheet{{"price", "USD/h", "as of", "status", "source"}, {}, 5};
  for (const PriceColumn& column : price_columns()) {
    const auto& tag = type.*(column.tag);
    sheet.rows.push_back({std::string{column.name}, tag ? plain(tag->usd) : "-",
                          tag ? tag->as_of : "-", tag ? std::string{name_of(tag->status)} : "unknown",
                          tag ? tag->source : "-"});
  }
  return sheet;
}

std::string type_table(const InstanceType& type, bool color) {
  return styled(type.name, Style::bold, color) + "\n" + as_table(facts_sheet(type), color) + "\n" +
         as_table_with_notes(prices_sheet(type), color);
}

}  // namespace

std::vector<const InstanceType*> matching(const Catalogue& catalogue,
                                          const CatalogueFilter& filter) {
  std::vector<const InstanceType*> types;
  for (const InstanceType& type : catalogue.types)
    if (type.family.starts_with(filter.family) && (!filter.only_gpu || type.gpus > 0))
      types.push_back(&type);
  return types;
}

std::string list_types(const Catalogue& catalogue, const CatalogueFilter& filter, Format format,
                       bool color) {
  const auto types = matching(catalogue, filter);
  if (format == Format::csv) return as_csv(long_sheet(types));
  if (format == Format::markdown) return as_markdown(short_sheet(types)) + "\n" + footer(catalogue);
  if (format == Format::table) return as_table(short_sheet(types), color) + footer(catalogue);
  Json json = head_json(catalogue);
  json["types"] = Json::array();
  for (const InstanceType* type : types) json["types"].push_back(type_json(*type));
  return as_json(json);
}

std::string list_other_prices(const Catalogue& catalogue, Format format, bool color) {
  if (format == Format::json) return as_json(other_json(catalogue));
  const Sheet sheet = other_sheet(catalogue);
  if (format == Format::csv) return as_csv(sheet);
  return format == Format::markdown ? as_markdown(sheet) : as_table_with_notes(sheet, color);
}

std::string show_type(const Catalogue& catalogue, const InstanceType& type, Format format,
                      bool color) {
  if (format == Format::csv) return as_csv(long_sheet({&type}));
  if (format == Format::markdown)
    return "# " + markdown_text(type.name) + "\n\n" + as_markdown(facts_sheet(type)) + "\n" +
           as_markdown(prices_sheet(type));
  if (format == Format::table)
    return type_table(type, color);
  Json json = head_json(catalogue);
  json["type"] = type_json(type);
  return as_json(json);
}

}  // namespace berth
