// Lambdas as one visitor: std::visit(Overloaded{[](const A&) { ... }, [](const B&) { ... }}, value)
// does not compile while an alternative has no lambda. Used throughout; the compiler is its test.
#pragma once

namespace berth {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace berth
