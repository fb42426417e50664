// Pictures made of characters, for a terminal: a series in one line, points in a few.
//
//   sparkline   "▁▂▅█▅▂": each character the mean of its part of the series, from 0 (or the least,
//   when that is
//               below) to the largest; nothing for a series without values
//   scatter     points by letter on a small field, the first nearest to the origin's axes named
//   below; two
//               points on one place are "*"
// Tested by tests/reports/sketch_test.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace berth {

std::string sparkline(std::span<const double> series, std::size_t width);

struct SketchPoint {
  double x = 0, y = 0;
};
// `rows` lines of `columns` characters between the axes; labels of the ends are given as text.
struct SketchAxes {
  std::string x_low, x_high, y_low, y_high, x_title, y_title;
};
std::string scatter(std::span<const SketchPoint> points, const SketchAxes& axes,
                    std::size_t columns = 56, std::size_t rows = 9);

}  // namespace berth
