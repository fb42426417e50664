#include "scenarios/read_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "models/kubernetes/allocatable.h"

namespace berth {
namespace {

constexpr int kKubeletPods = 110;  // kubelet's maxPods where nobody says otherwise

struct Field {
  std::string text;
  int column = 1;
};

// One CSV line into fields; quotes as in RFC 4180, without line breaks inside them.
std::optional<std::vector<Field>> split(std::string_view line) {
  std::vector<Field> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line.substr(i).starts_with("\"\""))
      fields.back().text += line[i++];
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      fields.push_back({"", static_cast<int>(i) + 2});
    else
      fields.back().text += line[i];
  }
  if (quoted) return std::nullopt;
  return fields;
}

bool digits_at(std::string_view s, std::initializer_list<std::size_t> positions) {
  return std::ranges::all_of(positions, [&](std::size_t i) { return s[i] >= '0' && s[i] <= '9'; });
}

// 2026, 2026-08 or 2026-08-21.
bool is_day(std::string_view s) {
  if (s.size() != 4 && s.size() != 7 && s.size() != 10) return false;
  if (!digits_at(s, {0, 1, 2, 3})) return false;
  if (s.size() >= 7 && (s[4] != '-' || !digits_at(s, {5, 6}))) return false;
  return s.size() < 10 || (s[7] == '-' && digits_at(s, {8, 9}));
}

std::optional<double> plain_number(std::string_view s) {
  double value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc{} || end != s.data() + s.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<PriceStatus> price_status(std::string_view name) {
  for (const auto status : {PriceStatus::sourced, PriceStatus::derived, PriceStatus::user})
    if (name_of(status) == name) return status;
  return std::nullopt;
}

struct Source {
  std::string as_of, words;
  PriceStatus status{};
};

class Reader {
 public:
  Reader(Catalogue& catalogue, std::string file, std::vector<Issue>& issues)
      : catalogue_(catalogue), file_(std::move(file)), issues_(issues) {
    for (const InstanceType& type : catalogue_.types) seen_.insert(type.name);
  }

  void read(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++line_;
      if (!line.empty() && line[0] != '#') read_line(line);
    }
    if (columns_.empty()) wrong(1, "", "expected a header line that starts with 'type' or 'item'");
    std::ranges::sort(catalogue_.types, {}, &InstanceType::name);
  }

 private:
  using Row = std::vector<Field>;
  struct Column {
    std::string name;
    std::function<void(InstanceType&, const Field&)> set;
  };

  void wrong(int column, std::string_view path, std::string message, std::string hint = "") {
    issues_.push_back(
        {file_, line_, column, std::string(path), std::move(message), std::move(hint)});
  }

  void read_line(std::string_view line) {
    const auto row = split(line);
    if (!row) return wrong(1, "", "a quote is opened and not closed");
    const std::string& first = row->front().text;
    if (first.starts_with('@')) return read_fact(*row);
    if (first == "type" || first == "item") return read_header(*row);
    if (columns_.empty())
      return wrong(1, "", fmt::format("expected a header line before '{}'", first),
                   "a header starts with 'type' or 'item'");
    if (row->size() != columns_.size())
      return wrong(1, first,
                   fmt::format("expected {} fields, found {}", columns_.size(), row->size()));
    columns_.front() == "type" ? read_type(*row) : read_price(*row);
  }

  void read_fact(const Row& row) {
    const std::string& what = row.front().text;
    if (what == "@source") return read_source(row);
    if (row.size() != 2) return wrong(1, what, fmt::format("expected one value after {}", what));
    if (what == "@name")
      catalogue_.name = row[1].text;
    else if (what == "@region")
      read_region(row[1]);
    else if (what == "@date")
      read_date(row[1]);
    else
      wrong(1, what, fmt::format("unknown line '{}'", what), "known: @name @region @date @source");
  }

  void read_region(const Field& field) {
    if (!catalogue_.region.empty() && catalogue_.region != field.text)
      return wrong(field.column, "@region",
                   fmt::format("expected region {}, found {}", catalogue_.region, field.text),
                   "a catalogue has one region");
    catalogue_.region = field.text;
  }

  void read_date(const Field& field) {
    if (!is_day(field.text))
      return wrong(field.column, "@date", fmt::format("expected a day, found '{}'", field.text));
    catalogue_.date = std::max(catalogue_.date, field.text);
  }

  void read_source(const Row& row) {
    if (row.size() != 5)
      return wrong(
          1, "@source",
          fmt::format("expected key, day, status and words, found {} fields", row.size() - 1));
    const auto status = price_status(row[3].text);
    if (!is_day(row[2].text))
      wrong(row[2].column, "@source", fmt::format("expected a day, found '{}'", row[2].text),
            "YYYY, YYYY-MM or YYYY-MM-DD");
    if (!status)
      return wrong(row[3].column, "@source", fmt::format("unknown status '{}'", row[3].text),
                   "known: sourced derived user");
    if (!sources_.emplace(row[1].text, Source{row[2].text, row[4].text, *status}).second)
      wrong(row[1].column, "@source", fmt::format("source '{}' is given twice", row[1].text));
  }

  void read_header(const Row& row) {
    columns_.clear();
    for (const Field& field : row) {
      if (std::ranges::find(columns_, field.text) != columns_.end())
        wrong(field.column, field.text, "this column is given twice");
      columns_.push_back(field.text);
    }
    const bool types = columns_.front() == "type";
    for (const Field& field : row)
      if (types ? !known_column(field.text)
                : field.text != "item" && field.text != "price" && field.text != "note")
        wrong(field.column, field.text, fmt::format("unknown column '{}'", field.text));
    for (const char* needed : {"vcpu", "memory_gib"})
      if (types && std::ranges::find(columns_, needed) == columns_.end())
        wrong(1, needed, fmt::format("the column '{}' is missing", needed));
    if (!types && std::ranges::find(columns_, "price") == columns_.end())
      wrong(1, "price", "the column 'price' is missing");
  }

  static bool known_column(std::string_view name) {
    static const std::set<std::string_view> plain{"type",
                                                  "family",
                                                  "vcpu",
                                                  "memory_gib",
                                                  "accelerators",
                                                  "accelerator_model",
                                                  "accelerator_gib",
                                                  "net_gbps",
                                                  "net_burst_gbps",
                                                  "ebs_mbps",
                                                  "nvme_gb",
                                                  "arch",
                                                  "pod_cpu_m",
                                                  "pod_memory_mib",
                                                  "max_pods",
                                                  "spot_reclaim_per_month",
                                                  "sagemaker"};
    return plain.contains(name) || std::ranges::any_of(price_columns(), [&](const PriceColumn& c) {
             return c.name == name;
           });
  }

  // A number from a field that may be empty; 0 when it is wrong, after saying so.
  double number(const Field& field, std::string_view path, double low, double high) {
    if (field.text.empty()) return 0;
    const auto value = plain_number(field.text);
    if (value && *value >= low && *value <= high) return *value;
    wrong(field.column, path,
          fmt::format("expected a number from {} to {}, found '{}'", low, high, field.text));
    return 0;
  }

  std::optional<PriceTag> price(const Field& field, std::string_view path) {
    if (field.text.empty()) return std::nullopt;
    const std::size_t space = field.text.find(' ');
    const std::string key = space == std::string::npos ? "" : field.text.substr(space + 1);
    const auto usd = plain_number(std::string_view(field.text).substr(0, space));
    const auto source = sources_.find(key);
    if (!usd || *usd <= 0 || *usd > 1e6)
      wrong(field.column, path,
            fmt::format("expected a price above 0 and its source, found '{}'", field.text),
            "as in '0.192 ec2'; leave it empty when it is unknown");
    else if (source == sources_.end())
      wrong(field.column, path, fmt::format("no source named '{}'", key),
            "a line '@source,KEY,DAY,sourced,WORDS' above declares one");
    else
      return PriceTag{*usd, source->second.as_of, source->second.words, source->second.status};
    return std::nullopt;
  }

  void read_type(const Row& row) {
    InstanceType type{.name = row.front().text};
    type.family = type.name.substr(0, type.name.find('.'));
    for (std::size_t i = 1; i < row.size(); ++i)
      set(type, columns_[i], row[i], type.name + "/" + columns_[i]);
    if (type.max_pods == 0) type.max_pods = kKubeletPods;
    const Resources offered = allocatable({type.vcpu, type.memory, type.gpus, type.arm}, type.max_pods);
    if (type.allocatable.cpu_milli == 0) type.allocatable.cpu_milli = offered.cpu_milli;
    if (type.allocatable.memory.count == 0)
      type.allocatable.memory = std::max(offered.memory, Bytes{});
    type.allocatable.gpus = type.gpus;
    if (type.name.find('.') == std::string::npos || type.name.starts_with("ml."))
      wrong(1, type.name, fmt::format("expected a type like m5.xlarge, found '{}'", type.name));
    if (type.vcpu <= 0 || type.memory.count <= 0)
      wrong(1, type.name, "vcpu and memory_gib must be above 0");
    if (!seen_.insert(type.name).second)
      return wrong(1, type.name, fmt::format("the type {} is given twice", type.name));
    catalogue_.types.push_back(std::move(type));
  }

  void set(InstanceType& type, std::string_view column, const Field& field,
           const std::string& path) {
    const auto in = [&](double low, double high) { return number(field, path, low, high); };
    const auto whole = [&](double high) { return static_cast<int>(std::llround(in(0, high))); };
    const auto bytes = [&](double unit) { return Bytes{std::llround(in(0, 1e9) * unit)}; };
    if (column == "family")
      type.family = field.text;
    else if (column == "vcpu")
      type.vcpu = whole(1e5);
    else if (column == "memory_gib")
      type.memory = bytes(static_cast<double>(kGiB));
    else if (column == "accelerators")
      type.gpus = whole(1e3);
    else if (column == "accelerator_model")
      type.gpu_model = field.text;
    else if (column == "accelerator_gib")
      type.gpu_mem_gib = in(0, 1e5);
    else if (column == "net_gbps")
      type.net_baseline = gigabits_per_second(in(0, 1e5));
    else if (column == "net_burst_gbps")
      type.net_burst = gigabits_per_second(in(0, 1e5));
    else if (column == "ebs_mbps")
      type.ebs_max = gigabits_per_second(in(0, 1e7) / 1000);
    else if (column == "nvme_gb")
      type.nvme = bytes(1e9);
    else if (column == "arch")
      set_arch(type, field, path);
    else if (column == "pod_cpu_m")
      type.allocatable.cpu_milli = std::llround(in(0, 1e8));
    else if (column == "pod_memory_mib")
      type.allocatable.memory = bytes(static_cast<double>(kMiB));
    else if (column == "max_pods")
      type.max_pods = whole(1e5);
    else if (column == "spot_reclaim_per_month")
      set_reclaim(type, field, path);
    else if (column == "sagemaker")
      set_sagemaker(type, field, path);
    else
      set_price(type, column, field, path);
  }

  void set_arch(InstanceType& type, const Field& field, const std::string& path) {
    if (field.text != "amd64" && field.text != "arm64")
      wrong(field.column, path, fmt::format("expected amd64 or arm64, found '{}'", field.text));
    type.arm = field.text == "arm64";
  }

  void set_reclaim(InstanceType& type, const Field& field, const std::string& path) {
    if (!field.text.empty()) type.spot_reclaim_per_month = number(field, path, 0, 0.999);
  }

  void set_sagemaker(InstanceType& type, const Field& field, const std::string& path) {
    static const std::set<std::string_view> known{"", "training", "hosting", "training hosting"};
    if (!known.contains(field.text))
      wrong(field.column, path,
            fmt::format("expected 'training', 'hosting' or both, found '{}'", field.text));
    type.sagemaker_training_offered = field.text.starts_with("training");
    type.sagemaker_hosting_offered = field.text.ends_with("hosting");
  }

  void set_price(InstanceType& type, std::string_view column, const Field& field,
                 const std::string& path) {
    for (const PriceColumn& known : price_columns())
      if (known.name == column) type.*known.tag = price(field, path);
  }

  void read_price(const Row& row) {
    const auto what = simple_price(row.front().text);
    if (!what)
      return wrong(1, row.front().text, fmt::format("unknown price '{}'", row.front().text));
    std::optional<PriceTag> tag;
    std::string note;
    for (std::size_t i = 1; i < row.size(); ++i) {
      if (columns_[i] == "price") tag = price(row[i], row.front().text);
      if (columns_[i] == "note") note = row[i].text;
    }
    if (tag && !note.empty()) tag->source += "; " + note;
    if (catalogue_.price(*what))
      return wrong(1, row.front().text, fmt::format("{} is given twice", row.front().text));
    catalogue_.price(*what) = std::move(tag);
  }

  Catalogue& catalogue_;
  std::string file_;
  std::vector<Issue>& issues_;
  int line_ = 0;
  std::vector<std::string> columns_;
  std::map<std::string, Source> sources_;
  std::set<std::string> seen_;
};

// A field never breaks its line, whatever an imported price list calls itself.
std::string quoted(std::string_view text) {
  std::string out;
  bool plain = true;
  for (const char c : text) {
    plain = plain && c != ',' && c != '"';
    out += c == '"' ? "\"\"" : std::string(1, static_cast<unsigned char>(c) < ' ' ? ' ' : c);
  }
  return plain ? out : '"' + out + '"';
}

// Gives every distinct source a key, in the order of first use, and writes prices with it.
class SourceKeys {
 public:
  std::string price(const std::optional<PriceTag>& tag) {
    if (!tag) return "";
    const std::string words =
        fmt::format("{},{},{}", tag->as_of, name_of(tag->status), quoted(tag->source));
    const auto [at, fresh] = keys_.emplace(words, fmt::format("s{}", keys_.size() + 1));
    if (fresh) lines_ += fmt::format("@source,{},{}\n", at->second, words);
    return fmt::format("{} {}", tag->usd, at->second);
  }
  const std::string& lines() const { return lines_; }

 private:
  std::map<std::string, std::string> keys_;
  std::string lines_;
};

std::string maybe(double value) { return value == 0 ? "" : fmt::format("{}", value); }

// In whole kbit/s, so that 0.781 goes out as it came in.
double gbps(BytesPerSecond speed) { return std::round(speed.rate * 8 / 1e3) / 1e6; }

std::string type_row(const InstanceType& t, SourceKeys& sources) {
  const auto in = [](Bytes b, double unit) { return static_cast<double>(b.count) / unit; };
  std::string row = fmt::format(
      "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", t.name, t.family, t.vcpu,
      in(t.memory, static_cast<double>(kGiB)), t.gpus, quoted(t.gpu_model), maybe(t.gpu_mem_gib),
      gbps(t.net_baseline), gbps(t.net_burst), std::round(gbps(t.ebs_max) * 1000), in(t.nvme, 1e9),
      t.arm ? "arm64" : "amd64", t.allocatable.cpu_milli,
      in(t.allocatable.memory, static_cast<double>(kMiB)), t.max_pods,
      t.spot_reclaim_per_month ? fmt::format("{}", *t.spot_reclaim_per_month) : "",
      t.sagemaker_training_offered  ? t.sagemaker_hosting_offered ? "training hosting" : "training"
      : t.sagemaker_hosting_offered ? "hosting"
                                    : "");
  for (const PriceColumn& column : price_columns()) row += "," + sources.price(t.*column.tag);
  return row + "\n";
}

}  // namespace

void read_catalogue_into(Catalogue& catalogue, std::string_view text, const std::string& file,
                         std::vector<Issue>& issues) {
  Reader(catalogue, file, issues).read(text);
}

Catalogue read_catalogue(std::string_view text, const std::string& file,
                         std::vector<Issue>& issues) {
  Catalogue catalogue;
  read_catalogue_into(catalogue, text, file, issues);
  return catalogue;
}

std::string write_catalogue_csv(const Catalogue& catalogue) {
  SourceKeys sources;
  std::string types =
      "type,family,vcpu,memory_gib,accelerators,accelerator_model,accelerator_gib,net_gbps,"
      "net_burst_gbps,ebs_mbps,nvme_gb,arch,pod_cpu_m,pod_memory_mib,max_pods,"
      "spot_reclaim_per_month,sagemaker";
  for (const PriceColumn& column : price_columns()) types += fmt::format(",{}", column.name);
  types += "\n";
  for (const InstanceType& type : catalogue.types) types += type_row(type, sources);
  std::string prices = "item,price\n";
  for (int i = 0; i < kSimplePrices; ++i)
    if (const auto what = static_cast<SimplePrice>(i); catalogue.price(what))
      prices += fmt::format("{},{}\n", name_of(what), sources.price(catalogue.price(what)));
  return fmt::format("@name,{}\n@region,{}\n@date,{}\n{}{}{}", catalogue.name, catalogue.region,
                     catalogue.date, sources.lines(), types, prices);
}

}  // namespace berth
