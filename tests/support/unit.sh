# Installs the package as GUIDE.md says, has systemd start it, and says in `said` what came of it.
set -Eeuo pipefail
exec 3>said
trap 'set +e; systemctl --no-pager --lines 0 status blockhouse; journalctl --no-pager --lines 60; exit 1' ERR
say() { echo "$*" >&3; }
of() { systemctl show --property "$1" --value blockhouse; }
# Waits until it serves (again); an old process must be gone.
ready() {
  curl --silent --retry 100 --retry-delay 1 --retry-all-errors --max-time 5 http://127.0.0.1:9469/readyz
}
# Asks for a page of a blocked host at this address of ours; gives the status.
fetch() {
  curl --silent --show-error --location --cacert /etc/blockhouse/certs/root.pem --connect-to "::${1:-127.0.0.1}:443" \
    --cookie /tmp/jar --cookie-jar /tmp/jar --output /tmp/page --write-out '%{http_code}' https://blocked.example/
}
state() {
  local pid
  pid=$(of MainPID)
  sed -n 's/^\(CapEff\|NoNewPrivs\|Seccomp\):\t0*/\1 /p' "/proc/$pid/status" | tr '\n' ' '
  id --name --user "$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$pid/status")"
}

dpkg --force-depends --install ./*.deb
blockhouse-ca init --org "Example School" --directory /etc/blockhouse/certs
mv /etc/blockhouse/certs/root.key /root/
chown -R blockhouse: /etc/blockhouse/certs
systemctl enable --now blockhouse
say "started: $(of ActiveState), $(state)"
say "page: $(fetch)"
say "monitor: $(ready)"

sed -i 's/Your organisation/Another School/' /etc/blockhouse/blockhouse.toml
systemctl reload blockhouse
until fetch >/dev/null && grep --quiet 'Another School' /tmp/page; do :; done
say "read anew: $(fetch)"

old=$(of MainPID)
kill -KILL "$old"
tail --pid="$old" --follow /dev/null
say "after a crash: $(ready), started again $(of NRestarts) time"

mkdir /etc/systemd/system/blockhouse.service.d
drop_in() { printf '[Service]\n%s\n' "$@" >/etc/systemd/system/blockhouse.service.d/test.conf; systemctl daemon-reload; }
drop_in WatchdogSec=5
systemctl restart blockhouse
old=$(of MainPID)
kill -STOP "$old"
tail --pid="$old" --follow /dev/null
say "after it stood still: $(ready), $(journalctl --output cat | grep -c 'Watchdog timeout') time"

systemctl stop blockhouse
say "stopped: $(of ActiveState), $(of Result), $(of ExecMainStatus)"

# The issuing key as a credential, which the server's user cannot read where it lies.
install --mode 700 --directory /etc/credstore.encrypted
systemd-creds encrypt --with-key=host --name=issuing-key \
  /etc/blockhouse/certs/issuing-g1.key /etc/credstore.encrypted/blockhouse.issuing-key
rm /etc/blockhouse/certs/issuing-g1.key
sed -i 's/^\[ca\]/&\nkey_file = "credential:issuing-key"/' /etc/blockhouse/blockhouse.toml
drop_in LoadCredentialEncrypted=issuing-key:/etc/credstore.encrypted/blockhouse.issuing-key
systemctl start blockhouse
say "with a credential: $(fetch), $(blockhouse --config /etc/blockhouse/blockhouse.toml check 2>&1 | tail -n 1)"
systemctl stop blockhouse

# The ports from systemd, and no capability.
printf 'AmbientCapabilities=\nCapabilityBoundingSet=\n' >>/etc/systemd/system/blockhouse.service.d/test.conf
systemctl daemon-reload
systemctl start blockhouse.socket
say "before the first client: $(of ActiveState)"
say "with a socket: $(fetch), $(fetch '[::1]'), $(state)"
# A client that comes while it starts again waits.
systemctl restart --no-block blockhouse
say "while it restarts: $(fetch)"
systemctl stop blockhouse.socket blockhouse
say "stopped: $(of ActiveState), $(of Result)"

events=$(grep --count '^{.*"host":"blocked.example".*"status":403.*}$' /var/log/blockhouse/events.jsonl)
say "events: $([ "$events" -ge 7 ] && echo all || echo "$events")"
say "written: $(find /etc /home /opt /root /run /srv /tmp /var -user blockhouse -type f -printf '%m %p\n' | sort -k 2 | paste -sd ' ')"
complaints() { journalctl --output cat --unit "$1" | grep --count --ignore-case --extended-regexp "$2" || true; }
say "complaints: $(complaints blockhouse 'sandbox|not permitted|denied|warn'), $(complaints blockhouse.socket failed)"
