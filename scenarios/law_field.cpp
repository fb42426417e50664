// How the law of a time is written:
//
//   4min                                    constant
//   {median: 48s, p95: 95s}                 lognormal; also median and p99, mean and cv
//   {gamma: {mean: 3s, cv: 0.5}}            and exponential, uniform, weibull, log_logistic,
//                                           hyperexponential
//   {empirical: [1s, 2s, 5s]}               or a file: {empirical: waits.csv, column: seconds}
//   {mixture: [{weight: 98%, of: 90s}, {weight: 2%, of: {median: 13min, p95: 16min}}]}
//   any of them with shift (added) and at_most (what lies beyond sits on it)
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "scenarios/csv.h"
#include "scenarios/fields.h"

namespace berth {
namespace {

struct Parameters {
  std::optional<Seconds> median, p95, p99, mean, from, to, scale;
  std::optional<double> cv, shape;
};

struct Part {
  double weight = 1;
  Distribution law;
};

struct Sample {
  std::vector<Seconds> values;
  std::string file;
};

struct LawText {
  Parameters lognormal_here;  // median, p95, p99, mean, cv written straight into the law
  std::optional<Parameters> lognormal, gamma, exponential, uniform, weibull, log_logistic,
      hyperexponential;
  std::optional<Sample> sample;
  std::optional<std::string> column;
  std::optional<std::vector<Part>> mixture;
  std::optional<Seconds> shift, at_most;
};

Fields<Parameters> lognormal_fields() {
  Fields<Parameters> f;
  f.add("median", &Parameters::median, duration(Zero::refused), optional("see lognormal"),
        "Half of the values are below it.");
  f.add("p95", &Parameters::p95, duration(Zero::refused), optional("see lognormal"),
        "95 % of the values are below it.");
  f.add("p99", &Parameters::p99, duration(Zero::refused), optional("see lognormal"),
        "99 % of the values are below it.");
  f.add("mean", &Parameters::mean, duration(Zero::refused), optional("see lognormal"), "The mean.");
  f.add("cv", &Parameters::cv, positive_number(), optional("see lognormal"),
        "Standard deviation over mean.");
  return f;
}

Fields<Parameters> mean_cv_fields() {
  Fields<Parameters> f;
  f.add("mean", &Parameters::mean, duration(Zero::refused), required(), "The mean.");
  f.add("cv", &Parameters::cv, positive_number(), required(), "Standard deviation over mean.");
  return f;
}

Fields<Parameters> mean_fields() {
  Fields<Parameters> f;
  f.add("mean", &Parameters::mean, duration(Zero::refused), required(), "The mean.");
  return f;
}

Fields<Parameters> uniform_fields() {
  Fields<Parameters> f;
  f.add("from", &Parameters::from, duration(), required(), "The smallest value.");
  f.add("to", &Parameters::to, duration(Zero::refused), required(), "The largest value.");
  return f;
}

Fields<Parameters> weibull_fields() {
  Fields<Parameters> f;
  f.add("shape", &Parameters::shape, positive_number(), required(),
        "Below 1 the longer it took the longer it will take, above 1 the other way round.");
  f.add("scale", &Parameters::scale, duration(Zero::refused), required(),
        "63 % of the values are below it.");
  return f;
}

Fields<Parameters> log_logistic_fields() {
  Fields<Parameters> f;
  f.add("median", &Parameters::median, duration(Zero::refused), required(),
        "Half of the values are below it.");
  f.add("shape", &Parameters::shape, positive_number(), required(),
        "The tail falls as x to the minus this.");
  return f;
}

ShapeRef law_reference() {
  static const ShapeRef shape = std::make_shared<const Shape>(
      Shape{.kind = Shape::Kind::ref, .words = "a distribution of a time", .name = "distribution"});
  return shape;
}

bool read_law(Reading& in, const Node& node, Distribution& target);

Fields<Part> part_fields() {
  Fields<Part> f;
  f.add("weight", &Part::weight, share(), required(), "How often this component is drawn.");
  f.add("of", &Part::law, Type<Distribution>{law_reference(), read_law}, required(),
        "The component: a distribution again.");
  return f;
}

Type<Sample> sample_type() {
  const Type<std::vector<Seconds>> list = list_of(duration(), 1);
  const Type<std::string> file = text("a list of durations or the name of a CSV file");
  return {any_of({list.shape, file.shape}, "a list of durations or the name of a CSV file"),
          [list, file](Reading& in, const Node& node, Sample& target) {
            return node.is_sequence() ? list.read(in, node, target.values)
                                      : file.read(in, node, target.file);
          }};
}

const Fields<LawText>& law_fields() {
  static const Fields<LawText> fields = [] {
    Fields<LawText> f;
    const auto here = [](std::optional<Seconds> Parameters::*member) {
      return [member](Reading& in, const Node& node, LawText& target) {
        Seconds value{};
        if (!duration(Zero::refused).read(in, node, value)) return false;
        target.lognormal_here.*member = value;
        return true;
      };
    };
    const ShapeRef time = duration().shape;
    const Absent no = optional("another law is written");
    f.custom("median", time, no, "Lognormal: half of the values are below it.",
             here(&Parameters::median));
    f.custom("p95", time, no, "Lognormal, with median: 95 % of the values are below it.",
             here(&Parameters::p95));
    f.custom("p99", time, no, "Lognormal, with median: 99 % of the values are below it.",
             here(&Parameters::p99));
    f.custom("mean", time, no, "Lognormal, with cv: the mean.", here(&Parameters::mean));
    f.custom("cv", positive_number().shape, no,
             "Lognormal, with mean: standard deviation over mean.",
             [](Reading& in, const Node& node, LawText& target) {
               double value = 0;
               if (!positive_number().read(in, node, value)) return false;
               target.lognormal_here.cv = value;
               return true;
             });
    f.add("lognormal", &LawText::lognormal, object(lognormal_fields()), no,
          "median and p95, median and p99, or mean and cv.");
    f.add("gamma", &LawText::gamma, object(mean_cv_fields()), no, "Gamma law.");
    f.add("exponential", &LawText::exponential, object(mean_fields()), no, "No memory.");
    f.add("uniform", &LawText::uniform, object(uniform_fields()), no, "Any value is as likely.");
    f.add("weibull", &LawText::weibull, object(weibull_fields()), no, "Weibull law.");
    f.add("log_logistic", &LawText::log_logistic, object(log_logistic_fields()), no,
          "As lognormal in the middle, with a heavier tail.");
    f.add("hyperexponential", &LawText::hyperexponential, object(mean_cv_fields()), no,
          "Two exponentials with balanced means; cv at least 1.");
    f.add("empirical", &LawText::sample, sample_type(), no,
          "Measured values, with straight lines between them.");
    f.add("column", &LawText::column, text("the name of a column"),
          optional("the only column of the file"), "With empirical: the column of its file.");
    f.add("mixture", &LawText::mixture, list_of(object(part_fields()), 1), no,
          "One of several laws, drawn by weight.");
    f.add("shift", &LawText::shift, duration(), optional("nothing is added"),
          "Added to every value.");
    f.add("at_most", &LawText::at_most, duration(Zero::refused), optional("no bound"),
          "Larger values become this one, as a time-out does.");
    return f;
  }();
  return fields;
}

// ---- Laws under other laws -----------------------------------------------------------------------

template <std::size_t n>
bool only(const Node& node, const std::array<std::string_view, n>& keys) {
  return node.is_mapping() && !node.entries.empty() &&
         std::ranges::all_of(node.entries, [&](const Entry& entry) {
           return std::ranges::find(keys, entry.key) != keys.end();
         });
}

bool is_whole_law(const Node& node) {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> list;
    for (const FieldText& field : law_fields().texts()) list.push_back(field.name);
    return list;
  }();
  if (!node.is_mapping()) return false;
  for (const Entry& entry : node.entries)
    if (std::ranges::find(keys, entry.key) == keys.end()) return false;
  const auto has = [&](std::string_view key) { return node.find(key) != nullptr; };
  constexpr std::array<std::string_view, 9> kKinds{"lognormal",        "gamma",     "exponential",
                                                   "uniform",          "weibull",   "log_logistic",
                                                   "hyperexponential", "empirical", "mixture"};
  return (has("median") && (has("p95") || has("p99"))) || (has("mean") && has("cv")) ||
         std::ranges::any_of(kKinds, has);
}

// ---- From text to law ---------------------------------------------------------------------------

std::optional<Distribution> lognormal_law(const Parameters& p, std::string& wrong) {
  const bool by_median = p.median && (p.p95.has_value() != p.p99.has_value()) && !p.mean && !p.cv;
  const bool by_mean = p.mean && p.cv && !p.median && !p.p95 && !p.p99;
  if (by_median && p.p95) return lognormal_from_median_p95(p.median->count(), p.p95->count());
  if (by_median) return lognormal_from_median_p99(p.median->count(), p.p99->count());
  if (by_mean) return lognormal_from_mean_cv(p.mean->count(), *p.cv);
  wrong = "a lognormal law needs median and p95, median and p99, or mean and cv";
  return std::nullopt;
}

bool any(const Parameters& p) { return p.median || p.p95 || p.p99 || p.mean || p.cv; }

std::string laws_written(const LawText& t) {
  std::string list;
  const auto note = [&](bool written, std::string_view name) {
    if (written) list += (list.empty() ? "" : ", ") + std::string(name);
  };
  note(any(t.lognormal_here), "median/mean");
  note(t.lognormal.has_value(), "lognormal");
  note(t.gamma.has_value(), "gamma");
  note(t.exponential.has_value(), "exponential");
  note(t.uniform.has_value(), "uniform");
  note(t.weibull.has_value(), "weibull");
  note(t.log_logistic.has_value(), "log_logistic");
  note(t.hyperexponential.has_value(), "hyperexponential");
  note(t.sample.has_value(), "empirical");
  note(t.mixture.has_value(), "mixture");
  return list;
}

// The parameters of a law that was read without issues are all there.
std::optional<Distribution> build(const LawText& t, std::string& wrong) {
  if (any(t.lognormal_here)) return lognormal_law(t.lognormal_here, wrong);
  if (t.lognormal) return lognormal_law(*t.lognormal, wrong);
  if (t.gamma) return gamma_from_mean_cv(t.gamma->mean->count(), *t.gamma->cv);
  if (t.exponential) return exponential(t.exponential->mean->count());
  if (t.uniform) return uniform(t.uniform->from->count(), t.uniform->to->count());
  if (t.weibull) return weibull(*t.weibull->shape, t.weibull->scale->count());
  if (t.log_logistic) return log_logistic(t.log_logistic->median->count(), *t.log_logistic->shape);
  if (t.hyperexponential)
    return hyperexponential_from_mean_cv(t.hyperexponential->mean->count(),
                                         *t.hyperexponential->cv);
  if (t.sample) {
    std::vector<double> values;
    for (const Seconds value : t.sample->values) values.push_back(value.count());
    return empirical(std::move(values));
  }
  std::vector<MixtureComponent> components;
  double total = 0;
  for (const Part& part : *t.mixture) total += part.weight;
  for (const Part& part : *t.mixture) components.push_back({part.weight, part.law});
  if (std::abs(total - 1) > 1e-6) {
    wrong = fmt::format("the weights of a mixture add up to 100%, these to {}%", 100 * total);
    return std::nullopt;
  }
  return mixture(std::move(components));
}

// Fills the sample from its file: the named column, or the only one. Values are durations, or plain
// numbers of seconds.
bool read_sample_file(Reading& in, const Node& node, const LawText& text, Sample& sample) {
  const std::string* content = in.read_file(sample.file, node);
  if (content == nullptr) return false;
  const std::string file = in.folder_of(node.at) + sample.file;
  const std::vector<CsvRow> rows = read_csv(*content);
  if (rows.empty()) return in.fail(node, path_in_quotes(sample.file) + " holds no values"), false;
  std::size_t column = 0, first = 0;
  if (text.column) {
    const auto& head = rows.front().cells;
    const auto found = std::ranges::find(head, *text.column);
    if (found == head.end()) {
      in.fail_in(file, rows.front().line, 1, "no column " + in_quotes(*text.column),
                 nearest_hint(*text.column, head));
      return false;
    }
    column = static_cast<std::size_t>(found - head.begin());
    first = 1;
  } else if (rows.front().cells.size() > 1) {
    in.fail(node,
            fmt::format("{} has {} columns; say which one", path_in_quotes(sample.file),
                        rows.front().cells.size()),
            "add column: NAME");
    return false;
  } else if (is_header(rows.front())) {
    first = 1;
  }
  for (std::size_t i = first; i < rows.size(); ++i) {
    if (const std::string wrong = wrong_width(rows[i], rows.front().cells.size()); text.column && !wrong.empty())
      return in.fail_in(file, rows[i].line, 1, wrong, "a cell with a comma is written in quotes"), false;
    const std::string cell = column < rows[i].cells.size() ? rows[i].cells[column] : "";
    if (cell.empty()) continue;  // not measured
    const auto number = parse_number(cell);
    const auto time =
        number.value ? Parsed<Seconds>{Seconds{*number.value}, "", ""} : parse_duration(cell);
    if (!time.value || time.value->count() < 0) {
      in.fail_in(file, rows[i].line, 1, "expected seconds or a duration, got " + in_quotes(cell));
      return false;
    }
    sample.values.push_back(*time.value);
  }
  if (sample.values.empty())
    return in.fail(node, path_in_quotes(sample.file) + " holds no values"), false;
  return true;
}

bool read_law(Reading& in, const Node& node, Distribution& target) {
  if (node.is_scalar()) {
    Seconds value{};
    if (!duration().read(in, node, value)) return false;
    target = constant(value.count());
    return true;
  }
  LawText text;
  if (!law_fields().read(in, node, text)) return false;
  const std::string written = laws_written(text);
  if (written.empty() || written.find(',') != std::string::npos) {
    in.fail(node, written.empty() ? "no law is written here" : "several laws at once: " + written,
            "examples: 4min, {median: 48s, p95: 95s}, {gamma: {mean: 3s, cv: 0.5}}");
    return false;
  }
  if (text.column && !(text.sample && !text.sample->file.empty())) {
    in.fail(*node.find("column"), "column only goes with the name of a CSV file in empirical");
    return false;
  }
  if (text.sample && !text.sample->file.empty() &&
      !read_sample_file(in, *node.find("empirical"), text, *text.sample))
    return false;
  std::string wrong;
  std::optional<Distribution> law;
  try {
    law = build(text, wrong);
  } catch (const std::invalid_argument& impossible) {
    wrong = impossible.what();
  }
  if (!law) {
    in.fail(node, wrong);
    return false;
  }
  if (text.shift) law->shift += text.shift->count();
  if (text.at_most) law->at_most = text.at_most->count();
  target = std::move(*law);
  return true;
}

}  // namespace

void make_room_for_law(Node& target, const Node& patch) {
  constexpr std::array<std::string_view, 2> kKinds{"cpu", "gpu"};
  if (is_whole_law(patch)) {
    target = Node{.kind = Node::Kind::mapping, .at = patch.at};
  } else if (only(patch, kKinds) &&
             (is_whole_law(target) || (target.is_scalar() && parse_duration(target.text).value))) {
    const Node both = target;
    target = Node{.kind = Node::Kind::mapping, .at = both.at};
    for (const std::string_view kind : kKinds)
      target.entries.push_back({std::string(kind), both.at, both});
  }
}

// Of every time of a scenario a mean is asked for: by the formulas, and by whoever plans. A component of a
// mixture may have none where the whole is cut off.
Type<Distribution> duration_law() {
  return {law_reference(), [](Reading& in, const Node& node, Distribution& target) {
            Distribution law;
            if (!read_law(in, node, law)) return false;
            if (!std::isfinite(mean(law))) {
              in.fail(node, "the mean of this law is infinite", "give it at_most");
              return false;
            }
            target = std::move(law);
            return true;
          }};
}

const std::map<std::string, ShapeRef>& named_shapes() {
  static const std::map<std::string, ShapeRef> shapes{
      {"distribution",
       any_of({duration().shape, object_shape(law_fields().texts(), "a law and its parameters")},
              "a duration, or a law with its parameters")}};
  return shapes;
}

}  // namespace berth
