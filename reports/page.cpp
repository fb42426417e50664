#include "reports/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "models/startup_ledger.h"
#include "reports/answer.h"
#include "reports/charts.h"
#include "reports/document_values.h"
#include "reports/embedded.h"
#include "reports/headline.h"
#include "reports/markup.h"
#include "reports/numbers.h"
#include "reports/page_parts.h"
#include "reports/page_placements.h"
#include "reports/page_plan.h"

namespace berth {
namespace {

using Json = nlohmann::ordered_json;
using Stored = nlohmann::json;

using Source = ResultDocument;

// ---- Where it comes from -----------------------------------------------------------------------

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& one : list) text += (text.empty() ? "" : "; ") + one;
  return text;
}

std::string fidelity_words(const Stored& document) {
  LooksOfTime looks;
  std::map<std::pair<std::string, std::string>, double>
      worst;  // a service is one, wherever it is placed
  const auto mean = [](const Stored& figure) {
    return figure.is_null() ? 0.0 : figure.at("mean").get<double>();
  };
  for (const Stored& placement : document.at("placements"))
    for (const Stored& service : placement.at("services")) {
      looks.fidelities.insert(service.at("fidelity").get<std::string>());
      looks.whole += mean(service.at("looked_at").at("whole_share"));
      looks.window += mean(service.at("looked_at").at("window_share"));
      looks.formula += mean(service.at("looked_at").at("formula_share"));
      double& error = worst[{service.at("name"), service.at("fidelity")}];
      error = std::max(error, mean(service.at("latency_p99_error_share")));
      ++looks.services;
    }
  std::vector<StatedError> errors;
  errors.reserve(worst.size());
  for (const auto& [of, share] : worst) errors.push_back({of.second, share});
  if (looks.services == 0) return "no serving";
  std::string text = looks_text(looks);
  for (const std::string& error : error_sentences(errors)) text += "; " + error;
  return text;
}

Json provenance_json(const Source& source) {
  const Provenance& from = source.result.from;
  std::vector<std::string> inputs, engine;
  for (const InputFile& input : from.inputs)
    inputs.push_back(input.name + " sha256 " + input.sha256.substr(0, 12));
  for (const auto& [name, value] : from.engine) engine.push_back(fmt::format("{} {}", name, value));
  Json rows = Json::array();
  const auto row = [&](const char* name, const std::string& value) {
    rows.push_back({name, value});
  };
  row("result", source.file);
  row("model version", from.model_version + " (berth " + from.tool_version + ")");
  row("prices", from.catalogue + ", " + from.region + ", " + from.price_date);
  row("simulated", fmt::format("{} of {} from {}, after {} of warm-up; seed {}",
                               replications_text(from.replications), duration(from.horizon_s),
                               from.starts_on, duration(from.warm_up_s), from.seed));
  row("failed", source.result.failures == 0
                    ? "no replication"
                    : fmt::format("{} replications, not in the numbers", source.result.failures));
  row("fidelity of serving", fidelity_words(source.json));
  row("inputs", joined(inputs));
  row("engine", joined(engine));
  return {{"title", "Scenario " + from.scenario},
          {"starts_on", from.starts_on},
          {"rows", rows},
          {"assumptions", from.assumptions}};
}

// Every price used, with its day and whether a source printed it.
Json prices_block(const Sources& sources) {
  std::map<std::string, Json> rows;
  for (const Source* source : sources)
    for (const Stored& placement : source->json.at("placements"))
      for (const Stored& line : placement.at("cost_lines")) {
        const Stored& price = line.at("price");
        const auto name =
            line.at("service").get<std::string>() + ": " + line.at("item").get<std::string>();
        if (price.is_null() || line.at("usd_per_unit").is_null()) continue;
        rows.try_emplace(
            name, Json::array({name,
                               fmt::format("{:.6g} $/{}", line.at("usd_per_unit").get<double>(),
                                           line.at("unit").get<std::string>()),
                               price.at("as_of"), price.at("status"), price.at("source")}));
      }
  Json list = Json::array();
  for (auto& [name, row] : rows) list.push_back(std::move(row));
  return {{"title", "Prices used"},
          {"text",
           "Sourced: a source printed it. Derived: computed from printed figures. User: set in the "
           "scenario."},
          {"columns", {"Line", "Price", "As of", "Status", "Source"}},
          {"rows", list}};
}

Json missed_block(const Json& placements) {
  Json rows = Json::array();
  for (const Json& placement : placements)
    for (const Json& missed : placement.at("missed"))
      rows.push_back({placement.at("label"), missed});
  return {{"title", "Goals that are missed"},
          {"text", rows.empty() ? "None: every placement meets every goal on average." : ""},
          {"columns", {"Placement", "Missed"}},
          {"rows", rows}};
}

// How far the model is checked. Counts and errors with the command that renews them.
Json validation_block() {
  Json rows = Json::array();
  const auto text = std::string{embedded_scorecard()};
  std::size_t from = text.find('\n') + 1;  // after the header
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    Json row = Json::array();
    std::string line = text.substr(from, end - from);
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t tab = std::min(line.find('\t', at), line.size());
      row.push_back(line.substr(at, tab - at));
      at = tab + 1;
    }
    if (row.size() == 4) rows.push_back(std::move(row));
    from = end + 1;
  }
  return {{"title", "Validation"},
          {"text", "What the model was held against, and how to see it again."},
          {"columns", {"What", "Against", "Result", "Command"}},
          {"rows", rows}};
}

Json specs() {
  return {{"cost", cost_spec()},
          {"starts", starts_spec()},
          {"waterfall", waterfall_spec()},
          {"distribution", distribution_spec()},
          {"lines", line_specs()}};
}

void append(Json& list, const Json& more) {
  for (const Json& one : more) list.push_back(one);
}

// What the page shows, put together from its documents. The plan's claim comes first; without a plan the
// first result's answer. Paired differences only make sense within one result.
class PageModel {
 public:
  explicit PageModel(const DocumentValues& documents) : documents_(documents) {
    for (const PlanDocument& plan : documents.plans)
      if (plan.simulated) sources_.push_back(&*plan.simulated);
    for (const Source& result : documents.results) sources_.push_back(&result);
    axes_ = axes_of(sources_);
  }

  Json take() {
    for (const PlanDocument& plan : documents_.plans) add_plan(plan);
    for (std::size_t i = 0; i < placements_.size() && !best_; ++i)
      if (placements_[i].at("state") == "recommended") best_ = i;
    const std::size_t planned = placements_.size();
    for (const Source& result : documents_.results) add_result(result);
    for (const Axis& axis : axes_) add_axis(axis.id, axis.label, axis.unit);
    if (documents_.plans.empty()) answer_by(documents_.results.front().result);
    for (const auto& [file, flips] : documents_.flips) append(turns_, flip_part(flips, file).turns);
    for (const auto& [file, curves] : documents_.break_evens)
      append(turns_, break_even_part(curves, file).turns);
    append(blocks_,
           Json::array({missed_block(placements_), prices_block(sources_), validation_block()}));
    return put_together(planned);
  }

 private:
  void add_axis(const std::string& id, const std::string& label, const std::string& unit) {
    axis_list_.push_back(
        {{"id", id}, {"label", label}, {"unit", unit}, {"spec", scatter_spec(label, unit)}});
  }

  void add_plan(const PlanDocument& document) {
    const Stored& plan = document.json;
    const std::size_t source = provenance_.size(), first = placements_.size();
    const PagePart part = plan_part(
        plan, document.simulated ? &document.simulated->json : nullptr, document.file, source,
        [&](const std::string& metric, const std::string& of, const std::string& unit) {
          return figures_.index_of(metric, of, unit);
        });
    if (answer_.empty()) {
      answer_ = part.answer;
      facts_ = part.facts;
      name_by(plan.at("scenario").at("name"), plan.at("scenario").at("description"),
              plan.at("tool_version"), plan.at("model_version"));
    }
    append(placements_, part.placements);
    append(blocks_, part.blocks);
    append(turns_, part.turns);
    for (const Json& axis : part.axes)
      add_axis(axis.at("id"), axis.at("label"), axis.at("unit"));
    provenance_.push_back(part.provenance);
    if (!document.simulated) return;
    add_simulated(placements_, first, document, source, axes_, figures_);
    provenance_.back()["rows"].push_back(
        {"fidelity of serving", fidelity_words(document.simulated->json)});
  }

  void add_result(const Source& result) {
    const std::size_t source = provenance_.size(), first = placements_.size();
    provenance_.push_back(provenance_json(result));
    const bool many = documents_.results.size() + documents_.plans.size() > 1;
    std::vector<std::size_t> where;
    for (std::size_t i = 0; i < result.result.placements.size(); ++i) {
      where.push_back(placements_.size());
      placements_.push_back(placement_json(result, source, i, axes_, many, figures_));
    }
    add_twins(placements_, result.json.at("placements"), where);
    std::size_t candidate = 0;
    for (const PlanDocument& plan : documents_.plans) {
      lend_details(placements_, plan.json, candidate, result.json, first);
      candidate += plan.json.at("candidates").size();
    }
  }

  void answer_by(const StoredResult& result) {
    const Provenance& from = result.from;
    const Answer found = answer_of(result.placements);
    answer_ = found.sentence;
    if (found.best) placements_[*found.best]["state"] = "recommended";
    best_ = found.best;
    facts_ = {
        fmt::format("{} of {}", replications_text(from.replications), duration(from.horizon_s)),
        "± is the 95 % interval", "prices " + from.price_date, "model " + from.model_version};
    name_by(from.scenario, from.description, from.tool_version, from.model_version);
  }

  void name_by(const std::string& scenario, const std::string& description,
               const std::string& tool_version, const std::string& model_version) {
    scenario_ = scenario;
    description_ = description;
    versions_ = fmt::format("berth {}, model {}", tool_version, model_version);
  }

  Json put_together(std::size_t planned) {
    Json phases = Json::array();
    for (const Phase phase : kPhases) phases.push_back(to_text(phase));
    const auto [a, b] = first_choice(placements_, best_, planned);
    const std::size_t more = documents_.results.size() + documents_.plans.size() - 1;
    return {
        {"title", "Berth: " + scenario_},
        {"eyebrow",
         "Berth report · " + scenario_ + (more > 0 ? fmt::format(" and {} more", more) : "")},
        {"question", description_.empty()
                         ? "Where should each workload run, and what does that cost?"
                         : description_},
        {"answer", answer_},
        {"facts", facts_},
        {"foot",
         fmt::format("Written by {}. Everything on this page is in this file; it loads nothing.",
                     versions_)},
        {"axes", std::move(axis_list_)},
        {"specs", specs()},
        {"phases", phases},
        {"placements", std::move(placements_)},
        {"figures", figures_.take()},
        {"provenance", std::move(provenance_)},
        {"blocks", std::move(blocks_)},
        {"turns", std::move(turns_)},
        {"chosen", {a, b}}};
  }

  const DocumentValues& documents_;
  Sources sources_;
  std::vector<Axis> axes_;
  FigureList figures_;
  Json placements_ = Json::array(), provenance_ = Json::array(), axis_list_ = Json::array(),
       blocks_ = Json::array(), turns_ = Json::array();
  std::string answer_, scenario_, description_, versions_;
  std::vector<std::string> facts_;
  std::optional<std::size_t> best_;
};

Json model_of(const DocumentValues& documents) {
  if (documents.results.empty() && documents.plans.empty())
    throw Unreadable(
        "error: a page needs a result or a plan: flips and break-evens stand beside one\n  hint: "
        "--markdown and --csv take them alone");
  return PageModel(documents).take();
}

// Inside a script element only "<" can end it; U+2028 and U+2029 are harmless in JSON.
std::string script_json(const Json& model) {
  std::string text;
  for (const char c : model.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

// Each {{name}} of the template once, from left to right; what is put in is never looked into.
std::string filled(std::string_view shape,
                   const std::map<std::string, std::string, std::less<>>& parts) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t open = shape.find("{{", at);
    if (open == std::string_view::npos) return out + std::string{shape.substr(at)};
    const std::size_t close = shape.find("}}", open);
    out += shape.substr(at, open - at);
    out += parts.at(std::string{shape.substr(open + 2, close - open - 2)});
    at = close + 2;
  }
}

}  // namespace

std::string page_model(const Documents& documents) {
  return model_of(documents.values()).dump(1) + "\n";
}

std::string html_page(const Documents& documents) {
  const Json model = model_of(documents.values());
  return filled(embedded_page_html(), {{"title", markup_text(model.at("title").get<std::string>())},
                                       {"css", std::string{embedded_page_css()}},
                                       {"model", script_json(model)},
                                       {"vega", std::string{embedded_vega()}},
                                       {"vega-lite", std::string{embedded_vega_lite()}},
                                       {"vega-embed", std::string{embedded_vega_embed()}},
                                       {"js", std::string{embedded_page_js()}}});
}

}  // namespace berth
