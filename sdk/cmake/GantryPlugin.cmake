# gantry_add_plugin(NAME SOURCES a.cpp … MANIFEST plugin.json [CONTRACT contract/contract.json]): the
# shared library NAME.so with the manifest in its own section, two exported symbols and no unresolved ones.

# Where erp.v1.json and product.v1.json are: in a checkout, or installed.
find_path(GANTRY_INTERFACES erp.v1.json REQUIRED NO_CACHE NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH
  PATHS "${CMAKE_CURRENT_LIST_DIR}/../interfaces"
        "${CMAKE_CURRENT_LIST_DIR}/../../../share/gantry/interfaces")
# find_path ends it with "/", and a file named with "//" is another one for ninja.
string(REGEX REPLACE "/$" "" GANTRY_INTERFACES "${GANTRY_INTERFACES}")

function(gantry_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MANIFEST;CONTRACT" "SOURCES")
  if(NOT arg_SOURCES OR NOT arg_MANIFEST)
    message(FATAL_ERROR "gantry_add_plugin(${name}): SOURCES and MANIFEST are needed")
  endif()
  get_filename_component(manifest "${arg_MANIFEST}" ABSOLUTE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
  file(READ "${manifest}" text)
  string(JSON kind ERROR_VARIABLE misread TYPE "${text}")
  if(misread)
    message(FATAL_ERROR "gantry_add_plugin(${name}): ${manifest}: ${misread}")
  endif()
  set(embedded "${CMAKE_CURRENT_BINARY_DIR}/${name}.manifest.cpp")
  # .incbin: a string literal has a length limit. The byte after it ends the text.
  file(GENERATE OUTPUT "${embedded}" CONTENT "\
__asm__(\".pushsection .gantry.manifest,\\\"a\\\",@progbits\\n\"
        \".global gantry_manifest_v1\\n\"
        \".type gantry_manifest_v1, @object\\n\"
        \"gantry_manifest_v1:\\n\"
        \".incbin \\\"${manifest}\\\"\\n\"
        \".byte 0\\n\"
        \".size gantry_manifest_v1, . - gantry_manifest_v1\\n\"
        \".popsection\\n\");
")
  set_source_files_properties("${embedded}" PROPERTIES OBJECT_DEPENDS "${manifest}" GENERATED TRUE)
  set(exports "${CMAKE_CURRENT_BINARY_DIR}/${name}.exports")
  file(GENERATE OUTPUT "${exports}" CONTENT
       "{ global: gantry_plugin_entry_v1; gantry_manifest_v1; local: *; };\n")

  add_library(${name} MODULE ${arg_SOURCES} "${embedded}")
  target_link_libraries(${name} PRIVATE gantry::sdk)
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES
    PREFIX "" OUTPUT_NAME "${name}" SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${exports}")
  target_link_options(${name} PRIVATE "LINKER:--version-script=${exports}" "LINKER:-z,now")
  # clang's sanitizer runtimes are resolved from the program, so -z defs cannot hold there.
  target_link_options(${name} PRIVATE "$<$<NOT:$<BOOL:${GANTRY_UNDEFINED_FROM_PROGRAM}>>:LINKER:-z,defs>")

  gantry_add_plugin_check(${name} "${arg_CONTRACT}")
endfunction()

# The test NAME.check: the built plugin keeps the contract. Needs tests and the program.
function(gantry_add_plugin_check name contract)
  if(NOT BUILD_TESTING OR NOT TARGET gantry::gantry)
    return()
  endif()
  set(arguments "$<TARGET_FILE:${name}>")
  if(contract)
    get_filename_component(contract "${contract}" ABSOLUTE)
    list(APPEND arguments --contract "${contract}")
  endif()
  add_test(NAME ${name}.check COMMAND gantry::gantry check ${arguments})
endfunction()
