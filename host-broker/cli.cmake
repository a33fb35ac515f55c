add_library(vmsilo-cli-core STATIC cli/ask.c cli/broker-client.c cli/broker-start.c
	cli/command-check.c cli/command-inhibit.c cli/command-list.c cli/command-run.c cli/command-start.c
	cli/command-stop.c cli/command-why.c cli/command-usb.c cli/commands.c cli/options.c cli/report.c cli/session-client.c cli/stdio.c cli/terminal.c)
target_sources(vmsilo-cli-core PRIVATE cli/command-copy.c cli/copy-plan.c cli/copy-progress.c
	cli/copy-worker.c)
target_sources(vmsilo-cli-core PRIVATE cli/command-shell.c cli/pass-env.c cli/run.c cli/run-options.c
	cli/session-open.c cli/ssh-line.c)
target_link_libraries(vmsilo-cli-core PUBLIC vmsilo-broker-config vmsilo-broker-paths
	vmsilo-proto-io PkgConfig::JANSSON)
target_sources(vmsilo-cli-core PRIVATE cli/command-events.c cli/command-logs.c
	cli/command-reload.c cli/command-restart.c cli/complete.c cli/console-client.c cli/journal-reader.c)
target_link_libraries(vmsilo-cli-core PUBLIC vmsilo-broker-journal)

add_executable(vmsilo cli/main.c)
target_link_libraries(vmsilo PRIVATE vmsilo-cli-core)
install(TARGETS vmsilo)

# One program; the names that stand for its commands are links to it.
foreach(link vm-run vm-copy vm-shell vm-restart vm-start vm-stop vmsilo-usb)
	add_custom_command(TARGET vmsilo POST_BUILD
		COMMAND ${CMAKE_COMMAND} -E create_symlink vmsilo
			${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${link})
	install(CODE "file(CREATE_LINK vmsilo
		\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_BINDIR}/${link} SYMBOLIC)")
endforeach()

install(FILES completions/vmsilo.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME vmsilo)
foreach(program vm-run vm-copy vm-shell vm-restart vm-start vm-stop vmsilo-usb vmsilo-image vmsilo-broker vmsilo-tray)
	install(CODE "file(CREATE_LINK vmsilo
		\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_DATADIR}/bash-completion/completions/${program} SYMBOLIC)")
endforeach()
install(FILES completions/_vmsilo DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completions/vmsilo.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
foreach(program vm-run vm-copy vm-shell vm-restart vm-start vm-stop vmsilo-usb vmsilo-image vmsilo-broker)
	install(CODE "file(CREATE_LINK vmsilo.fish
		\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_DATADIR}/fish/vendor_completions.d/${program}.fish SYMBOLIC)")
endforeach()
