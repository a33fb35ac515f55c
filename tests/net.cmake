# vmsilo-net in namespaces of the test's own, with guests that are namespaces, too; as root, and as an ordinary user.
foreach(test matrix netvms published names deaths)
	foreach(case "veth" "pasta 1000")
		string(REPLACE " " ";" arguments "${case}")
		string(REPLACE " " "-" name "${case}")
		add_test(NAME net/${test}-${name}
			COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/net/${test} ${PROJECT_BINARY_DIR} ${arguments})
		set_tests_properties(net/${test}-${name} PROPERTIES LABELS net)
	endforeach()
endforeach()
add_test(NAME net/matrix-pasta COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/net/matrix ${PROJECT_BINARY_DIR} pasta)
set_tests_properties(net/matrix-pasta PROPERTIES LABELS net)

vmsilo_unit_test(net-rules vmsilo-net-core)
target_compile_definitions(test-net-rules PRIVATE VMSILO_TESTS_DIR="${CMAKE_CURRENT_SOURCE_DIR}")

add_library(vmsilo-fake-net-kernel STATIC lib/fake-net-kernel.c)
target_link_libraries(vmsilo-fake-net-kernel PUBLIC vmsilo-net-attachment)
vmsilo_fuzz_target(net-requests vmsilo-net-core vmsilo-fake-net-kernel)
vmsilo_unit_test(net-resolvers vmsilo-net-dns)
vmsilo_unit_test(net-names vmsilo-net-dns vmsilo-net-rules)
vmsilo_fuzz_target(net-dns-answer vmsilo-net-dns)
vmsilo_fuzz_target(net-refused vmsilo-net-refused)
vmsilo_unit_test(net-refused vmsilo-net-refused vmsilo-net-plan)
