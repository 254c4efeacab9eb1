# find_package(gantry): gantry::sdk, gantry_add_plugin() and, where the host is installed beside the
# SDK, the program gantry::gantry.
include(CMakeFindDependencyMacro)
find_dependency(nlohmann_json 3.11)
include("${CMAKE_CURRENT_LIST_DIR}/gantry-sdk-targets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/gantry-host-targets.cmake" OPTIONAL)
include("${CMAKE_CURRENT_LIST_DIR}/GantryPlugin.cmake")
