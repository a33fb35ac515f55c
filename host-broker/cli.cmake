add_library(vmsilo-cli-core STATIC cli/ask.c cli/broker-client.c cli/broker-start.c
	cli/command-check.c cli/command-copy.c cli/command-events.c cli/command-inhibit.c
	cli/command-list.c cli/command-logs.c cli/command-reload.c cli/command-restart.c
	cli/command-run.c cli/command-shell.c cli/command-start.c cli/command-stop.c cli/command-usb.c
	cli/command-why.c cli/commands.c cli/complete.c cli/console-client.c cli/copy-plan.c
	cli/copy-progress.c cli/copy-worker.c cli/daemon-defaults.c cli/journal-reader.c cli/leave.c cli/options.c cli/pass-env.c
	cli/report.c cli/run-options.c cli/run.c cli/session-client.c cli/session-open.c cli/ssh-line.c
	cli/stdio.c cli/stream-fd.c cli/terminal.c)
target_link_libraries(vmsilo-cli-core PUBLIC vmsilo-broker-config vmsilo-broker-journal
	vmsilo-proto-sandbox PkgConfig::JANSSON)

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
