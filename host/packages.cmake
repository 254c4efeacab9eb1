# The two Debian packages that ./dev package makes: gantry-host, the program and its plugins, and
# gantry-sdk, what a plugin is built with.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Gantry developers")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL host sdk)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_COMPONENT_HOST_DESCRIPTION "Host for plugins and durable workflows")
set(CPACK_DEBIAN_HOST_PACKAGE_NAME gantry-host)
set(CPACK_DEBIAN_HOST_PACKAGE_SECTION net)
set(CPACK_DEBIAN_HOST_PACKAGE_SHLIBDEPS ON)

set(CPACK_COMPONENT_SDK_DESCRIPTION "What plugins of the Gantry host are built with")
set(CPACK_DEBIAN_SDK_PACKAGE_NAME gantry-sdk)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_SDK_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SDK_PACKAGE_DEPENDS "nlohmann-json3-dev (>= 3.11)")
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS "gantry-host, cmake")
include(CPack)
