# Makes a group policy object that installs the root of @ORGANISATION@, and links it if asked to.
# Needs the GroupPolicy module (RSAT), and the right to make group policy objects.
#
#   .\New-BlockhouseGpo.ps1 -Link 'DC=example,DC=org'
#
# To remove it:  Remove-GPO -Name '@QUOTED@ root'
[CmdletBinding()]
param(
    [string]$Name = '@QUOTED@ root',
    [string]$Link
)

$ErrorActionPreference = 'Stop'
Import-Module GroupPolicy
$roots = @(
@BLOBS@
)

if (-not (Get-GPO -Name $Name -ErrorAction SilentlyContinue)) { $null = New-GPO -Name $Name }
foreach ($root in $roots) {
    $key = 'HKLM\@KEY@\' + $root.Thumbprint
    $blob = [byte[]][Convert]::FromBase64String($root.Blob)
    $null = Set-GPRegistryValue -Name $Name -Key $key -ValueName 'Blob' -Type Binary -Value $blob
}
if ($Link) { $null = New-GPLink -Name $Name -Target $Link }
Write-Output "Ready: $Name. On a device: gpupdate /force, then"
foreach ($root in $roots) { Write-Output "  certutil -verifystore Root $($root.Thumbprint)" }
