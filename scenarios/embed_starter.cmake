# Writes scenarios/quickstart.yaml into a C++ source as a string literal, for `berth init`.
function(embed_starter out)
  set(yaml ${CMAKE_CURRENT_SOURCE_DIR}/quickstart.yaml)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${yaml})
  file(READ ${yaml} text)
  file(GENERATE OUTPUT ${out} CONTENT "namespace berth {
extern const char* const kQuickstart;
const char* const kQuickstart = R\"yaml(${text})yaml\";
}  // namespace berth
")
endfunction()
