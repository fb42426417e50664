// Asks the memory for bytes that will be read soon, and goes on. Of a thousand services none finds its
// own state in the cache when its turn comes; who knows whose turn is next hides that wait. Changes no
// result; an address that is not there is harmless.
#pragma once

#include <cstddef>

namespace berth {

inline void fetch_ahead(const void* from, std::size_t bytes) {
#if defined(__GNUC__)
  constexpr std::size_t kLine = 64;
  const char* const at = static_cast<const char*>(from);
  if (bytes == 0) return;
  for (std::size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(at + i, 1);
  __builtin_prefetch(at + bytes - 1, 1);  // what is not aligned ends in one line more
  // gcc takes a function that does no more than that for one without effect, and leaves out its calls.
  asm volatile("");
#else
  (void)from, (void)bytes;
#endif
}

// Members of one object that lie from one to another.
inline void fetch_between(const void* from, const void* to) {
  fetch_ahead(from, static_cast<std::size_t>(static_cast<const char*>(to) -
                                             static_cast<const char*>(from)));
}

// The first `most` bytes of a contiguous container's elements.
template <class Container>
void fetch_elements(const Container& elements, std::size_t most) {
  const std::size_t bytes = elements.size() * sizeof(*elements.data());
  fetch_ahead(elements.data(), bytes < most ? bytes : most);
}

}  // namespace berth
