#include "reports/sketch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "reports/grid.h"

namespace berth {
namespace {

constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

double mean_of_part(std::span<const double> series, std::size_t part, std::size_t parts) {
  const std::size_t from = part * series.size() / parts;
  const std::size_t to = std::max(from + 1, (part + 1) * series.size() / parts);
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += series[i];
  return sum / static_cast<double>(to - from);
}

// 0 .. steps - 1 of a value in [low, high].
std::size_t step_of(double value, double low, double high, std::size_t steps) {
  if (high <= low) return 0;
  const double share = (value - low) / (high - low);
  return std::min(steps - 1,
                  static_cast<std::size_t>(std::lround(share * static_cast<double>(steps - 1))));
}

std::string padded_left(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ') + text;
}

}  // namespace

std::string sparkline(std::span<const double> series, std::size_t width) {
  if (series.empty()) return "";
  const std::size_t parts = std::min(width, series.size());
  std::vector<double> means;
  for (std::size_t i = 0; i < parts; ++i) means.push_back(mean_of_part(series, i, parts));
  const double high = *std::ranges::max_element(means);
  const double low = std::min(0.0, *std::ranges::min_element(means));
  std::string text;
  for (const double mean : means) text += kBars[step_of(mean, low, high, kBars.size())];
  return text;
}

std::string scatter(std::span<const SketchPoint> points, const SketchAxes& axes,
                    std::size_t columns, std::size_t rows) {
  if (points.empty()) return "";
  const auto by_x = [](const SketchPoint& p) { return p.x; };
  const auto by_y = [](const SketchPoint& p) { return p.y; };
  const auto [left, right] = std::ranges::minmax(points, {}, by_x);
  const auto [bottom, top] = std::ranges::minmax(points, {}, by_y);
  std::vector<std::string> field(rows, std::string(columns, ' '));
  for (std::size_t i = 0; i < points.size(); ++i) {
    char& cell = field[rows - 1 - step_of(points[i].y, bottom.y, top.y, rows)]
                      [step_of(points[i].x, left.x, right.x, columns)];
    cell = cell == ' ' ? static_cast<char>('a' + i % 26) : '*';
  }
  const std::size_t margin = std::max(width_of(axes.y_low), width_of(axes.y_high));
  std::string text = axes.y_title + "\n";
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string label = row == 0 ? axes.y_high : row + 1 == rows ? axes.y_low : "";
    std::string line = padded_left(label, margin) + " │" + field[row];
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  std::string floor;
  for (std::size_t i = 0; i < columns; ++i) floor += "─";
  text += std::string(margin, ' ') + " └" + floor + "\n";
  const std::size_t ends = width_of(axes.x_low) + width_of(axes.x_title) + width_of(axes.x_high);
  const std::size_t gap = columns > ends ? (columns - ends) / 2 : 1;
  text += std::string(margin + 2, ' ') + axes.x_low + std::string(gap, ' ') + axes.x_title +
          std::string(columns > ends ? columns - ends - gap : 1, ' ') + axes.x_high + "\n";
  return text;
}

}  // namespace berth
