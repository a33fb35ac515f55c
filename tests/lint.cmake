# What a reader would complain about. The fast ones are tests; the slow ones are targets that .ci/run builds.
foreach(lint includes sizes text shell)
	add_test(NAME lint/${lint} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/${lint})
	set_tests_properties(lint/${lint} PROPERTIES LABELS lint)
endforeach()
add_test(NAME lint/self COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/self)
set_tests_properties(lint/self PROPERTIES LABELS lint)

add_custom_target(format COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/format --fix USES_TERMINAL)
add_custom_target(format-check COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/format USES_TERMINAL)
# Both read the generated messages, so everything is built first.
add_custom_target(tidy COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/tidy ${PROJECT_BINARY_DIR} USES_TERMINAL)
add_custom_target(cppcheck COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/cppcheck ${PROJECT_BINARY_DIR} USES_TERMINAL)
