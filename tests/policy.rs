//! What the policy decides, and how lists are read.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use blockhouse::config::{Config, HostPattern, ListFormat, Reach, Source};
use blockhouse::host::{Host, HostName};
use blockhouse::policy::lists::{self, Entry};
use blockhouse::policy::{Action, ExceptionKind, ListReport, Policy, Redirect, RuleId, Told};
use proptest::prelude::*;

fn config(text: &str) -> Config {
    Config::parse(text, &Source::File(PathBuf::from("x/blockhouse.toml"))).unwrap()
}

fn policy(text: &str) -> Policy {
    Policy::load(&config(text)).unwrap().policy
}

fn host(text: &str) -> Host {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

const RULES: &str = r#"
default_policy = "staff"
[categories.malware]
class = "security"
reason = "Danger."
hosts = ["bad.example", "both.example"]
[categories.games]
class = "content"
reason = "Play."
hosts = ["games.example", "both.example", "*.below.example", "=exact.example", "unruled.example"]
[categories.unused]
class = "content"
hosts = ["unused.example"]
[policies.staff]
default_action = "block"
[[policies.staff.rules]]
action = "allow"
hosts = ["good.games.example"]
[[policies.staff.rules]]
name = "think"
action = "warn"
categories = ["games"]
reason = "Think."
contact = "desk@example.com"
[[policies.staff.rules]]
action = "block"
categories = ["malware"]
[policies.guests]
default_action = "allow"
[[locations]]
name = "hall"
networks = ["192.0.2.0/24", "2001:db8::/32"]
policy = "guests"
[[locations]]
name = "desk"
networks = ["192.0.2.128/25"]
policy = "staff"
[exceptions]
also = ["trusted.example"]
networks = ["198.51.100.0/24"]
"#;

#[test]
fn verdicts() {
    let policy = policy(RULES);
    let action = |client, name| policy.decide(ip(client), &host(name)).action;
    for (client, name, expected) in [
        ("203.0.113.1", "games.example", Action::Warn),
        ("203.0.113.1", "www.games.example", Action::Warn),
        ("203.0.113.1", "good.games.example", Action::Allow),
        ("203.0.113.1", "x.good.games.example", Action::Allow),
        ("203.0.113.1", "notgames.example", Action::Block),
        ("203.0.113.1", "bad.example", Action::Block),
        ("203.0.113.1", "a.below.example", Action::Warn),
        ("203.0.113.1", "below.example", Action::Block),
        ("203.0.113.1", "exact.example", Action::Warn),
        ("203.0.113.1", "a.exact.example", Action::Block),
        ("192.0.2.1", "games.example", Action::Allow),
        ("::ffff:192.0.2.1", "games.example", Action::Allow),
        ("2001:db8::7", "games.example", Action::Allow),
        ("192.0.2.200", "games.example", Action::Warn),
        ("203.0.113.1", "trusted.example", Action::Allow),
        ("203.0.113.1", "printer.local", Action::Allow),
        ("203.0.113.1", "203.0.113.9", Action::Block),
    ] {
        assert_eq!(action(client, name), expected, "{client} {name}");
    }
}

#[test]
fn a_verdict_says_what_made_it() {
    let policy = policy(RULES);
    let verdict = policy.decide(ip("192.0.2.200"), &host("games.example"));
    assert_eq!(verdict.rule, RuleId::Rule { index: 2, name: Some("think".into()) });
    assert_eq!(verdict.reason.as_deref(), Some("Think."));
    assert_eq!(verdict.contact.as_deref(), Some("desk@example.com"));
    assert_eq!(verdict.location.as_deref(), Some("desk"));
    assert_eq!(*verdict.category.unwrap().name, *"games");
    assert_eq!(policy.decide(ip("::1"), &host("bad.example")).reason.as_deref(), Some("Danger."));
}

#[test]
fn the_strictest_class_counts() {
    let text = r#"
[categories.games]
class = "content"
hosts = ["both.example", "all.example", "play.example"]
[categories.courts]
class = "legal"
reason = "A court says so."
hosts = ["both.example", "all.example"]
[categories.ours]
class = "organisation"
hosts = ["all.example"]
[categories.fine]
class = "organisation"
hosts = ["trusted.both.example"]
[policies.p]
[[policies.p.rules]]
action = "allow"
categories = ["fine"]
[[policies.p.rules]]
action = "warn"
categories = ["games"]
[[policies.p.rules]]
action = "block"
categories = ["ours", "courts"]
"#;
    let loaded = Policy::load(&config(text)).unwrap();
    let decide = |name| loaded.policy.decide(ip("::1"), &host(name));
    assert_eq!(decide("play.example").action, Action::Warn);
    let both = decide("both.example");
    assert_eq!((both.action, both.reason.as_deref()), (Action::Block, Some("A court says so.")));
    assert_eq!(*decide("all.example").category.unwrap().name, *"courts");
    // What is allowed by an earlier rule stays so.
    assert_eq!(decide("trusted.both.example").action, Action::Allow);
    let said: Vec<String> = loaded.overlaps.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "2 entries are in `courts` and in `games`: `courts` counts",
            "1 entries are in `courts` and in `ours`: `courts` counts",
        ]
    );
}

#[test]
fn gateways_are_told_what_to_answer() {
    let text = r#"
[listen]
https = ["192.0.2.1:443", "[2001:db8::1]:443"]
[[gateway.reasons]]
addresses = ["192.0.2.2"]
category = "malware"
[categories.malware]
class = "security"
hosts = ["bad.example"]
[categories.trackers]
class = "tracking"
hosts = ["ads.example", "page.ads.example"]
[categories.nulled]
class = "content"
gateway_answer = "null"
hosts = ["nulled.example"]
[categories.unruled]
class = "content"
hosts = ["unruled.example"]
[policies.p]
[[policies.p.rules]]
action = "block"
categories = ["malware", "trackers", "nulled"]
hosts = ["named.example"]
[exceptions]
also = ["good.bad.example"]
not_builtin = ["captive.apple.com"]
"#;
    let policy = policy(text);
    let told = |name| policy.told(&policy.decide(ip("::1"), &host(name)));
    assert_eq!(told("named.example"), Told::Page(0));
    assert_eq!(told("x.bad.example"), Told::Page(1));
    assert_eq!((told("ads.example"), told("nulled.example")), (Told::Nxdomain, Told::Null));
    for name in ["unruled.example", "else.example", "good.bad.example", "x.good.bad.example"] {
        assert_eq!(told(name), Told::Truth, "{name}");
    }
    assert_eq!(policy.block_addresses(0).v4, ["192.0.2.1".parse::<std::net::Ipv4Addr>().unwrap()]);
    assert_eq!(policy.block_addresses(0).v6.len(), 1);
    assert_eq!(policy.block_addresses(1).v4, ["192.0.2.2".parse::<std::net::Ipv4Addr>().unwrap()]);
    let exception = |name| policy.decide(ip("::1"), &host(name)).exception;
    assert_eq!(exception("www.msftconnecttest.com"), Some(ExceptionKind::Builtin));
    assert_eq!((exception("msftconnecttest.com"), exception("captive.apple.com")), (None, None));
}

#[test]
fn lists_may_be_forced_to_mean_a_whole_suffix() {
    let folder = tempfile::tempdir().unwrap();
    let (config, _) = with_list(folder.path(), "domains", "zip\nok.example\n*\n");
    let loaded = Policy::load(&config).unwrap();
    assert_eq!((loaded.lists[0].accepted, loaded.lists[0].findings.invalid), (1, 2));
    assert_eq!(loaded.policy.decide(ip("::1"), &host("a.zip")).action, Action::Allow);
    let mut forced = config;
    forced.policy.categories[0].lists[0].suffixes = true;
    let forced = Policy::load(&forced).unwrap();
    assert_eq!((forced.lists[0].accepted, forced.lists[0].findings.invalid), (2, 1));
    assert_eq!(forced.policy.decide(ip("::1"), &host("a.zip")).action, Action::Block);
}

#[test]
fn a_default_action_still_says_what_the_host_is_known_for() {
    let verdict = policy(RULES).decide(ip("::1"), &host("unused.example"));
    assert_eq!((verdict.action, &verdict.rule), (Action::Block, &RuleId::Default));
    assert_eq!(*verdict.category.unwrap().name, *"unused");
}

#[test]
fn unlisted_means_that_no_category_knows_the_host() {
    let policy = policy(RULES);
    let unlisted = |name| policy.decide(ip("::1"), &host(name)).unlisted;
    assert!(unlisted("else.example") && unlisted("192.0.2.1"));
    assert!(!unlisted("unused.example") && !unlisted("games.example") && !unlisted("a.local"));
}

#[test]
fn exceptions_come_first() {
    let policy = policy(RULES);
    let kind = |client, name| policy.decide(ip(client), &host(name)).exception;
    assert_eq!(kind("::1", "a.trusted.example"), Some(ExceptionKind::Domain));
    assert_eq!(kind("::1", "198.51.100.7"), Some(ExceptionKind::HostNetwork));
    assert_eq!(kind("198.51.100.7", "bad.example"), Some(ExceptionKind::ClientNetwork));
    assert_eq!(kind("::1", "nottrusted.example"), None);
}

#[test]
fn a_warning_never_leads_into_danger() {
    let explanation = policy(RULES).explain(None, ip("::1"), &host("both.example"));
    assert_eq!(explanation.verdict.action, Action::Block);
    assert_eq!(*explanation.verdict.category.unwrap().name, *"malware");
    let steps = explanation.steps.join("\n");
    assert!(
        steps.contains("Rule 2 (think) matches, but rule 3 is for a category of a stricter"),
        "{steps}"
    );
    let text = "[categories.m]\nclass = \"security\"\nhosts = [\"bad.example\"]\n\
                [policies.p]\ndefault_action = \"warn\"\n";
    assert_eq!(policy(text).decide(ip("::1"), &host("bad.example")).action, Action::Block);
    assert_eq!(policy(text).decide(ip("::1"), &host("else.example")).action, Action::Warn);
}

#[test]
fn explaining_agrees_and_tells_every_step() {
    let policy = policy(RULES);
    let (client, name) = (ip("203.0.113.1"), host("www.games.example"));
    let explanation = policy.explain(None, client, &name);
    assert_eq!(explanation.verdict, policy.decide(client, &name));
    assert_eq!(
        explanation.steps,
        [
            "Neither the host nor the client is an exception.",
            "No location has the client 203.0.113.1, so the default policy `staff` applies.",
            "The category `games` knows the host: `games.example` is in the configuration.",
            "Rule 1 does not match.",
            "Rule 2 (think) matches, since it names the category `games`: warn.",
        ]
    );
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["verdict"]["action"], "warn");
    assert_eq!(json["verdict"]["category"]["class"], "content");
}

#[test]
fn a_changed_rule_changes_the_revision_and_another_rule_does_not() {
    let of = |text: &str| policy(text).decide(ip("::1"), &host("games.example")).revision;
    let before = of(RULES);
    assert_eq!(before, of(RULES));
    assert_ne!(before, of(&RULES.replace("\"Think.\"", "\"Think twice.\"")));
    assert_eq!(before, of(&RULES.replace("good.games", "fine.games")));
    // Readers of JSON that take all numbers for doubles see it whole (RFC 8259 section 6).
    assert!(before < 1 << 53);
}

#[test]
fn the_builtin_example_has_a_name_for_each_action() {
    let policy = Policy::load(&Config::builtin()).unwrap().policy;
    let action = |name| policy.decide(ip("127.0.0.1"), &host(name)).action;
    assert_eq!(action("blocked.example"), Action::Block);
    assert_eq!(action("warned.example"), Action::Warn);
    assert_eq!(action("trusted.example"), Action::Allow);
}

#[test]
fn a_list_that_begins_with_a_name_below_an_exception_exempts_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let text = "localhost.localdomain\ngames.example\n";
    let policy = Policy::load(&with_list(folder.path(), "domains", text).0).unwrap().policy;
    let mut told = Vec::new();
    let take = |redirect: Redirect<'_>| {
        told.push((redirect.name.to_owned(), redirect.itself, redirect.exempt));
        Ok::<_, ()>(())
    };
    policy.redirects(None, take).unwrap();
    let games = told.iter().find(|(name, ..)| name == "games.example").unwrap();
    assert_eq!((games.1, games.2), (Told::Page(0), false), "{told:?}");
    assert!(told.contains(&("localdomain".to_owned(), Told::Truth, false)), "{told:?}");
}

/// The entries of a list as `line pattern`, with `!` in front of what is taken out, then the lines
/// that are wrong, then the number of unsupported ones.
fn read(format: ListFormat, text: impl AsRef<[u8]>) -> (Vec<String>, Vec<usize>, usize) {
    let (entries, findings) = lists::parse(format, text.as_ref());
    let show = |Entry { pattern, listed, line }: &Entry| {
        format!("{line} {}{pattern}", if *listed { "" } else { "!" })
    };
    let wrong = findings.first_invalid.iter().map(|wrong| wrong.line).collect();
    (entries.iter().map(show).collect(), wrong, findings.unsupported.values().sum())
}

#[track_caller]
fn list(
    format: ListFormat,
    text: impl AsRef<[u8]>,
    entries: &[&str],
    wrong: &[usize],
    other: usize,
) {
    let found = read(format, text);
    assert_eq!(
        (&found.0[..], &found.1[..], found.2),
        (&entries.iter().map(ToString::to_string).collect::<Vec<_>>()[..], wrong, other)
    );
}

#[test]
fn hosts_files() {
    let text = "\u{feff}# c\r\n127.0.0.1 localhost\r\n0.0.0.0 a.example B.example. # x\r\n\r\n\
                ::1 ip6-localhost\n0.0.0.0 0.0.0.0\nplain.example\n0.0.0.0 bücher.example\n0.0.0.0\n\
                fe80::1%lo0 localhost\n0.0.0.0 bad..example\n0.0.0.0\0c.example\n";
    let entries = ["3 =a.example", "3 =b.example", "8 =xn--bcher-kva.example", "12 =c.example"];
    list(ListFormat::Hosts, text, &entries, &[7, 9, 11], 0);
}

#[test]
fn domain_lists() {
    let text = b"a.example\n*.b.example # x\n.c.example\n! c\ncom\ntwo words\n\xff.example\n||d.example^\n192.0.2.1\n";
    let entries = ["1 a.example", "2 *.b.example", "3 c.example"];
    list(ListFormat::Domains, text, &entries, &[5, 6, 7, 8, 9], 0);
}

#[test]
fn adblock_lists() {
    let text = "[Adblock Plus 2.0]\n! c\n||a.example^\n||b.example^$important,third-party\n\
                @@||x.a.example^\n||*.c.example^\n||d.example^$script\n||e.example/path\n\
                ##.ad\nf.example##.ad\n/re/\n||ads.\n||ads*.example^\n|http://g.example\n\
                h.example\n||i.example:80^\n||192.0.2.1^\n||com^\n||a b^\n||j.example^$denyallow=k.example\n";
    let entries = ["3 a.example", "4 b.example", "5 !x.a.example", "6 *.c.example"];
    list(ListFormat::Adblock, text, &entries, &[18, 19], 12);
}

#[test]
fn response_policy_zones() {
    let text = "$TTL 2h\n@ IN SOA localhost. root.localhost. (\n  1 ; serial\n  2h 1h 1w 1h )\n\
                \x20 IN NS localhost.\na.example CNAME .\n*.a.example 300 IN CNAME *.\n\
                b.example IN 300 CNAME rpz-passthru.\nc.example CNAME c.example.\n\
                d.example A 192.0.2.1\n  AAAA 2001:db8::1\n32.1.2.0.192.rpz-ip CNAME .\n\
                e.example TXT \"x;(\"\nf.example CNAME rpz-tcp-only.\nns.g.example.rpz-nsdname CNAME .\n\
                h.example CNAME garden.example.net.\ni.example cname rpz-drop.\nj.example\n";
    let entries = [
        "6 =a.example",
        "7 *.a.example",
        "8 !=b.example",
        "9 !=c.example",
        "10 =d.example",
        "11 =d.example",
        "16 =h.example",
        "17 =i.example",
    ];
    list(ListFormat::Rpz, text, &entries, &[18], 4);
    let text = "$ORIGIN rpz.test.\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\nx.example CNAME .\n\
                y.example.rpz.test. CNAME .\nz.example. CNAME .\n$ORIGIN example.rpz.test.\nw CNAME .\n";
    list(ListFormat::Rpz, text, &["4 =x.example", "5 =y.example", "8 =w.example"], &[6], 0);
}

#[test]
fn odd_files() {
    let long = format!("{}\nok.example\n", "a".repeat(3 << 20));
    list(ListFormat::Domains, long, &["2 ok.example"], &[1], 0);
    list(ListFormat::Domains, b"\xff\xfea\0", &[], &[1], 0);
    for format in [ListFormat::Hosts, ListFormat::Domains, ListFormat::Adblock, ListFormat::Rpz] {
        list(format, "", &[], &[], 0);
    }
}

fn with_list(folder: &Path, format: &str, text: &str) -> (Config, PathBuf) {
    let file = folder.join("list");
    std::fs::write(&file, text).unwrap();
    let text = format!(
        "[categories.c]\nclass = \"content\"\n[[categories.c.lists]]\nfile = \"list\"\nformat = \"{format}\"\n\
         [policies.p]\ndefault_action = \"allow\"\n[[policies.p.rules]]\naction = \"block\"\ncategories = [\"c\"]\n"
    );
    (Config::parse(&text, &Source::File(folder.join("blockhouse.toml"))).unwrap(), file)
}

#[test]
fn exceptions_inside_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let check = |format, text, cases: &[(&str, Action)]| {
        let policy = Policy::load(&with_list(folder.path(), format, text).0).unwrap().policy;
        for (name, action) in cases {
            assert_eq!(policy.decide(ip("::1"), &host(name)).action, *action, "{format} {name}");
        }
    };
    let (block, allow) = (Action::Block, Action::Allow);
    let adblock = "||a.example^\n@@||x.a.example^\n||y.x.a.example^\n";
    check(
        "adblock",
        adblock,
        &[("a.example", block), ("x.a.example", allow), ("y.x.a.example", allow)],
    );
    let rpz = "*.a.example CNAME rpz-passthru.\nx.a.example CNAME .\n*.b.example CNAME .\ny.b.example CNAME rpz-passthru.\n";
    check(
        "rpz",
        rpz,
        &[
            ("x.a.example", block),
            ("z.a.example", allow),
            ("y.b.example", allow),
            ("z.b.example", block),
            ("b.example", allow),
        ],
    );
}

#[test]
fn a_list_is_reported_and_refused_when_nothing_in_it_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let (config, file) = with_list(folder.path(), "domains", "a.example\na.example\na b\n");
    let reports = Policy::load(&config).unwrap().lists;
    let [ListReport { accepted: 1, duplicate: 1, findings, .. }] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!((findings.invalid, findings.first_invalid[0].line), (1, 3));
    let (config, _) = with_list(folder.path(), "hosts", "a.example\nb.example\n");
    let text = Policy::load(&config).unwrap_err().to_string();
    assert!(text.contains("blockhouse.toml:3: ") && text.contains("list:1: "), "{text}");
    std::fs::remove_file(file).unwrap();
    let text = Policy::load(&config).unwrap_err().to_string();
    assert!(text.contains("cannot read the list") && text.contains("No such file"), "{text}");
}

fn pattern() -> impl Strategy<Value = (HostPattern, bool)> {
    let reach = prop_oneof![Just(Reach::Exact), Just(Reach::Within), Just(Reach::Below)];
    ("([ab]{1,2}\\.){1,3}example", reach, prop::bool::weighted(0.7)).prop_map(
        |(name, reach, listed)| {
            (HostPattern { name: HostName::from_wire(&name).unwrap(), reach }, listed)
        },
    )
}

proptest! {
    #[test]
    fn the_index_agrees_with_a_naive_model(
        patterns in prop::collection::vec(pattern(), 0..12),
        names in prop::collection::vec("([ab]{1,2}\\.){0,4}(x?)example", 8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let usable: Vec<_> = patterns.into_iter().filter(|(p, _)| p.reach != Reach::Exact).collect();
        let line = |(pattern, listed): &(HostPattern, bool)| {
            let at = if *listed { "" } else { "@@" };
            format!("{at}||{pattern}^\n")
        };
        let text: String = usable.iter().map(line).collect();
        let policy = Policy::load(&with_list(folder.path(), "adblock", &text).0).unwrap().policy;
        for name in names {
            let name = HostName::from_wire(&name).unwrap();
            let says = |listed| usable.iter().any(|(p, l)| *l == listed && p.matches(&name));
            let expected = if says(true) && !says(false) { Action::Block } else { Action::Allow };
            prop_assert_eq!(policy.decide(ip("::1"), &Host::Name(name)).action, expected);
        }
    }

    #[test]
    fn gateways_and_pages_never_disagree(
        patterns in prop::collection::vec((pattern(), 0..4usize), 0..14),
        names in prop::collection::vec("([ab]{1,2}\\.){0,5}(x?)example", 12),
    ) {
        // Four categories, of which one is answered by nothing, one by no page, and one by no rule.
        let mut text = String::from("[listen]\nhttps = [\"192.0.2.1:443\"]\n");
        for (number, answer) in ["page", "nxdomain", "null", "page"].iter().enumerate() {
            let of = patterns.iter().filter(|((_, listed), n)| *listed && *n == number);
            let hosts: std::collections::BTreeSet<String> =
                of.map(|((pattern, _), _)| format!("\"{pattern}\"")).collect();
            let hosts = hosts.into_iter().collect::<Vec<_>>().join(", ");
            let class = ["content", "security", "tracking", "legal"][number];
            text += &format!("[categories.c{number}]\nclass = \"{class}\"\n\
                              gateway_answer = \"{answer}\"\nhosts = [{hosts}]\n");
        }
        text += "[policies.p]\n[[policies.p.rules]]\naction = \"block\"\ncategories = [\"c0\", \"c2\"]\n\
                 [[policies.p.rules]]\naction = \"allow\"\ncategories = [\"c1\"]\n";
        let also = patterns.iter().filter(|((p, listed), _)| !listed && p.reach == Reach::Within);
        let also: Vec<String> = also.map(|((p, _), _)| format!("\"{}\"", p.name)).collect();
        text += &format!("[exceptions]\nalso = [{}]\n", also.join(", "));
        let policy = policy(&text);

        let mut told = std::collections::HashMap::new();
        let mut exist = std::collections::HashSet::new();
        policy.redirects(None, |redirect| {
            told.insert(redirect.name.to_owned(), (redirect.itself, redirect.below));
            exist.extend(HostName::from_wire(redirect.name).unwrap().suffixes().map(str::to_owned));
            Ok::<_, ()>(())
        }).unwrap();
        for name in names {
            let name = HostName::from_wire(&name).unwrap();
            let expected = policy.told(&policy.decide(ip("::1"), &Host::Name(name.clone())));
            // By the closest name that is told of.
            let closest = name.suffixes().enumerate().find_map(|(above, part)| {
                let (itself, below) = told.get(part)?;
                Some(if above == 0 { *itself } else { *below })
            });
            prop_assert_eq!(closest.unwrap_or(Told::Truth), expected, "{} in {}", name, text);
            // As the DNS matches wildcards: only the closest name that exists has one that counts.
            let encloser = name.suffixes().enumerate().find(|(_, part)| exist.contains(*part));
            let by_dns = encloser.map_or(Told::Truth, |(above, part)| match told.get(part) {
                Some((itself, below)) => if above == 0 { *itself } else { *below },
                None => Told::Truth,
            });
            prop_assert_eq!(by_dns, expected, "{} by wildcards in {}", name, text);
        }
    }

    #[test]
    fn rules_agree_with_a_naive_model(
        rules in prop::collection::vec(pattern(), 0..12),
        names in prop::collection::vec("([ab]{1,2}\\.){0,4}(x?)example", 8),
    ) {
        let mut text = "[policies.p]\ndefault_action = \"warn\"\n".to_owned();
        for (pattern, block) in &rules {
            let action = if *block { "block" } else { "allow" };
            text += &format!("[[policies.p.rules]]\naction = \"{action}\"\nhosts = [\"{pattern}\"]\n");
        }
        let policy = policy(&text);
        for name in names {
            let name = HostName::from_wire(&name).unwrap();
            let expected = rules.iter().find(|(p, _)| p.matches(&name)).map_or(Action::Warn, |(_, b)| {
                if *b { Action::Block } else { Action::Allow }
            });
            prop_assert_eq!(policy.decide(ip("::1"), &Host::Name(name)).action, expected);
        }
    }

    #[test]
    fn lists_never_panic_and_know_their_lines(
        lines in prop::collection::vec("(\\|\\||@@|\\$ORIGIN |0\\.0\\.0\\.0 |\\*\\.)?([a-z.]{0,12}|\\PC{0,12})( CNAME \\.|\\^|\\$x)?", 0..20),
        junk in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut octets = lines.join("\n").into_bytes();
        octets.extend(junk);
        let count = octets.split(|b| *b == b'\n').count();
        for format in [ListFormat::Hosts, ListFormat::Domains, ListFormat::Adblock, ListFormat::Rpz] {
            let (entries, findings) = lists::parse(format, &octets);
            let mut last = 1;
            for Entry { line, .. } in entries {
                prop_assert!((last..=count).contains(&line));
                last = line;
            }
            prop_assert!(findings.first_invalid.iter().all(|wrong| (1..=count).contains(&wrong.line)));
            // The same list some lines further down says the same some lines further down.
            let moved = [b"\n\n\n".as_slice(), &octets].concat();
            let lines = |entries: Vec<Entry>| entries.into_iter().map(|e| (e.line, e.pattern)).collect::<Vec<_>>();
            let here: Vec<_> = lines(lists::parse(format, &octets).0).into_iter().map(|(l, p)| (l + 3, p)).collect();
            if !octets.starts_with(&[0xef]) && !octets.starts_with(&[0xff]) && !octets.starts_with(&[0xfe]) {
                prop_assert_eq!(here, lines(lists::parse(format, &moved).0));
            }
        }
    }
}
