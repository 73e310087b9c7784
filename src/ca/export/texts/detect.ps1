# Prints "Installed", and ends with 0, when this machine trusts every root of @ORGANISATION@.
$missing = @(@(@THUMBPRINTS@) | Where-Object { -not (Test-Path "Cert:\LocalMachine\Root\$_") })
if ($missing.Count -eq 0) {
    Write-Output 'Installed'
    exit 0
}
exit 1
