#include "reports/charts.h"

#include <array>
#include <nlohmann/json.hpp>

namespace berth {
namespace {

using Json = nlohmann::ordered_json;

// Axis labels in the units of reports/numbers.h.
constexpr const char* kMoney =
    "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, '.3~g') + ' M$' : abs(datum.value) >= "
    "1000 ? "
    "format(datum.value / 1000, '.4~g') + ' k$' : format(datum.value, '.3~g') + ' $'";
constexpr const char* kTime =
    "datum.value < 0 ? '' : datum.value >= 7200 ? format(datum.value / 3600, '.3~g') + ' h' : "
    "datum.value >= 120 ? "
    "format(datum.value / 60, '.3~g') + ' min' : datum.value >= 1 || datum.value == 0 ? "
    "format(datum.value, '.3~g') + ' s' : format(datum.value * 1000, '.3~g') + ' ms'";

// Round times, as a clock has them.
constexpr std::array kClock{0.1,    0.2,    0.5,     1.0,     2.0,     5.0,    10.0,
                            20.0,   30.0,   60.0,    120.0,   300.0,   600.0,  1200.0,
                            1800.0, 3600.0, 10800.0, 18000.0, 36000.0, 86400.0};

std::string label_expression(const std::string& unit) {
  if (unit == "USD/month") return kMoney;
  if (unit == "s") return kTime;
  if (unit == "bytes")
    return "datum.value < 1e9 ? format(datum.value / 1e6, '.3~g') + ' MB' : format(datum.value / "
           "1e9, '.3~g') + ' GB'";
  if (unit == "share") return "format(datum.value, '.1~%')";
  return "format(datum.value, ',.4~g')";
}

// Ticks of times where a clock would have them: a step of minutes is 1, 2, 5, 10, 20, not 1.67. The
// step follows the length of the axis.
Json axis_of(const std::string& unit, const std::string& channel) {
  Json axis{{"labelExpr", label_expression(unit)}, {"tickCount", 6}};
  if (unit != "s") return axis;
  const std::string low = "domain('" + channel + "')[0]", high = "domain('" + channel + "')[1]";
  const std::string length = "(" + high + " - " + low + ")";
  std::string step;
  for (const auto& [above, width] : {std::pair{"86400", "14400"},
                                     {"28800", "7200"},
                                     {"14400", "3600"},
                                     {"7200", "1800"},
                                     {"3600", "600"},
                                     {"1500", "300"},
                                     {"720", "120"},
                                     {"300", "60"},
                                     {"120", "30"},
                                     {"50", "10"},
                                     {"25", "5"},
                                     {"10", "2"},
                                     {"5", "1"},
                                     {"1.5", "0.5"},
                                     {"0.5", "0.1"},
                                     {"0.2", "0.05"},
                                     {"0.08", "0.02"},
                                     {"0.03", "0.01"},
                                     {"0.01", "0.002"}})
    step += length + " > " + above + " ? " + width + " : ";
  step = "(" + step + "0.001)";
  // One value alone has no length to divide.
  axis["values"] = {{"expr", length + " == 0 ? [" + low + "] : sequence(ceil(" + low + " / " +
                                 step + ") * " + step + ", " + high + " + " + step + " / 1000, " +
                                 step + ")"}};
  return axis;
}

// Ticks of a logarithmic scale of times: round ones, or even ones where the scale is so short that
// hardly a round one falls into it.
Json log_ticks(const std::string& channel) {
  const std::string low = "domain('" + channel + "')[0]", high = "domain('" + channel + "')[1]";
  const auto even = axis_of("s", channel).at("values").at("expr").get<std::string>();
  return {{"expr", high + " < 6 * " + low + " ? " + even + " : " + Json(kClock).dump()}};
}

Json parse(const char* text) { return Json::parse(text); }

// Both placements keep their colour in every chart.
Json by_side() {
  return parse(R"({"field": "key", "type": "nominal", "legend": null,
    "scale": {"domain": ["a", "b"], "range": ["theme:a", "theme:b"]}})");
}

Json tooltip(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Json list = Json::array();
  for (const auto& [field, title] : fields)
    list.push_back({{"field", field}, {"type", "nominal"}, {"title", title}});
  return list;
}

Json head(const char* description, Json height) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
          {"description", description},
          {"width", "container"},
          {"height", std::move(height)},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}}};
}

// One line a placement over the hours of the window.
Json line_spec(const char* description, const std::string& unit, int height) {
  Json spec = head(description, height);
  spec["data"] = {{"name", "rows"}};
  spec["encoding"] = {{"x",
                       {{"field", "hour"},
                        {"type", "quantitative"},
                        {"title", "hours into the window"},
                        {"axis", {{"grid", false}, {"format", "~g"}, {"tickCount", 12}}},
                        {"scale", {{"nice", false}}}}},
                      {"y",
                       {{"field", "value"},
                        {"type", "quantitative"},
                        {"title", nullptr},
                        {"axis", {{"labelExpr", label_expression(unit)}, {"tickCount", 4}}}}}};
  // In the layer: what a layer says of a channel is laid over what the whole says of it, scale and
  // all.
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "line"}, {"strokeWidth", 1.8}, {"interpolate", "step-after"}}},
        {"encoding", {{"color", by_side()}}}}});
  return spec;
}

Json event_layer(const char* data, Json color_domain, Json color_range, Json tips) {
  return {{"data", {{"name", data}}},
          {"mark", {{"type", "point"}, {"filled", true}, {"size", 55}, {"opacity", 0.9}}},
          {"encoding",
           {{"color",
             {{"field", "what"},
              {"type", "nominal"},
              {"title", nullptr},
              {"scale", {{"domain", color_domain}, {"range", std::move(color_range)}}}}},
            {"shape",
             {{"field", "what"},
              {"type", "nominal"},
              {"title", nullptr},
              {"scale",
               {{"domain", color_domain}, {"range", {"triangle-up", "triangle-down", "square"}}}}}},
            {"tooltip", std::move(tips)}}}};
}

Json limit_layers(const char* data, const char* channel, const char* field) {
  const bool across = std::string{channel} == "y";
  Json rule{
      {"data", {{"name", data}}},
      {"mark", {{"type", "rule"}, {"strokeDash", {4, 3}}, {"color", "theme:soft"}}},
      {"encoding", {{channel, {{"field", field}, {"type", "quantitative"}}}, {"color", nullptr}}}};
  if (across)
    rule["encoding"]["x"] = nullptr;
  else
    rule["encoding"]["y"] = nullptr;
  Json text{{"data", {{"name", data}}},
            {"mark",
             {{"type", "text"},
              {"align", across ? "right" : "left"},
              {"dx", across ? -2 : 4},
              {"dy", across ? -6 : 0},
              {"color", "theme:soft"}}},
            {"encoding",
             {{channel, {{"field", field}, {"type", "quantitative"}}},
              {"color", nullptr},
              {"text", {{"field", "label"}, {"type", "nominal"}}}}}};
  text["encoding"][across ? "x" : "y"] = {{"value", across ? Json("width") : Json(10)}};
  return Json::array({rule, text});
}

Json label_layer(const char* data, int down) {
  return {
      {"data", {{"name", data}}},
      {"mark", {{"type", "text"}, {"align", "left"}, {"dx", 10}, {"dy", down}, {"fontSize", 12}}},
      {"encoding", {{"text", {{"field", "name"}, {"type", "nominal"}}}}}};
}

}  // namespace

Json scatter_spec(const std::string& label, const std::string& unit) {
  Json spec = head("Cost per month against latency, a point a placement", 380);
  spec["encoding"] = {{"x",
                       {{"field", "cost"},
                        {"type", "quantitative"},
                        {"title", "cost per month"},
                        {"scale", {{"zero", false}, {"nice", true}, {"padding", 30}}},
                        {"axis", {{"labelExpr", kMoney}, {"tickCount", 6}}}}},
                      {"y",
                       {{"field", "y"},
                        {"type", "quantitative"},
                        {"title", label},
                        {"scale", {{"zero", false}, {"nice", unit != "s"}, {"padding", 26}}},
                        {"axis", axis_of(unit, "y")}}}};
  const Json states = {"recommended", "on the front", "dominated", "misses a goal"};
  const Json tips = tooltip({{"name", "Placement"},
                             {"Cost", "Cost a month"},
                             {"Latency", "Latency"},
                             {"state", "State"}});
  spec["layer"] = Json::array(
      {{{"data", {{"name", "front"}}},
        {"mark",
         {{"type", "line"},
          {"interpolate", "step-after"},
          {"color", "theme:soft"},
          {"opacity", 0.5},
          {"strokeDash", {3, 3}}}}},
       {{"data", {{"name", "intervals"}}},
        {"mark", {{"type", "rule"}, {"color", "theme:soft"}, {"opacity", 0.55}}},
        {"encoding",
         {{"x", {{"field", "cost_low"}, {"type", "quantitative"}}},
          {"x2", {{"field", "cost_high"}}}}}},
       {{"data", {{"name", "intervals"}}},
        {"mark", {{"type", "rule"}, {"color", "theme:soft"}, {"opacity", 0.55}}},
        {"encoding",
         {{"y", {{"field", "y_low"}, {"type", "quantitative"}}}, {"y2", {{"field", "y_high"}}}}}},
       {{"data", {{"name", "points"}}},
        {"mark", {{"type", "point"}, {"filled", true}, {"cursor", "pointer"}}},
        {"encoding",
         {{"size",
           {{"field", "size"}, {"type", "quantitative"}, {"scale", nullptr}, {"legend", nullptr}}},
          {"opacity",
           {{"field", "opacity"},
            {"type", "quantitative"},
            {"scale", nullptr},
            {"legend", nullptr}}},
          {"color",
           {{"field", "state"},
            {"type", "nominal"},
            {"title", nullptr},
            {"scale",
             {{"domain", states},
              {"range", {"theme:good", "theme:a", "theme:soft", "theme:bad"}}}}}},
          {"shape",
           {{"field", "state"},
            {"type", "nominal"},
            {"title", nullptr},
            {"scale", {{"domain", states}, {"range", {"diamond", "circle", "square", "cross"}}}}}},
          {"tooltip", tips}}}},
       label_layer("above", -12),
       label_layer("below", 16)});
  return spec;
}

Json cost_spec() {
  Json spec = head("Cost per month of the chosen placements, stacked", {{"step", 58}});
  spec["data"] = {{"name", "rows"}};
  spec["encoding"] = {
      {"y",
       {{"field", "placement"},
        {"type", "nominal"},
        {"sort", nullptr},
        {"title", nullptr},
        {"axis",
         {{"domain", false}, {"ticks", false}, {"labelPadding", 8}, {"labelFontSize", 13}}}}}};
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "bar"}, {"height", 30}, {"stroke", "theme:card"}, {"strokeWidth", 1}}},
        {"encoding",
         {{"x",
           {{"field", "usd"},
            {"type", "quantitative"},
            {"stack", "zero"},
            {"title", nullptr},
            {"axis", {{"labelExpr", kMoney}, {"tickCount", 6}}}}},
          {"color",
           {{"field", "part"},
            {"type", "nominal"},
            {"title", nullptr},
            {"sort", {{"field", "order"}}},
            {"legend", {{"columns", 2}, {"labelLimit", 460}}}}},
          {"order", {{"field", "order"}, {"type", "quantitative"}}},
          {"tooltip", tooltip({{"placement", "Placement"},
                               {"part", "For"},
                               {"Cost", "A month"},
                               {"Share", "Of all"}})}}}},
       {{"data", {{"name", "totals"}}},
        {"mark", {{"type", "rule"}, {"strokeWidth", 2}, {"color", "theme:ink"}}},
        {"encoding",
         {{"x", {{"field", "low"}, {"type", "quantitative"}}}, {"x2", {{"field", "high"}}}}}},
       {{"data", {{"name", "totals"}}},
        {"mark",
         {{"type", "text"},
          {"align", "right"},
          {"dy", -23},
          {"fontSize", 12},
          {"color", "theme:ink"}}},
        {"encoding",
         {{"x", {{"field", "usd"}, {"type", "quantitative"}}},
          {"text", {{"field", "label"}, {"type", "nominal"}}}}}}});
  return spec;
}

Json starts_spec() {
  Json spec = head("Start latency of every training class: median, 95th and 99th percentile",
                   {{"step", 16}});
  spec["data"] = {{"name", "rows"}};
  spec["encoding"] = {
      {"y",
       {{"field", "name"},
        {"type", "nominal"},
        {"sort", nullptr},
        {"title", nullptr},
        {"scale", {{"paddingInner", 0.35}}},
        {"axis", {{"domain", false}, {"ticks", false}, {"grid", true}, {"labelFontSize", 12.5}}}}},
      {"yOffset", {{"field", "key"}, {"type", "nominal"}}},
      {"color", by_side()},
      {"tooltip", tooltip({{"placement", "Placement"},
                           {"name", "Class"},
                           {"P50", "p50"},
                           {"P95", "p95"},
                           {"P99", "p99"}})}};
  const auto x = [](const char* field) -> Json {
    return {{"field", field},
            {"type", "quantitative"},
            {"title", nullptr},
            {"scale", {{"type", "log"}, {"nice", true}}},
            {"axis",
             {{"labelExpr", kTime},
              {"tickCount", 6},
              {"labelOverlap", "greedy"},
              {"values", log_ticks("x")}}}};
  };
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "rule"}, {"strokeWidth", 2}, {"opacity", 0.45}, {"cursor", "pointer"}}},
        {"encoding", {{"x", x("p50")}, {"x2", {{"field", "p99"}}}}}},
       {{"mark",
         {{"type", "point"},
          {"filled", true},
          {"size", 75},
          {"opacity", 1},
          {"cursor", "pointer"}}},
        {"encoding", {{"x", x("p50")}}}},
       {{"mark", {{"type", "tick"}, {"thickness", 3}, {"size", 11}, {"cursor", "pointer"}}},
        {"encoding", {{"x", x("p95")}}}},
       {{"mark",
         {{"type", "point"},
          {"filled", false},
          {"size", 55},
          {"strokeWidth", 1.8},
          {"cursor", "pointer"}}},
        {"encoding", {{"x", x("p99")}}}}});
  return spec;
}

Json waterfall_spec() {
  Json spec = head("Phases between submission and user code, each beginning where the last ended",
                   {{"step", 17}});
  spec["data"] = {{"name", "rows"}};
  spec["encoding"] = {{"y",
                       {{"field", "phase"},
                        {"type", "nominal"},
                        {"sort", {{"field", "order"}}},
                        {"title", nullptr},
                        {"scale", {{"paddingInner", 0.3}}},
                        {"axis", {{"domain", false}, {"ticks", false}, {"labelFontSize", 12.5}}}}},
                      {"yOffset", {{"field", "key"}, {"type", "nominal"}}},
                      {"color", by_side()}};
  const Json x = {{"field", "from"},
                  {"type", "quantitative"},
                  {"title", nullptr},
                  {"scale", {{"nice", false}, {"domainMin", 0}}},
                  {"axis", axis_of("s", "x")}};
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "bar"}, {"cornerRadius", 2}}},
        {"encoding",
         {{"x", x},
          {"x2", {{"field", "to"}}},
          {"opacity",
           {{"condition", {{"test", "datum.phase === 'start'"}, {"value", 0.45}}},
            {"value", 0.95}}},
          {"tooltip",
           tooltip({{"placement", "Placement"}, {"phase", "Phase"}, {"Time", "Time"}})}}}},
       {{"mark", {{"type", "text"}, {"align", "left"}, {"dx", 5}, {"fontSize", 11.5}}},
        {"encoding",
         {{"x", {{"field", "to"}, {"type", "quantitative"}}},
          {"text", {{"field", "Time"}, {"type", "nominal"}}},
          {"color", {{"value", "theme:soft"}}}}}},
       {{"data", {{"name", "marks"}}},
        {"mark", {{"type", "tick"}, {"thickness", 2.5}, {"size", 15}}},
        {"encoding",
         {{"x", {{"field", "at"}, {"type", "quantitative"}}},
          {"tooltip",
           tooltip({{"placement", "Placement"}, {"quantile", "Start"}, {"Time", "Time"}})}}}}});
  return spec;
}

Json distribution_spec() {
  Json spec = head("Share of jobs of the class that have started within a time", 240);
  spec["data"] = {{"name", "rows"}};
  spec["encoding"] = {{"x",
                       {{"field", "seconds"},
                        {"type", "quantitative"},
                        {"title", "start latency"},
                        {"scale", {{"type", "log"}, {"nice", false}}},
                        {"axis",
                         {{"labelExpr", kTime},
                          {"values", log_ticks("x")},
                          {"labelOverlap", "greedy"},
                          {"grid", true}}}}},
                      {"y",
                       {{"field", "share"},
                        {"type", "quantitative"},
                        {"title", nullptr},
                        {"scale", {{"domain", {0, 1}}}},
                        {"axis", {{"format", ".0%"}, {"tickCount", 5}}}}},
                      {"color", by_side()}};
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "line"}, {"strokeWidth", 2.2}}}},
       {{"mark", {{"type", "point"}, {"filled", true}, {"size", 22}}},
        {"encoding",
         {{"tooltip",
           tooltip({{"placement", "Placement"}, {"share", "Share"}, {"Start", "within"}})}}}}});
  for (Json& layer : limit_layers("goals", "x", "seconds"))
    spec["layer"].push_back(std::move(layer));
  return spec;
}

Json line_specs() {
  Json replicas = line_spec("Replicas ready and desired over time, with scaling", "count", 170);
  replicas["layer"][0]["encoding"]["strokeDash"] = {
      {"field", "what"},
      {"type", "nominal"},
      {"title", nullptr},
      {"legend", {{"symbolType", "stroke"}, {"symbolSize", 300}, {"symbolStrokeWidth", 1.8}}},
      {"scale", {{"domain", {"ready", "desired"}}, {"range", {{1, 0}, {4, 3}}}}}};
  replicas["layer"].push_back(event_layer(
      "events", {"scale up", "scale down", "overloaded"}, {"theme:good", "theme:soft", "theme:bad"},
      tooltip({{"what", "Event"}, {"By", "By"}, {"hour", "Hour"}})));
  replicas["resolve"] = {{"scale", {{"color", "independent"}, {"shape", "independent"}}}};

  Json nodes = line_spec("Nodes of each pool over time, with spot reclaims", "count", 190);
  nodes["layer"][0]["encoding"] = {
      {"color",
       {{"field", "pool"},
        {"type", "nominal"},
        {"title", nullptr},
        {"legend", {{"symbolType", "stroke"}, {"symbolSize", 200}, {"symbolStrokeWidth", 2}}}}},
      {"strokeDash",
       {{"field", "key"},
        {"type", "nominal"},
        {"legend", nullptr},
        {"scale", {{"domain", {"a", "b"}}, {"range", {{1, 0}, {4, 3}}}}}}}};
  Json reclaims =
      event_layer("reclaims", Json::array({"reclaim"}), Json::array({"theme:bad"}),
                  tooltip({{"pool", "Pool"}, {"Taken", "Reclaimed"}, {"hour", "Hour"}}));
  reclaims["mark"]["shape"] = "triangle-down";
  reclaims["encoding"].erase("shape");
  nodes["layer"].push_back(std::move(reclaims));
  nodes["resolve"] = {{"scale", {{"color", "independent"}}}};

  Json latency = line_spec("99th percentile of latency over time, with the limit", "s", 150);
  latency["encoding"]["y"]["scale"] = {{"zero", true}, {"nice", false}};
  latency["encoding"]["y"]["axis"] = axis_of("s", "y");
  for (Json& layer : limit_layers("limits", "y", "value"))
    latency["layer"].push_back(std::move(layer));
  return {{"requests", line_spec("Requests per second over time", "1/s", 130)},
          {"replicas", replicas},
          {"latency", latency},
          {"nodes", nodes},
          {"queue", line_spec("Jobs that wait for their first start, over time", "count", 130)}};
}

Json bars_spec(const char* description, const char* name, const char* value,
               const std::string& unit) {
  Json spec = head(description, {{"step", 26}});
  spec["data"] = {{"name", "rows"}};
  spec["mark"] = {{"type", "bar"}, {"color", "theme:a"}, {"cornerRadius", 2}};
  spec["encoding"] = {
      {"y", {{"field", name}, {"type", "nominal"}, {"sort", "-x"}, {"title", nullptr}}},
      {"x",
       {{"field", value},
        {"type", "quantitative"},
        {"title", nullptr},
        {"axis", {{"labelExpr", label_expression(unit)}}}}}};
  return spec;
}

// A line an input: the range that was searched, and how far from now the answer turns. Factors of
// now, so that inputs of all units stand on one scale.
Json flips_spec() {
  Json spec =
      head("How far each input moves before the answer turns, and the range that was searched",
           {{"step", 24}});
  spec["data"] = {{"name", "rows"}};
  const Json x{{"type", "quantitative"},
               {"title", "times what it is now"},
               {"scale", {{"type", "log"}, {"nice", false}}},
               {"axis", {{"format", "~g"}, {"values", {0.1, 0.2, 0.5, 1, 2, 5, 10}}}}};
  const auto at = [&](const char* field) {
    Json channel = x;
    channel["field"] = field;
    return channel;
  };
  spec["encoding"] = {
      {"y", {{"field", "input"}, {"type", "nominal"}, {"sort", nullptr}, {"title", nullptr}}},
      {"tooltip", tooltip({{"input", "Input"},
                           {"Now", "Now"},
                           {"Turns", "Turns at"},
                           {"Searched", "Searched"},
                           {"Moves", "Then moves"}})}};
  spec["layer"] = Json::array(
      {{{"mark",
         {{"type", "rule"}, {"strokeWidth", 7}, {"color", "theme:grid"}, {"strokeCap", "round"}}},
        {"encoding", {{"x", at("low")}, {"x2", {{"field", "high"}}}}}},
       {{"mark", {{"type", "tick"}, {"thickness", 2}, {"size", 16}, {"color", "theme:soft"}}},
        {"encoding", {{"x", at("now")}}}},
       {{"data", {{"name", "flips"}}},
        {"mark", {{"type", "rule"}, {"strokeWidth", 3}, {"color", "theme:a"}}},
        {"encoding", {{"x", at("now")}, {"x2", {{"field", "factor"}}}}}},
       {{"data", {{"name", "flips"}}},
        {"mark", {{"type", "point"}, {"filled", true}, {"size", 90}, {"color", "theme:a"}}},
        {"encoding", {{"x", at("factor")}}}},
       {{"data", {{"name", "flips"}}},
        {"mark",
         {{"type", "text"},
          // Beside the line, not on it; far to the left there is no room beside it.
          {"align", {{"expr", "datum.factor < 1 && datum.factor > 0.2 ? 'right' : 'left'"}}},
          {"dx", {{"expr", "datum.factor < 1 && datum.factor > 0.2 ? -9 : 9"}}},
          {"fontSize", 12},
          {"color", "theme:ink"}}},
        {"encoding", {{"x", at("factor")}, {"text", {{"field", "Turns"}, {"type", "nominal"}}}}}}});
  return spec;
}

Json curves_spec(const std::string& description, const std::string& x_title,
                 const std::string& x_unit, const std::string& y_title, const std::string& y_unit) {
  Json spec = head(description.c_str(), 230);
  spec["data"] = {{"name", "rows"}};
  const auto channel = [](const char* field, const std::string& title,
                          const std::string& unit) -> Json {
    Json axis{{"labelExpr", label_expression(unit)}, {"tickCount", 5}, {"labelOverlap", "greedy"}};
    if (unit == "s") axis["values"] = kClock;
    return {{"field", field},
            {"type", "quantitative"},
            {"title", title},
            {"scale", {{"type", "log"}, {"nice", false}}},
            {"axis", axis}};
  };
  const Json series{{"field", "series"},
                    {"type", "nominal"},
                    {"title", nullptr},
                    {"sort", nullptr},
                    {"legend", {{"symbolType", "stroke"}, {"symbolSize", 300}}}};
  spec["encoding"] = {{"x", channel("x", x_title, x_unit)}, {"y", channel("y", y_title, y_unit)}};
  spec["layer"] = Json::array({{{"mark", {{"type", "line"}, {"strokeWidth", 2}}},
                                {"encoding", {{"color", series}, {"strokeDash", series}}}}});
  for (Json& layer : limit_layers("here", "x", "x")) spec["layer"].push_back(std::move(layer));
  return spec;
}

}  // namespace berth
