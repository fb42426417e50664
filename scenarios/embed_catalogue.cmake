# Writes the catalogue's CSV files into one C++ source as string literals. Changing a CSV file
# configures again, so the program never carries an old price list.
function(embed_catalogue out)
  foreach(name "" "-prices")
    set(csv ${CMAKE_CURRENT_SOURCE_DIR}/catalogue/aws-us-east-1${name}.csv)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${csv})
    file(READ ${csv} text${name})
  endforeach()
  file(GENERATE OUTPUT ${out} CONTENT "namespace berth {
extern const char* const kInstanceCsv;
extern const char* const kPriceCsv;
const char* const kInstanceCsv = R\"csv(${text})csv\";
const char* const kPriceCsv = R\"csv(${text-prices})csv\";
}  // namespace berth
")
endfunction()
