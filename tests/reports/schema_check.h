// A schema held against documents in tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/schema_check.h"

namespace berth {

class SchemaCheck {
 public:
  using Json = nlohmann::json;
  explicit SchemaCheck(std::string schema) : schema_(std::move(schema)) {}
  std::vector<std::string> errors(const Json& document) const {
    return schema_errors(schema_, document);
  }

 private:
  std::string schema_;
};

}  // namespace berth
