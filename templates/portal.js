// The pages of the portal. Without it both still work: see check.html and install.html.
(() => {
  "use strict";
  // An iPad calls itself a Mac; only a Mac has no screen to touch.
  const ipad = document.getElementById("ios");
  const mac = document.getElementById("mac");
  if (ipad && mac && mac.open && navigator.maxTouchPoints > 1) {
    mac.open = false;
    ipad.open = true;
  }

  const checks = document.getElementById("checks");
  if (!checks) return;
  const row = (name) => checks.querySelector(`[data-row="${name}"]`);
  const show = (item, state) => {
    if (!item) return;
    item.dataset.state = state;
    for (const text of item.querySelectorAll("[data-when]")) {
      text.hidden = text.dataset.when !== state;
    }
  };
  let rounds = 0;
  // A name that was never asked for before: no cached answer, no exception that somebody clicked.
  const ask = async (url) => {
    const label = `${checks.dataset.label}-${rounds}`;
    try {
      const answer = await fetch(url.replaceAll("LABEL", label), {
        mode: "cors",
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.timeout(15000),
      });
      return (await answer.text()) === `ok-${label}`;
    } catch {
      return false;
    }
  };
  const run = async () => {
    rounds += 1;
    const [trust, dns] = [row("trust"), row("dns")];
    for (const item of [trust, dns, row("ipv4"), row("ipv6")]) show(item, "waiting");
    const families = ["ipv4", "ipv6"].map(async (name) => {
      const item = row(name);
      if (!item) return;
      const reached = await ask(item.dataset.url);
      // Without IPv6 everything works all the same.
      show(item, reached ? "good" : name === "ipv6" ? "unknown" : "bad");
    });
    // By name, by name without TLS, and by the address that this page came from.
    const { url, control, direct } = trust.dataset;
    const [named, reached, addressed] = await Promise.all(
      [url, control, direct].map((one) => (one ? ask(one) : undefined)),
    );
    const refused = reached || direct !== undefined;
    show(trust, named || addressed ? "good" : refused ? "bad" : "unknown");
    show(dns, named || reached ? "good" : control ? "bad" : "unknown");
    await Promise.all(families);
    // For those who look after the root: whether this browser has the next one already.
    if (checks.dataset.next) await ask(checks.dataset.next);
    checks.dataset.done = rounds;
  };
  document.getElementById("again").addEventListener("click", (event) => {
    // Cookies are checked by coming anew.
    if (row("cookies").dataset.state === "good") {
      event.preventDefault();
      run();
    }
  });
  run();
})();
