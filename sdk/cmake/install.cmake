# What is installed of the SDK. Apart from its CMakeLists.txt, which plugins add to their own projects.
include(CMakePackageConfigHelpers)
set(package lib/cmake/gantry)

set_target_properties(gantry_sdk PROPERTIES EXPORT_NAME sdk)
install(TARGETS gantry_sdk EXPORT gantry-sdk-targets)
install(EXPORT gantry-sdk-targets NAMESPACE gantry:: DESTINATION ${package} COMPONENT sdk)

# What find_package and pkg-config compare is the ABI's version: a plugin needs it, whichever Gantry has it.
write_basic_package_version_file("${CMAKE_BINARY_DIR}/gantry-config-version.cmake"
  VERSION ${gantry_abi_version} COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES sdk/cmake/gantry-config.cmake sdk/cmake/GantryPlugin.cmake
              "${CMAKE_BINARY_DIR}/gantry-config-version.cmake"
  DESTINATION ${package} COMPONENT sdk)

configure_file(sdk/cmake/gantry.pc.in gantry.pc @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/gantry.pc" DESTINATION lib/pkgconfig COMPONENT sdk)

install(DIRECTORY sdk/include/gantry DESTINATION include COMPONENT sdk)
install(DIRECTORY sdk/interfaces DESTINATION share/gantry COMPONENT sdk)
gantry_page(sdk sdk/README.md sdk/ERP.md sdk/SYSTEMS.md sdk/LIBRARIES.md
  plugins/examples/README.md)
install(DIRECTORY plugins/examples/ DESTINATION share/doc/gantry-sdk/examples COMPONENT sdk
  PATTERN CMakeLists.txt EXCLUDE PATTERN README.md EXCLUDE)
install(FILES LICENSE DESTINATION share/doc/gantry-sdk RENAME copyright COMPONENT sdk)
