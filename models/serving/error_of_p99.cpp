#include "models/serving/error_of_p99.h"

#include <algorithm>
#include <functional>

namespace berth {

void ErrorOfP99::add(double error, double requests) {
  for (auto& [known, sum] : requests_)
    if (known == error) {
      sum += requests;
      return;
    }
  requests_.emplace_back(error, requests);
}

void ErrorOfP99::add(const ErrorOfP99& other) {
  for (const auto& [error, requests] : other.requests_) add(error, requests);
}

double ErrorOfP99::value() const {
  double all = 0;
  for (const auto& [error, requests] : requests_) all += requests;
  auto worst_first = requests_;
  std::ranges::sort(worst_first, std::greater{});
  double so_many = 0;
  for (const auto& [error, requests] : worst_first) {
    so_many += requests;
    if (so_many > 0 && so_many >= kMatters * all) return error;
  }
  return 0;
}

}  // namespace berth
