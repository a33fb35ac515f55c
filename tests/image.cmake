add_test(NAME image/builder COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/test-image ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/vmsilo-image)
set_tests_properties(image/builder PROPERTIES LABELS image)

add_test(NAME image/recipe COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/test-recipe ${PROJECT_SOURCE_DIR}/imagebuild/recipe-read)
add_test(NAME image/store COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/test-store ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/vmsilo-image)
set_tests_properties(image/recipe image/store PROPERTIES LABELS image)

# What tests with real guests boot: FIXTURES_REQUIRED small-image, found in build/images/small.
if(TARGET vmsilo-agent-static)
	add_test(NAME image/small COMMAND ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/vmsilo-image build small
		--agent $<TARGET_FILE:vmsilo-agent-static> --output ${PROJECT_BINARY_DIR}/images/small)
	set_tests_properties(image/small PROPERTIES LABELS image FIXTURES_SETUP small-image)
endif()

# The same of Debian: FIXTURES_REQUIRED debian-image, found in build/images/debian. It compiles the guest's programs itself.
if(NOT VMSILO_SANITIZE)
	add_test(NAME image/debian COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/debian-image ${PROJECT_BINARY_DIR})
	set_tests_properties(image/debian PROPERTIES LABELS image FIXTURES_SETUP debian-image TIMEOUT 600)
	add_test(NAME image/generations COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/test-debian ${PROJECT_BINARY_DIR})
	set_tests_properties(image/generations PROPERTIES LABELS image FIXTURES_REQUIRED debian-image TIMEOUT 600)
endif()
# The same with windows: FIXTURES_REQUIRED windows-image, found in build/images/windows. One build at a time uses the cache.
if(NOT VMSILO_SANITIZE)
	add_test(NAME image/windows COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/windows-image ${PROJECT_BINARY_DIR})
	set_tests_properties(image/windows PROPERTIES LABELS image FIXTURES_SETUP windows-image)
endif()

add_test(NAME image/guest-files COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/image/guest-files ${PROJECT_BINARY_DIR})
set_tests_properties(image/guest-files PROPERTIES LABELS image)
