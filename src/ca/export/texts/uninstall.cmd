@echo off
rem Removes the root from the machine. Run as administrator.
@REMOVES@
exit /b 0
