# Half of a build is reading what nearly every file includes; the preset asan reads it once. Where it
# optimises gcc 12 takes what it inlines from a precompiled header for the project's own, and warns.
file(WRITE "${CMAKE_BINARY_DIR}/precompiled.cpp" "")
add_library(precompiled OBJECT "${CMAKE_BINARY_DIR}/precompiled.cpp")
target_precompile_headers(precompiled PRIVATE <nlohmann/json.hpp> <atomic> <chrono> <functional>
  <future> <map> <mutex> <set> <thread> <unordered_map>)

function(precompile_in folder)
  get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(sources ${target} SOURCES)
    if(type MATCHES "EXECUTABLE|STATIC|SHARED|MODULE" AND NOT sources MATCHES "\\.c(;|$)")
      target_compile_options(${target} PRIVATE -fPIC)  # as it was precompiled
      target_precompile_headers(${target} REUSE_FROM precompiled)
    endif()
  endforeach()
  get_property(folders DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
  foreach(inner IN LISTS folders)
    precompile_in("${inner}")
  endforeach()
endfunction()

foreach(folder host plugins tests)
  precompile_in("${PROJECT_SOURCE_DIR}/${folder}")
endforeach()
