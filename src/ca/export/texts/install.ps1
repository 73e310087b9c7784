# Installs, removes or looks for the root of @ORGANISATION@.
#
# As administrator:
#   powershell -ExecutionPolicy Bypass -File Install-BlockhouseRoot.ps1 -Action Install
#
# Exit codes: 0 done, or installed; 1 failed; 3 not installed (-Action Test).
[CmdletBinding()]
param(
    [ValidateSet('Install', 'Remove', 'Test')]
    [string]$Action = 'Install',
    [ValidateSet('LocalMachine', 'CurrentUser')]
    [string]$Location = 'LocalMachine'
)

$ErrorActionPreference = 'Stop'
$roots = @(
@ROOTS@
)

function Open-Store([string]$Mode) {
    # Import-Certificate does not exist on Windows 7, this does.
    $store = New-Object System.Security.Cryptography.X509Certificates.X509Store('Root', $Location)
    $store.Open($Mode)
    return $store
}

function Find-Root($Store, [string]$Thumbprint) {
    return @($Store.Certificates | Where-Object { $_.Thumbprint -eq $Thumbprint })
}

try {
    $missing = 0
    if ($Action -eq 'Test') { $store = Open-Store 'ReadOnly' } else { $store = Open-Store 'ReadWrite' }
    foreach ($root in $roots) {
        $octets = [Convert]::FromBase64String($root.Base64)
        $sha256 = New-Object System.Security.Cryptography.SHA256Managed
        $hash = [BitConverter]::ToString($sha256.ComputeHash($octets)).Replace('-', '')
        if ($hash -ne $root.Sha256) {
            throw "This script was changed: the certificate of '$($root.Name)' is not the one it was made for."
        }
        $found = Find-Root $store $root.Thumbprint
        switch ($Action) {
            'Install' {
                if ($found.Count -gt 0) {
                    Write-Output "There already: $($root.Name)"
                } else {
                    # PowerShell 7 has no Import() on a certificate; the comma passes the octets as one.
                    $certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $octets)
                    $store.Add($certificate)
                    Write-Output "Installed: $($root.Name)"
                }
            }
            'Remove' {
                foreach ($certificate in $found) { $store.Remove($certificate) }
                if ($found.Count -gt 0) { Write-Output "Removed: $($root.Name)" } else { Write-Output "Not there: $($root.Name)" }
            }
            'Test' {
                if ($found.Count -gt 0) { Write-Output "Installed: $($root.Name)" } else { Write-Output "Missing: $($root.Name)"; $missing = 1 }
            }
        }
    }
    $store.Close()
    if ($missing -gt 0) { exit 3 }
    exit 0
} catch {
    Write-Output "Failed: $($_.Exception.Message)"
    Write-Output 'Is this PowerShell running as administrator? Without that, -Location CurrentUser is the way.'
    exit 1
}
