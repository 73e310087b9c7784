# Detection for applications of Configuration Manager and for Win32 apps of Intune: prints "Installed" when this
# machine trusts every root of @ORGANISATION@, and nothing when it does not.
# It always ends with 0: anything else means to them that the detection itself failed.
$missing = @(@(@THUMBPRINTS@) | Where-Object { -not (Test-Path "Cert:\LocalMachine\Root\$_") })
if ($missing.Count -eq 0) { Write-Output 'Installed' }
exit 0
