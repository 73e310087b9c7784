# Detection for remediations of Intune (a script package): says
# whether this machine trusts every root of @ORGANISATION@, and ends with 1 when it does not, so that
# Intune runs the remediation: Install-BlockhouseRoot.ps1.
$missing = @(@(@THUMBPRINTS@) | Where-Object { -not (Test-Path "Cert:\LocalMachine\Root\$_") })
if ($missing.Count -eq 0) {
    Write-Output 'Installed'
    exit 0
}
Write-Output "Missing: $($missing -join ', ')"
exit 1
