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
  // Without scripts nothing would ever come of what waits.
  for (const item of checks.children) item.hidden = false;
  let rounds = 0;
  // A name that was never asked for before: no cached answer, no exception that somebody clicked.
  const word = (more = "") => `${checks.dataset.label}-${rounds}${more}`;
  const ask = async (url, label = word()) => {
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
  // What the server saw of a name that was asked in vain: nothing, a hello, or that we refused. It may hear
  // of the refusal later than we do.
  const seen = async (label) => {
    let fate;
    for (let tries = 0; tries < 12 && checks.dataset.seen; tries += 1) {
      try {
        const url = `${checks.dataset.seen}?${label}`;
        const answer = await fetch(url, { credentials: "omit", cache: "no-store" });
        fate = (await answer.text()).split("-")[0];
      } catch {
        return fate;
      }
      if (fate !== "came") return fate;
      await new Promise((done) => setTimeout(done, 250));
    }
    return fate;
  };
  const reach = async (name, trusted) => {
    const item = row(name);
    if (!item) return;
    const url = item.dataset.url;
    // Over TLS an address that does not answer looks like a certificate that is not trusted.
    if (url.startsWith("https:") && !(await trusted)) return show(item, "later");
    // Without IPv6 everything works all the same.
    show(item, (await ask(url)) ? "good" : name === "ipv6" ? "unknown" : "bad");
  };
  const run = async () => {
    rounds += 1;
    const [trust, dns, next] = [row("trust"), row("dns"), row("next")];
    for (const item of [trust, next, dns, row("ipv4"), row("ipv6")]) show(item, "waiting");
    // By name, by name without TLS, and by the address that this page came from.
    const { url, control, direct } = trust.dataset;
    const asked = Promise.all([url, control, direct].map((one) => (one ? ask(one) : undefined)));
    const trusted = asked.then(([named, , addressed]) => named || addressed);
    const families = ["ipv4", "ipv6"].map((name) => reach(name, trusted));
    const [named, reached] = await asked;
    const fate = named || !url ? undefined : await seen(word());
    const came = named || reached || fate === "came" || fate === "refused";
    const refused = reached || direct !== undefined || fate === "refused";
    show(trust, (await trusted) ? "good" : refused ? "bad" : "unknown");
    show(dns, came ? "good" : control || fate === "none" ? "bad" : "unknown");
    if (next) {
      const label = word("-next");
      const known = await ask(next.dataset.url, label);
      const lacks = !known && (named || reached || (await seen(label)) === "refused");
      show(next, known ? "good" : lacks ? "bad" : "unknown");
    }
    await Promise.all(families);
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
