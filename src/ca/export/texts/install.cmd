@echo off
rem Installs the root for the whole machine. Run as administrator, with the .cer files beside this file
rem or in the folder above it.
setlocal
set "FROM=%~dp0"
if not exist "%FROM%root.cer" set "FROM=%~dp0..\"
@ADDS@
exit /b 0
