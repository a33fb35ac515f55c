# The pure parts of vmsilo-guest-windows; the rest is tried by windows.cmake's tests, with real programs.
vmsilo_unit_test(windows-pieces vmsilo-windows-guest-pixels)
vmsilo_unit_test(windows-slots vmsilo-windows-guest-pixels)
vmsilo_unit_test(windows-policy vmsilo-windows-guest-policy vmsilo-windows-guest-stream)
vmsilo_unit_test(windows-stream vmsilo-windows-guest-stream)
